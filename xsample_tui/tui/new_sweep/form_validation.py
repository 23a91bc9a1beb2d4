"""Checks the form for a new sweep: turns its fields into a spec, reports errors by field, and counts the trials."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ValidationError

from ...core.data.reading_options import AS_THEY_ARE, MOST_SIDE, ReadingOptions
from ...core.errors import InputError, printable
from ...core.masks.mask_kinds import DRAWERS
from ...core.networks.network_registry import NETWORKS, build
from ...core.training.presets import enlarged
from ...core.training.sweep_spec import Machine, Precision, PresetName, SweepSpec, Training, Windows, check_name
from ...core.training.training_order import SCOUTED
from ...services.data_facts import Shape
from ...services.spec_from_options import base_of_run, read_window, spec_of
from ...sweep.measuring.plan_size import plan_size
from ...sweep.run_setup import new_spec

Field = Literal[
    "preset", "data", "size", "skip_bad", "label_column", "transpose", "window", "stride", "mask", "network",
    "epochs", "baselines", "order", "search", "precision", "keep_optimizer", "jobs", "seed", "name",
]  # fmt: skip
FIELDS: tuple[Field, ...] = get_args(Field)
PRESETS: tuple[PresetName, ...] = get_args(PresetName)
YES_NO = ("yes", "no")
TRANSPOSE: dict[str, bool | None] = {"auto": None, "yes": True, "no": False}
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
KEEP_DROP = ("keep", "drop")
_NUMBERS: tuple[Field, ...] = ("stride", "epochs", "baselines", "jobs", "seed")
Texts = dict[Field, str]
# The form's fields, by pydantic's field names and by the option names that InputError uses.
_PLACES: dict[str, Field] = {
    "source": "data",
    "image_size": "size",
    "size": "size",
    "skip_bad": "skip_bad",
    "label_column": "label_column",
    "transpose": "transpose",
    "height": "window",
    "width": "window",
    "mask": "mask",
    "network": "network",
    "pretrained": "network",
    "stride": "stride",
    "epochs": "epochs",
    "baselines": "baselines",
    "order": "order",
    "scout": "order",
    "search": "search",
    "precision": "precision",
    "keep_optimizer": "keep_optimizer",
    "jobs": "jobs",
    "seed": "seed",
    "name": "name",
    "data": "data",
    "window": "window",
}


@dataclass
class CheckedForm:
    """The result of checking the form.

    Attributes:
        spec: the sweep's spec; None while a field is wrong.
        problems: one line per wrong field.
        windows, trials: their numbers; None while they are unknown.
        disk: approximate size of the finished run in bytes; None while it is unknown.
        rungs: how many windows go on and join at each rung; empty without rungs.
    """

    spec: SweepSpec | None = None
    problems: dict[Field, str] = field(default_factory=dict)
    windows: int | None = None
    trials: int | None = None
    disk: float | None = None
    rungs: str = ""


def preset_texts(name: PresetName, larger: int = 1) -> Texts:
    """Return a preset's values as the form shows them; a preset has no name and no data.

    Args:
        name: the preset.
        larger: how many times larger than 28x28 the images are.
    """
    return spec_texts(enlarged(new_spec(Path(), name, name="draft"), larger))


def spec_texts(spec: SweepSpec) -> Texts:
    """Return the settings of a spec as the form shows them, all but preset, name and data."""
    return {
        "size": "" if spec.image_size is None else "x".join(map(str, spec.image_size)),
        "skip_bad": YES_NO[not spec.skip_bad],
        "label_column": spec.label_column or "",
        "transpose": next(text for text, value in TRANSPOSE.items() if value is spec.transpose),
        "window": f"{spec.windows.height}x{spec.windows.width}",
        "stride": str(spec.windows.stride),
        "mask": spec.windows.mask,
        "network": spec.network,
        "epochs": str(spec.training.epochs),
        "baselines": str(spec.baselines),
        "order": spec.order,
        "search": spec.search,
        "precision": spec.training.precision,
        "keep_optimizer": KEEP_DROP[not spec.training.keep_optimizer],
        "jobs": str(spec.machine.jobs),
        "seed": str(spec.seed),
    }


def check(texts: Texts, runs: Path, known: tuple[Shape, int] | None, like: SweepSpec | None = None) -> CheckedForm:
    """Check the form.

    Args:
        texts: the text of each field.
        runs: the runs folder, where the name must be free.
        known: the images' shape and the number of classes; None while they are unknown.
        like: the spec of the run whose other settings are wanted while the form has its preset; None for none.
    """
    checked = CheckedForm()
    numbers = {name: _number(texts, name, checked) for name in _NUMBERS}
    window = _window(texts["window"], checked)
    if reading_of(texts) is None:
        checked.problems["size"] = f"enter height x width, at most {MOST_SIDE}"
    _check_name(texts["name"], runs, checked)
    if not texts["data"].strip():
        checked.problems["data"] = "enter a name or a path"
    if texts["mask"] not in DRAWERS:
        checked.problems["mask"] = f"choose one of {', '.join(DRAWERS)}"
    if not _named(texts["network"].strip()):
        checked.problems["network"] = f"choose {', '.join(NETWORKS.names())}, module:function or FILE.keras"
    for part, fields in _parts(texts, numbers, window):
        try:
            part(**{name: value for name, value in fields.items() if _PLACES[name] not in checked.problems})
        except ValidationError as error:
            _note(error, checked)
    options = _options(texts, numbers, window, like)
    draft = None
    try:
        right = {name: value for name, value in options.items() if _PLACES[name] not in checked.problems}
        preset = next(name for name in PRESETS if name == texts["preset"])
        base = base_of_run(like) if like is not None and like.preset == preset else None
        draft = spec_of(runs, preset, base=base, **right)
        if known is not None and not {"window", "stride", "mask", "baselines"} & checked.problems.keys():
            _count(draft, known, checked)
    except InputError as error:
        checked.problems.setdefault(place_of(error) or "preset", printable(error.remedy))
    if not checked.problems:
        checked.spec = draft
    return checked


def source_key(texts: Texts) -> str:
    """Return a key of what is read: the source, and how where its files are resized or left out."""
    how = [
        texts["size"].strip(),
        "skip" if texts["skip_bad"] == "yes" else "",
        texts["label_column"].strip(),
        "" if texts["transpose"] == "auto" else texts["transpose"],
    ]
    return "|".join([texts["data"].strip(), *how]) if any(how) else texts["data"].strip()


def reading_of(texts: Texts) -> ReadingOptions | None:
    """Return how the form has its source read; None where the size is none."""
    text = texts["size"].strip()
    size = read_window(text) if text else None
    if text and size is None:
        return None
    try:
        label = texts["label_column"].strip() or None
        return ReadingOptions(size, texts["skip_bad"] == "yes", label, TRANSPOSE.get(texts["transpose"]))
    except InputError:
        return None


def place_of(error: InputError) -> Field | None:
    """Return the field that an error is about; None if it is about no field."""
    return _PLACES.get(error.field)


def _number(texts: Texts, name: Field, checked: CheckedForm) -> int:
    text = texts[name].strip()
    # No field accepts more digits.
    if re.fullmatch(r"-?\d{1,20}", text):
        return int(text)
    checked.problems[name] = "enter a whole number"
    return 0


def _window(text: str, checked: CheckedForm) -> tuple[int, int]:
    if (size := read_window(text)) is None:
        checked.problems["window"] = "enter height x width in pixels, such as 9x9"
        return 1, 1
    return size


def _check_name(name: str, runs: Path, checked: CheckedForm) -> None:
    try:
        check_name("name", name)
    except InputError:
        checked.problems["name"] = "use letters, digits, . _ - (at most 64)"
        return
    if (runs / name).exists():
        checked.problems["name"] = "already exists; choose another name"


def _parts(
    texts: Texts, numbers: dict[Field, int], window: tuple[int, int]
) -> tuple[tuple[Callable[..., BaseModel], dict[str, Any]], ...]:
    """Return the parts of the spec with their form values, so that all mistakes are found at once."""
    return (
        (Windows, {"mask": texts["mask"], "height": window[0], "width": window[1], "stride": numbers["stride"]}),
        (Training, {"epochs": numbers["epochs"]}),
        (Machine, {"jobs": numbers["jobs"]}),
        (
            partial(SweepSpec, name="draft"),
            {
                "baselines": numbers["baselines"],
                "scout": _scouted(texts),
                "order": texts["order"],
                "search": texts["search"],
                "seed": numbers["seed"],
            },
        ),
    )


def _note(error: ValidationError, checked: CheckedForm) -> None:
    for problem in error.errors(include_url=False, include_context=False):
        place = _PLACES.get(str(problem["loc"][-1]) if problem["loc"] else "", "preset")
        checked.problems.setdefault(place, _short(problem["msg"]))


def _options(
    texts: Texts, numbers: dict[Field, int], window: tuple[int, int], like: SweepSpec | None
) -> dict[str, Any]:
    """Return the form's fields as the options of a sweep."""
    reading = reading_of(texts) or AS_THEY_ARE
    options: dict[str, Any] = {
        "name": texts["name"],
        "data": texts["data"].strip(),
        "size": reading.size,
        "skip_bad": reading.skip_bad,
        "label_column": reading.label_column,
        "transpose": reading.transpose,
        "window": window,
        "stride": numbers["stride"],
        "mask": texts["mask"],
        "network": texts["network"].strip(),
        "epochs": numbers["epochs"],
        "baselines": numbers["baselines"],
        "order": texts["order"],
        "search": texts["search"],
        "precision": texts["precision"],
        "keep_optimizer": texts["keep_optimizer"] == "keep",
        "seed": numbers["seed"],
    }
    if _scouted(texts):
        options["scout"] = True
    # If the user did not change the jobs, the program chooses what suits the preset.
    preset = texts["preset"]
    if (like is not None and like.preset == preset) or texts["jobs"].strip() != preset_texts(preset)["jobs"]:  # type: ignore[arg-type]
        options["jobs"] = numbers["jobs"]
    return options


def _scouted(texts: Texts) -> bool:
    """Return whether a scout is trained first: without one nothing is known to be promising."""
    return texts["order"] in SCOUTED


def _count(draft: SweepSpec, known: tuple[Shape, int], checked: CheckedForm) -> None:
    """Count the trials, and what they take on the disk.

    Raises:
        InputError: the windows do not fit into the images, or the network cannot be built for them.
    """
    shape, classes = known
    # Code of others is run only once it is wanted: what a network of theirs takes is unknown until then.
    network = build(draft.network, shape, classes) if draft.network in NETWORKS.builtin else None
    found = plan_size(draft, shape, network)
    checked.windows, checked.trials, checked.disk = found.windows, found.trials, found.disk
    checked.rungs = found.rungs


def _named(network: str) -> bool:
    """Return whether a text may name a network; whether there is one of that name is found when the run is made."""
    return ":" in network.strip(":") or network.endswith(".keras") or network in NETWORKS.names()


def _short(message: str) -> str:
    text = message.removeprefix("Value error, ").removeprefix("Input should be ")
    for long, short in (
        ("greater than or equal to", "at least"),
        ("less than or equal to", "at most"),
        ("greater than", "more than"),
    ):
        text = text.replace(long, short)
    return printable(text)
