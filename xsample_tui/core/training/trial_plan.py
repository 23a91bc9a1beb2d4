"""The plan of a sweep: its trials by place, and the order in which they are trained.

A *stream* is one draw of everything random in a training: initial weights, shuffles and dropout. Baseline s has
stream s, and so has window number s, its *twin*: the two differ by the mask alone. A *replicate* is the same window,
or the same twin, trained again from a further stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict

from ..data.data_splits import Split, article_split, split
from ..data.dataset import Dataset
from ..data.pixel_mass import InkFigures, InkMap
from ..errors import ArgumentError
from ..masks.mask_kinds import Canvas, Mask, MaskKind, draw, windows_for
from ..masks.windows import Window
from ..seeding import derive
from .sweep_spec import SweepSpec
from .training_order import training_order

TrialKind = MaskKind
# Streams of replicate r begin at r times this, above the number of any window.
REPLICATE_STREAMS = 1_000_000


class Trial(BaseModel):
    """One training: the article's network from given initial weights, on images under one mask.

    Attributes:
        name: a safe file name: ``baseline-s00``, ``keep-r09-c10``, ``keep-r09-c10-s1000190``.
        kind: ``baseline`` (whole image) or the mask's kind.
        row, col, height, width: the window; None for a baseline.
        init_seed: seed of the initial weights.
        stream: what shuffles and dropout derive from; None in runs of 0.1.0, where they derive from the name.
        replicate: 0 for the window or baseline itself, r for its training from a further stream.
        joined: the rung of successive halving at which it is judged first, 0 for the first: windows that refinement
            has added, and their twins and controls, join later.
        pixels_zeroed, ink_removed, images_touched: the mask's figures on the fit images.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: TrialKind
    row: int | None = None
    col: int | None = None
    height: int | None = None
    width: int | None = None
    init_seed: int
    stream: int | None = None
    replicate: int = 0
    joined: int = 0
    pixels_zeroed: int = 0
    ink_removed: float = 0.0
    images_touched: int = 0

    @property
    def is_baseline(self) -> bool:
        """Whether it is a baseline."""
        return self.kind == "baseline"

    @property
    def draws_from(self) -> str | int:
        """What its shuffles and dropout derive from, beside the run's seed and the epoch."""
        return self.name if self.stream is None else self.stream

    @property
    def window(self) -> Window | None:
        """Its window; None for a baseline."""
        if self.row is None or self.col is None or self.height is None or self.width is None:
            return None
        return Window(self.row, self.col, self.height, self.width)


@dataclass(frozen=True)
class Plan:
    """What a spec means on a dataset: the split, and every trial with its mask.

    Attributes:
        split: the image indices of fit, stop, select and test.
        trials: baselines first, then windows in reading order.
        masks: (trials, height, width) bool, True where the pixel stays; a baseline's keeps everything.
        order: indices of trials in the order in which they are trained; empty for baselines first, then as they
            stand.
    """

    split: Split
    trials: tuple[Trial, ...]
    masks: np.ndarray[tuple[int, int, int], np.dtype[np.bool_]]
    order: tuple[int, ...] = ()

    def mask(self, name: str) -> Mask:
        """Return the mask of a trial.

        Raises:
            KeyError: no trial has this name.
        """
        for index, trial in enumerate(self.trials):
            if trial.name == name:
                return np.asarray(self.masks[index])
        raise KeyError(name)


def in_training_order(trials: Sequence[Trial], order: Sequence[int] = ()) -> tuple[Trial, ...]:
    """Return trials in the order in which they are trained.

    Args:
        trials: a plan's.
        order: the plan's order, or that of its document.
    """
    if order:
        return tuple(trials[index] for index in order)
    return tuple(sorted(trials, key=lambda trial: not trial.is_baseline))


def window_name(kind: MaskKind, window: Window) -> str:
    """Return a window trial's name.

    >>> window_name("keep", Window(9, 10, 9, 9))
    'keep-r09-c10'
    """
    return f"{kind}-r{window.row:02d}-c{window.col:02d}"


def initial_seed(spec: SweepSpec, stream: int) -> int:
    """Return the seed of a stream's initial weights; in ``shared`` sweeps it is the same for all streams."""
    return derive(spec.seed, "init", stream if spec.streams == "own" else "shared")


