"""A draft of a new sweep: what stands in the form, what is wrong with it, and what it would cost."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ValidationError

from ..core.errors import InputError, printable
from ..core.mask import DRAWERS, windows_for
from ..core.network import article_network
from ..core.spec import Machine, PresetName, SweepSpec, Training, Windows, check_name
from ..core.split import STOP_SHARE, article_split, split
from ..datasets import load
from ..sweep.session import new_spec

Field = Literal["preset", "data", "window", "stride", "mask", "epochs", "baselines", "jobs", "seed", "name"]
FIELDS: tuple[Field, ...] = get_args(Field)
PRESETS: tuple[PresetName, ...] = get_args(PresetName)
_NUMBERS: tuple[Field, ...] = ("stride", "epochs", "baselines", "jobs", "seed")
Texts = dict[Field, str]
Shape = tuple[int, int, int]

KNOWN: dict[str, tuple[Shape, int]] = {
    "demo": ((28, 28, 1), 10),
    "mnist": ((28, 28, 1), 10),
    "fashion_mnist": ((28, 28, 1), 10),
    "cifar10": ((32, 32, 3), 10),
}
# (training pictures, test pictures) of the sets that Keras downloads: no forecast is to download them.
_COUNTS = {"mnist": (60_000, 10_000), "fashion_mnist": (60_000, 10_000), "cifar10": (50_000, 10_000)}
_WINDOW = re.compile(r"\s*(\d{1,6})\s*(?:[x×*]\s*(\d{1,6})\s*)?")
_FLOAT = 4
# Beside the weights a finished trial keeps its softmax outputs and its history: 2 % on the demo's pictures.
_OVERHEAD = 1.02
# pydantic's names of fields, and the option names that InputError uses, by what they are called in the form.
_PLACES: dict[str, Field] = {
    "source": "data",
    "height": "window",
    "width": "window",
    "mask": "mask",
    "stride": "stride",
    "epochs": "epochs",
    "baselines": "baselines",
    "jobs": "jobs",
    "seed": "seed",
    "name": "name",
    "--data": "data",
    "--window": "window",
    "--stride": "stride",
    "--baselines": "baselines",
    "--name": "name",
}


@dataclass
class Checked:
    """A draft that has been checked.

    Attributes:
        spec: the sweep's spec; None while a field is wrong.
        problems: what is wrong, by field, a line each.
        windows, trials: their numbers; None where they cannot be told yet.
        disk: bytes that the finished run takes, about; None likewise.
    """

    spec: SweepSpec | None = None
    problems: dict[Field, str] = field(default_factory=dict)
    windows: int | None = None
    trials: int | None = None
    disk: float | None = None


def preset_texts(name: PresetName) -> Texts:
    """Return a preset's values as they stand in the form; name and data are not its to say."""
    spec = new_spec(Path(), name, name="draft")
    return {
        "window": f"{spec.windows.height}x{spec.windows.width}",
        "stride": str(spec.windows.stride),
        "mask": spec.windows.mask,
        "epochs": str(spec.training.epochs),
        "baselines": str(spec.baselines),
        "jobs": str(spec.machine.jobs),
        "seed": str(spec.seed),
    }


def check(texts: Texts, runs: Path, known: tuple[Shape, int] | None) -> Checked:
    """Check a draft.

    Args:
        texts: what stands in each field.
        runs: the runs folder, where the name must be free.
        known: the pictures' shape and the number of classes; None where they are not known yet.
    """
    checked = Checked()
    numbers = {name: _number(texts, name, checked) for name in _NUMBERS}
    window = _window(texts["window"], checked)
    _check_name(texts["name"], runs, checked)
    if not texts["data"].strip():
        checked.problems["data"] = "a name or a path"
    if texts["mask"] not in DRAWERS:
        checked.problems["mask"] = f"one of {', '.join(DRAWERS)}"
    for part, fields in _parts(texts, numbers, window):
        try:
            part(**{name: value for name, value in fields.items() if _PLACES[name] not in checked.problems})
        except ValidationError as error:
            _note(error, checked)
    if known is not None and not {"window", "stride", "mask", "baselines"} & checked.problems.keys():
        _count(texts, numbers, window, known, checked)
    if checked.problems:
        return checked
    try:
        checked.spec = _spec(texts, numbers, window, runs)
    except InputError as error:
        checked.problems[place_of(error) or "preset"] = printable(error.remedy)
    return checked


