"""Trials: what a sweep trains, one network each, and the plan that lists them in order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict

from .dataset import Dataset
from .errors import InputError
from .ink import InkMap
from .mask import Canvas, Mask, MaskKind, draw, windows_for
from .seed import derive
from .spec import SweepSpec
from .split import Split, article_split, split
from .window import Window

TrialKind = MaskKind


class Trial(BaseModel):
    """One training: the article's network from given initial weights, on pictures under one mask.

    Attributes:
        name: a safe file name: ``baseline-s00``, ``keep-r09-c10``.
        kind: ``baseline`` (whole picture) or the mask's kind.
        row, col, height, width: the window; None for a baseline.
        init_seed: seed of the initial weights; every window's is the same, baseline 0's too.
        pixels_zeroed, ink_removed, images_touched: the mask's figures on the fit pictures.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: TrialKind
    row: int | None = None
    col: int | None = None
    height: int | None = None
    width: int | None = None
    init_seed: int
    pixels_zeroed: int = 0
    ink_removed: float = 0.0
    images_touched: int = 0

    @property
    def is_baseline(self) -> bool:
        """Whether it is a baseline."""
        return self.kind == "baseline"

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
        split: the picture indices of fit, stop, select and test.
        trials: baselines first, then windows in reading order.
        masks: (trials, height, width) bool, True where the pixel stays; a baseline's keeps everything.
    """

    split: Split
    trials: tuple[Trial, ...]
    masks: np.ndarray[tuple[int, int, int], np.dtype[np.bool_]]

    def mask(self, name: str) -> Mask:
        """Return the mask of a trial.

        Raises:
            KeyError: no trial has this name.
        """
        for index, trial in enumerate(self.trials):
            if trial.name == name:
                return np.asarray(self.masks[index])
        raise KeyError(name)


def window_name(kind: MaskKind, window: Window) -> str:
    """Return a window trial's name.

    >>> window_name("keep", Window(9, 10, 9, 9))
    'keep-r09-c10'
    """
    return f"{kind}-r{window.row:02d}-c{window.col:02d}"


def initial_seed(seed: int) -> int:
    """Return the seed of the run's shared initial weights."""
    return derive(seed, "init", "shared")


def plan(spec: SweepSpec, dataset: Dataset) -> Plan:
    """Lay out a sweep: split the pictures, draw the masks, count their ink, name the trials.

    Raises:
        InputError: the window does not fit, a set would be too small, or ``only`` names no such trial.
    """
    cut = (
        article_split(dataset, spec.seed, limit=spec.limit)
        if spec.article_protocol
        else split(dataset, spec.seed, limit=spec.limit, stop=spec.training.stopping == "patience")
    )
    ink = InkMap(dataset.pictures[cut.fit])
    canvas = Canvas(ink.share, spec.seed)
    height, width, _ = dataset.shape
    lay = spec.windows
    windows = windows_for(lay.mask, (height, width), (lay.height, lay.width), lay.stride)
    drawn = draw(lay.mask, windows, canvas)
    shared = initial_seed(spec.seed)
    trials = [
        Trial(
            name=f"baseline-s{number:02d}",
            kind="baseline",
            init_seed=shared if number == 0 else derive(spec.seed, "init", number),
        )
        for number in range(spec.baselines)
    ]
    masks = [canvas.blank(True)] * len(trials) + drawn
    for window, figures in zip(windows, ink.figures(np.stack(drawn)), strict=True):
        trials.append(
            Trial(
                name=window_name(lay.mask, window),
                kind=lay.mask,
                row=window.row,
                col=window.col,
                height=window.height,
                width=window.width,
                init_seed=shared,
                pixels_zeroed=figures.pixels_zeroed,
                ink_removed=figures.ink_removed,
                images_touched=figures.images_touched,
            )
        )
    chosen = _chosen(spec, [trial.name for trial in trials])
    return Plan(cut, tuple(trials[i] for i in chosen), np.stack([masks[i] for i in chosen]))


def _chosen(spec: SweepSpec, names: list[str]) -> list[int]:
    """Return the indices of the windows that ``only`` names, all if it names none, and every baseline."""
    only = set(spec.windows.only)
    first = names[spec.baselines]
    for name in spec.windows.only:
        if name not in names:
            raise InputError("--only", name, f"no such trial; the windows run from {first} to {names[-1]}")
    return [i for i, name in enumerate(names) if not only or name in only or name.startswith("baseline")]