def baseline(spec: SweepSpec, stream: int, replicate: int = 0) -> Trial:
    """Return the trial on whole images with a stream.

    Args:
        spec: the sweep.
        stream: at least 0; in a sweep of 0.1.0 the number of the baseline.
        replicate: whose twin it is.

    >>> baseline(SweepSpec(name="r"), 3).name
    'baseline-s03'
    """
    name = f"baseline-s{stream:02d}"
    if spec.streams == "named":
        seed = initial_seed(spec, 0) if stream == 0 else derive(spec.seed, "init", stream)
        return Trial(name=name, kind="baseline", init_seed=seed)
    return Trial(name=name, kind="baseline", init_seed=initial_seed(spec, stream), stream=stream, replicate=replicate)


def masked(spec: SweepSpec, kind: MaskKind, window: Window, stream: int, figures: InkFigures) -> Trial:
    """Return the trial under a mask of a kind at a window.

    Args:
        spec: the sweep.
        kind: of the mask.
        window: where.
        stream: the window's number: its place in the grid in reading order.
        figures: of the mask, on the fit images.
    """
    return Trial(
        name=window_name(kind, window),
        kind=kind,
        row=window.row,
        col=window.col,
        height=window.height,
        width=window.width,
        init_seed=initial_seed(spec, stream),
        stream=None if spec.streams == "named" else stream,
        pixels_zeroed=figures.pixels_zeroed,
        ink_removed=figures.ink_removed,
        images_touched=figures.images_touched,
    )


def replicate_of(spec: SweepSpec, trial: Trial, number: int) -> Trial:
    """Return replicate ``number`` (1 or more) of a window: the same mask, a further stream.

    Raises:
        ValueError: the trial has no stream, as in runs of 0.1.0, or is itself a replicate.
    """
    if trial.stream is None or trial.replicate or number < 1:
        raise ValueError(f"{trial.name} has no replicate {number}")
    stream = number * REPLICATE_STREAMS + trial.stream
    return trial.model_copy(
        update={
            "name": f"{trial.name}-s{stream}",
            "init_seed": initial_seed(spec, stream),
            "stream": stream,
            "replicate": number,
        }
    )


def plan(spec: SweepSpec, dataset: Dataset) -> Plan:
    """Lay out a sweep: split the images, draw the masks, count their ink, name the trials.

    Raises:
        InputError: the window does not fit, a set would be too small, or ``only`` names no such trial.
    """
    cut = (
        article_split(dataset, spec.seed, limit=spec.limit)
        if spec.article_protocol
        else split(dataset, spec.seed, limit=spec.limit, stop=spec.needs_stop)
    )
    ink = InkMap(dataset.images, cut.fit)
    canvas = Canvas(ink.share, spec.seed)
    height, width, _ = dataset.shape
    lay = spec.windows
    windows = windows_for(lay.mask, (height, width), (lay.height, lay.width), lay.stride)
    drawn = draw(lay.mask, windows, canvas)
    trials = [baseline(spec, number) for number in range(spec.baselines)]
    masks = [canvas.blank(True)] * len(trials) + drawn
    every = ink.figures(np.stack(drawn))
    trials += [
        masked(spec, lay.mask, window, number, figures)
        for number, (window, figures) in enumerate(zip(windows, every, strict=True))
    ]
    chosen = _chosen(spec, [trial.name for trial in trials])
    laid = tuple(trials[i] for i in chosen)
    order = () if spec.order == "rows" else training_order(spec.order, [_place(trial) for trial in laid])
    return Plan(cut, laid, np.stack([masks[i] for i in chosen]), order)


def _place(trial: Trial) -> tuple[int, int] | None:
    window = trial.window
    return None if window is None else (window.row, window.col)


def _chosen(spec: SweepSpec, names: list[str]) -> list[int]:
    """Return the indices of the windows that ``only`` names, all if it names none, and every baseline."""
    only = set(spec.windows.only)
    first = names[spec.baselines]
    for name in spec.windows.only:
        if name not in names:
            raise ArgumentError("only", name, f"no such trial; the windows run from {first} to {names[-1]}")
    return [i for i, name in enumerate(names) if not only or name in only or name.startswith("baseline")]
