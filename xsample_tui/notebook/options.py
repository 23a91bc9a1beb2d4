"""Options of a new sweep, by the names that the command line has for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypedDict, Unpack

from pydantic import BaseModel

from ..core.errors import InputError
from ..core.metrics import Loss
from ..core.spec import Machine, OptimizerName, PresetName, Streams, SweepSpec, Training, Windows
from ..core.stopping import StoppingKind
from ..sweep.session import new_spec


class Options(TypedDict, total=False):
    """What may differ from the preset; each is what the option of that name is to ``xsample-tui run``."""

    name: str
    data: str
    window: int | tuple[int, int]
    stride: int
    mask: str
    network: str
    epochs: int
    jobs: int
    threads: int
    seed: int
    baselines: int
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
    precision: str
    checkpoint_seconds: float
    onednn: bool


_PARTS: dict[str, type[BaseModel]] = {"windows": Windows, "training": Training, "machine": Machine}
_DIRECT = ("name", "jobs", "threads")


def spec_of(runs: Path, preset: PresetName, **options: Unpack[Options]) -> SweepSpec:
    """Return the spec that some options ask for.

    Args:
        runs: the runs folder, in which a free name is looked for.
        preset: what the options differ from.
        options: as of :class:`Options`.

    Raises:
        InputError: a value out of range, or values that do not go together.
        TypeError: there is no such option.
    """
    given: dict[str, Any] = dict(options)
    if unknown := [name for name in given if name not in Options.__annotations__]:
        raise TypeError(f"no option {unknown[0]!r}; choose from {', '.join(Options.__annotations__)}")
    if "window" in given:
        given["height"], given["width"] = _size(given.pop("window"))
    if "data" in given:
        given["source"] = given.pop("data")
    parts: dict[str, dict[str, Any]] = {part: {} for part in _PARTS}
    rest: dict[str, Any] = {}
    for name, value in given.items():
        part = next((part for part, model in _PARTS.items() if name in model.model_fields), None)
        if name in _DIRECT or part is None:
            rest[name] = value
        else:
            parts[part][name] = value
    return new_spec(runs, preset, **(rest | parts))


def _size(window: Any) -> tuple[int, int]:
    match window:
        case int():
            return window, window
        case (int(height), int(width)):
            return height, width
    raise InputError("window", window, "give one number for a square, as 9, or (height, width), as (9, 7)")
