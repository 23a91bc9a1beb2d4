"""Extends the plan of a run: more windows, more baselines. What is in it already stays as it is, bit for bit.

A new window's stream follows from its place, never from what was there before it or from the order of extensions. In
the grid that the run was laid out with, it is the number that it has there: a window that ``only`` left out is
trained as the whole sweep would have trained it. Any other window is numbered after that grid, by its place among all
windows of its size that the image has. So a run extended in two steps has the bits of one extended in one, and
windows that join at the rungs of successive halving have those of a run that is extended by them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from pydantic import ValidationError

from ..data.dataset import Dataset
from ..data.pixel_mass import InkMap
from ..errors import ArgumentError
from ..halving.refinement import finer_stride, neighbours
from ..halving.rungs import rung_epochs
from ..masks.mask_kinds import Canvas, draw, windows_for
from ..masks.windows import Window
from .sweep_spec import SweepSpec, invalid
from .training_order import training_order
from .trial_plan import REPLICATE_STREAMS, Plan, Trial, baseline, in_training_order, masked, window_name

_NAME = re.compile(r"(?P<kind>[a-z][a-z0-9_]*)-r(?P<row>\d{2,5})-c(?P<col>\d{2,5})")


class WindowStreams:
    """Knows the stream of every window that a run can be extended by.

    Args:
        laid: the spec that the run was laid out with, before it was ever extended.
        shape: height and width of the images.
    """

    def __init__(self, laid: SweepSpec, shape: tuple[int, int]) -> None:
        lay = laid.windows
        size = lay.height, lay.width
        first = windows_for(lay.mask, shape, size, lay.stride)
        self._first = {window: number for number, window in enumerate(first)}
        self._every = {window: number for number, window in enumerate(windows_for(lay.mask, shape, size, 1))}

    def __contains__(self, window: object) -> bool:
        return window in self._every

    def __getitem__(self, window: Window) -> int:
        """Return a window's stream.

        Raises:
            InputError: the image has too many places to number them below the streams of replicates.
        """
        stream = self._first.get(window, len(self._first) + self._every[window])
        if stream >= REPLICATE_STREAMS:
            raise ArgumentError("stride", 1, "the image has too many places for windows off the run's own grid")
        return stream


def extended(
    spec: SweepSpec,
    laid: SweepSpec,
    plan: Plan,
    dataset: Dataset,
    *,
    stride: int | None = None,
    baselines: int | None = None,
    names: Iterable[str] = (),
) -> tuple[SweepSpec, Plan]:
    """Return a run's spec and plan with further trials.

    Args:
        spec: the run's spec.
        laid: the spec that it was laid out with, before it was ever extended.
        plan: its plan.
        dataset: its images.
        stride: adds every window of the grid with this stride.
        baselines: how many baselines there are to be.
        names: names of windows to add, at any place of the image.

    Raises:
        InputError: a value out of range, no such window, or fewer baselines than there are.
    """
    lay, (height, width, _) = spec.windows, dataset.shape
    streams = WindowStreams(laid, (height, width))
    held = {trial.window for trial in plan.trials if trial.window is not None}
    wanted = set(held) | {_window(spec, name, streams) for name in names}
    if stride is not None:
        wanted |= set(lay.grid((height, width), stride))
    if baselines is not None and baselines < spec.baselines:
        raise ArgumentError("baselines", baselines, f"the run has {spec.baselines}; choose more")
    new_spec = _spec(spec, wanted, stride or lay.stride, baselines, (height, width))
    own = sum(trial.is_baseline for trial in plan.trials)
    added = [baseline(new_spec, number) for number in range(own, new_spec.baselines)]
    return new_spec, _with(new_spec, plan, dataset, streams, sorted(wanted - held), added)


def refined(
    spec: SweepSpec, laid: SweepSpec, plan: Plan, dataset: Dataset, went_on: Sequence[Iterable[str]]
) -> Plan | None:
    """Return a run's plan with the windows that join at its rungs; None where none does that is not in it.

    Args:
        spec, laid, plan, dataset: as of :func:`extended`.
        went_on: for each rung that is decided the names of the windows that went on.

    Raises:
        InputError: the image has too many places for streams.
    """
    shape, lay = (dataset.shape[0], dataset.shape[1]), spec.windows
    rungs = rung_epochs(spec.training.epochs, spec.halving_factor)
    places = {trial.name: trial.window for trial in plan.trials}
    held = {trial.window for trial in plan.trials}
    found: dict[Window, int] = {}
    # Whoever goes on from the last rung is trained to the end, and nobody joins.
    for rung, names in enumerate(went_on[: len(rungs) - 1]):
        stride = finer_stride(laid.windows.stride, rung)
        on = [window for name in names if (window := places.get(name)) is not None]
        for window in neighbours(on, lay.grid(shape, stride), stride) - held:
            found.setdefault(window, rung + 1)
    if not found:
        return None
    return _with(spec, plan, dataset, WindowStreams(laid, shape), sorted(found), [], found)


def _with(
    spec: SweepSpec,
    plan: Plan,
    dataset: Dataset,
    streams: WindowStreams,
    new: Sequence[Window],
    added: Sequence[Trial],
    joined: Mapping[Window, int] = MappingProxyType({}),
) -> Plan:
    """Return a plan with further windows and baselines; its trials' streams, masks and order stay as they are.

    Args:
        spec: the run's new spec.
        plan, dataset: as of :func:`extended`.
        streams: of the windows.
        new: the windows, sorted.
        added: the baselines.
        joined: at which rung a window is judged first, where that is not the first.
    """
    lay = spec.windows
    own = [trial for trial in plan.trials if trial.is_baseline]
    ink = InkMap(dataset.images, plan.split.fit)
    canvas = Canvas(ink.share, spec.seed)
    drawn = draw(lay.mask, new, canvas)
    figures = ink.figures(np.stack(drawn)) if drawn else []
    pairs = [(trial, plan.mask(trial.name)) for trial in plan.trials if not trial.is_baseline]
    for window, mask, counted in zip(new, drawn, figures, strict=True):
        trial = masked(spec, lay.mask, window, streams[window], counted)
        pairs.append((trial.model_copy(update={"joined": joined.get(window, 0)}), mask))
    pairs.sort(key=lambda pair: (pair[0].row or 0, pair[0].col or 0))
    blank = canvas.blank(True)
    every = [*((trial, blank) for trial in (*own, *added)), *pairs]
    trials = tuple(trial for trial, _ in every)
    order: tuple[int, ...] = ()
    if spec.order != "rows":
        places = [(t.row, t.col) if t.row is not None and t.col is not None else None for t in trials]
        order = _new_last(plan, [trial.name for trial in trials], training_order(spec.order, places))
    return Plan(plan.split, trials, np.stack([mask for _, mask in every]), order)


def _window(spec: SweepSpec, name: str, streams: WindowStreams) -> Window:
    """Return the window of a name.

    Raises:
        InputError: the name is none of this run's mask, or there is no such place.
    """
    lay, match = spec.windows, _NAME.fullmatch(name)
    if match is None or match["kind"] != lay.mask:
        example = window_name(lay.mask, Window(0, 0, lay.height, lay.width))
        raise ArgumentError("windows", name, f"name windows of the run's mask, as {example}")
    window = Window(int(match["row"]), int(match["col"]), lay.height, lay.width)
    if window not in streams:
        raise ArgumentError("windows", name, f"the image has no place for a window of {lay.height}x{lay.width} there")
    return window


def _spec(
    spec: SweepSpec, wanted: set[Window], stride: int, baselines: int | None, shape: tuple[int, int]
) -> SweepSpec:
    """Return the spec that names the extended run's trials: of windows off every grid, by name."""
    lay = spec.windows
    grid = set(lay.grid(shape, stride))
    names = tuple(window_name(lay.mask, window) for window in sorted(wanted))
    if wanted == grid:
        changed = {"stride": stride, "only": ()}
    else:
        changed = {"stride": stride if wanted < grid else 1, "only": names}
    changes = {"windows": {**dict(lay), **changed}, "baselines": spec.baselines if baselines is None else baselines}
    try:
        return SweepSpec.model_validate({**dict(spec), **changes})
    except ValidationError as error:
        raise invalid(error) from error


def _new_last(plan: Plan, names: list[str], order: tuple[int, ...]) -> tuple[int, ...]:
    """Return an order in which what the plan had comes first, as it had it."""
    index = {name: number for number, name in enumerate(names)}
    before = [index[trial.name] for trial in in_training_order(plan.trials, plan.order)]
    return (*before, *(number for number in order if number not in set(before)))