def facts_of(spec: SweepSpec) -> tuple[Shape, int, dict[str, int]]:
    """Return shape, classes, and the sizes of fit, stop, select and test for a draft; may read its data.

    Raises:
        InputError: the data cannot be read or split.
    """
    if spec.source in _COUNTS:
        train, test = _COUNTS[spec.source]
        select = 0 if spec.article_protocol else round(train / 6)
        fit = min(train - select, spec.limit or train)
        stop = round(STOP_SHARE * fit) if spec.training.stopping == "patience" else 0
        judged = test if spec.article_protocol else select
        return *KNOWN[spec.source], {"fit": fit - stop, "stop": stop, "select": judged, "test": test}
    dataset = load(spec.source)
    if spec.article_protocol:
        cut = article_split(dataset, spec.seed, limit=spec.limit)
    else:
        cut = split(dataset, spec.seed, limit=spec.limit, stop=spec.training.stopping == "patience")
    return dataset.shape, dataset.classes, cut.sizes()


def place_of(error: InputError) -> Field | None:
    """Return which field an error is about; None where it is about none of them."""
    return _PLACES.get(error.field)


def _number(texts: Texts, name: Field, checked: Checked) -> int:
    text = texts[name].strip()
    # More digits than any field takes are not worth converting.
    if re.fullmatch(r"-?\d{1,20}", text):
        return int(text)
    checked.problems[name] = "a whole number"
    return 0


def _window(text: str, checked: Checked) -> tuple[int, int]:
    match = _WINDOW.fullmatch(text)
    if match is None:
        checked.problems["window"] = "height x width in pixels, such as 9x9"
        return 1, 1
    return int(match[1]), int(match[2] or match[1])


def _check_name(name: str, runs: Path, checked: Checked) -> None:
    try:
        check_name("--name", name)
    except InputError:
        checked.problems["name"] = "letters, digits, . _ - (at most 64)"
        return
    if (runs / name).exists():
        checked.problems["name"] = "a run of this name exists"


def _parts(
    texts: Texts, numbers: dict[Field, int], window: tuple[int, int]
) -> tuple[tuple[Callable[..., BaseModel], dict[str, Any]], ...]:
    """Return the spec's parts with what the form says of each, so that all mistakes are found at once."""
    return (
        (Windows, {"mask": texts["mask"], "height": window[0], "width": window[1], "stride": numbers["stride"]}),
        (Training, {"epochs": numbers["epochs"]}),
        (Machine, {"jobs": numbers["jobs"]}),
        (partial(SweepSpec, name="draft"), {"baselines": numbers["baselines"], "seed": numbers["seed"]}),
    )


def _note(error: ValidationError, checked: Checked) -> None:
    for problem in error.errors(include_url=False, include_context=False):
        place = _PLACES.get(str(problem["loc"][-1]) if problem["loc"] else "", "preset")
        checked.problems.setdefault(place, _short(problem["msg"]))


def _spec(texts: Texts, numbers: dict[Field, int], window: tuple[int, int], runs: Path) -> SweepSpec:
    name = next(name for name in PRESETS if name == texts["preset"])
    # Jobs that the user did not change are left to the program, which knows what suits the preset.
    changed = texts["jobs"].strip() != preset_texts(name)["jobs"]
    return new_spec(
        runs,
        name,
        name=texts["name"],
        jobs=numbers["jobs"] if changed else None,
        windows={"mask": texts["mask"], "height": window[0], "width": window[1], "stride": numbers["stride"]},
        training={"epochs": numbers["epochs"]},
        baselines=numbers["baselines"],
        seed=numbers["seed"],
        source=texts["data"].strip(),
    )


def _count(
    texts: Texts, numbers: dict[Field, int], window: tuple[int, int], known: tuple[Shape, int], checked: Checked
) -> None:
    shape, classes = known
    try:
        windows = windows_for(texts["mask"], shape[:2], window, numbers["stride"])
        weights = article_network(shape, classes).parameter_count() * _FLOAT
    except InputError as error:
        checked.problems[place_of(error) or "data"] = printable(error.remedy)
        return
    checked.windows = len(windows)
    checked.trials = len(windows) + numbers["baselines"]
    checked.disk = checked.trials * weights * _OVERHEAD


def _short(message: str) -> str:
    text = message.removeprefix("Value error, ").removeprefix("Input should be ")
    for long, short in (
        ("greater than or equal to", "at least"),
        ("less than or equal to", "at most"),
        ("greater than", "more than"),
    ):
        text = text.replace(long, short)
    return printable(text)
