"""Builds the spec of a new sweep from options named as on the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict, Unpack, get_args

from pydantic import BaseModel

from ..core.errors import ArgumentError, check_choice
from ..core.halving.rungs import SEARCHES, Search
from ..core.masks.mask_kinds import DRAWERS
from ..core.training.early_stopping import StoppingKind
from ..core.training.epoch_metrics import Loss
from ..core.training.spec_toml import read_spec
from ..core.training.sweep_spec import Machine, OptimizerName, PresetName, Streams, SweepSpec, Training, Windows
from ..core.training.training_order import TRAINING_ORDERS, TrainingOrder
from ..store.run.run_folder import RunFolder
from ..sweep.cluster.cluster_address import ClusterAddress
from ..sweep.run_setup import new_spec


class SweepOptions(TypedDict, total=False):
    """What may differ from the preset; each is what the option of that name is to ``xsample-tui run``."""

    name: str
    data: str
    size: int | tuple[int, int] | None
    skip_bad: bool
    window: int | tuple[int, int]
    stride: int
    mask: str
    network: str
    pretrained: bool
    epochs: int
    jobs: int
    threads: int
    seed: int
    baselines: int
    scout: bool
    order: TrainingOrder
    search: Search
    halving_factor: int
    only: tuple[str, ...]
    limit: int
    streams: Streams
    batch_size: int
    micro_batch: int
    learning_rate: float
    loss: Loss
    optimizer: OptimizerName
    stopping: StoppingKind
    patience: int
    keep_optimizer: bool
    precision: str
    checkpoint_seconds: float
    onednn: bool
    label_column: str | None
    transpose: bool | None


_PARTS: dict[str, type[BaseModel]] = {"windows": Windows, "training": Training, "machine": Machine}
_CHOICES = {"order": TRAINING_ORDERS, "search": SEARCHES}
# Those of 0.1.0, ``named``, are for its own runs alone.
STREAMS = ("own", "shared")
# What says where windows are.
_PLACED = ("mask", "height", "width", "stride")
_DIRECT = ("name", "jobs", "threads")
_WINDOW = re.compile(r"\s*([0-9]{1,5})\s*(?:[x×*]\s*([0-9]{1,5})\s*)?")


def spec_of(
    runs: Path,
    preset: PresetName | None,
    cluster: ClusterAddress | None = None,
    base: Mapping[str, Any] | None = None,
    **options: Unpack[SweepOptions],
) -> SweepSpec:
    """Return the spec that some options ask for.

    Args:
        runs: the runs folder, in which a free name is looked for.
        preset: what the options differ from; by default the base's, else ``quick``.
        cluster: the cluster that is to train it; None for this machine.
        base: values of another spec, tables as dicts, which the options override; what neither gives is the preset's.
            Where it has a whole table of windows, and the options others, its ``only`` does not count.
        options: as of :class:`SweepOptions`.

    Raises:
        InputError: a value out of range, or values that do not go together.
        TypeError: there is no such option.
    """
    given: dict[str, Any] = dict(options)
    if unknown := [name for name in given if name not in SweepOptions.__annotations__]:
        raise TypeError(f"no option {unknown[0]!r}; choose from {', '.join(SweepOptions.__annotations__)}")
    if "window" in given:
        given["height"], given["width"] = size_of(given.pop("window"))
    if "size" in given:
        size = given.pop("size")
        given["image_size"] = None if size is None else size_of(size, "size")
    if "data" in given:
        given["source"] = given.pop("data")
    rest: dict[str, Any] = dict(base or {})
    begun: PresetName = rest.pop("preset", "quick")
    parts: dict[str, dict[str, Any]] = {part: dict(rest.pop(part, {})) for part in _PARTS}
    rest |= {name: parts["machine"].pop(name) for name in _DIRECT if name in parts["machine"]}
    check_choice("preset", preset or begun, get_args(PresetName))
    if "mask" in given:
        DRAWERS.find(given["mask"])
    for field, choices in _CHOICES.items():
        if field in given:
            check_choice(field, given[field], choices)
    laid = parts["windows"]
    if "only" in laid and laid.keys() >= set(_PLACED) and any(laid[f] != given[f] for f in _PLACED if f in given):
        # Its names are of other windows.
        del laid["only"]
    for name, value in given.items():
        part = next((part for part, model in _PARTS.items() if name in model.model_fields), None)
        if name in _DIRECT or part is None:
            rest[name] = value
        else:
            parts[part][name] = value
    if "streams" in rest:
        check_choice("streams", rest["streams"], STREAMS)
    return new_spec(runs, preset or begun, cluster=cluster, **(rest | parts))


def base_of(runs: Path, file: str | Path | None, like: str | None, preset: str | None) -> dict[str, Any] | None:
    """Return the values that a new sweep is to begin from; None where it begins from a preset.

    Args:
        runs: the runs folder.
        file: a TOML file with a spec, or with a part of one.
        like: the name of a run whose spec is wanted, all but its name.
        preset: the preset that is asked for, which would contradict either.

    Raises:
        InputError: the file or the run cannot be read, or more than one of the three is given.
    """
    if file is None and like is None:
        return None
    named = [name for name, value in (("spec", file), ("like", like), ("preset", preset)) if value is not None]
    if len(named) > 1:
        value = {"spec": file, "like": like, "preset": preset}[named[1]]
        raise ArgumentError(named[1], value, "a sweep begins from one preset, spec or run; give only one of them")
    if file is not None:
        return read_spec(Path(file), "spec")
    return base_of_run(RunFolder.open(runs, str(like)).spec)


def base_of_run(spec: SweepSpec) -> dict[str, Any]:
    """Return the values of a run's spec that a new sweep like it begins from: all but its name.

    The streams of a run of 0.1.0 become ``own``: no new run can have these.
    """
    values = spec.model_dump(exclude={"name", "version"})
    return values | {"streams": "own"} if spec.streams == "named" else values


def size_of(given: Any, field: str = "window") -> tuple[int, int]:
    """Return the height and width that a number, or a pair of numbers, gives.

    Args:
        given: the number or pair.
        field: the argument that it is, for messages.

    Raises:
        InputError: it is neither.
    """
    match given:
        case int():
            return given, given
        case (int(height), int(width)):
            return height, width
    raise ArgumentError(field, given, "give one number for a square, as 9, or (height, width), as (9, 7)")


def read_window(text: str) -> tuple[int, int] | None:
    """Return the height and width that a text gives, as ``9``, ``9x7`` or ``9 × 7``; None where it gives none."""
    match = _WINDOW.fullmatch(text)
    return None if match is None else (int(match[1]), int(match[2] or match[1]))
