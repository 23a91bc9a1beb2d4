"""The gallery: a run's own pictures and masks, read when they are first looked at."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..core.dataset import Pictures
from ..core.importance import covers, mean_picture
from ..core.mask import Mask
from ..store.folder import RunFolder


@dataclass(frozen=True, eq=False)
class Gallery:
    """Pictures that trials are judged on, with every trial's mask.

    Attributes:
        pictures: (n, height, width, channels), those of select.
        labels: (n,) int64.
        masks: by trial, (height, width) bool, True where the pixel stays.
        windows: names of the window trials, in the plan's order.
        covered: (windows, height, width) bool: the pixels that each window is about
            (:func:`~xsample_tui.core.importance.covers`).
        mean: (height, width) float64 in 0..1: the mean of the fit pictures.
    """

    pictures: Pictures
    labels: NDArray[np.int64]
    masks: dict[str, Mask] = field(repr=False)
    windows: tuple[str, ...]
    covered: NDArray[np.bool_] = field(repr=False)
    mean: NDArray[np.float64] = field(repr=False)


def open_gallery(run: RunFolder) -> Gallery:
    """Read a run's pictures and masks. It blocks: call it in a thread.

    Raises:
        DamagedRun: they cannot be read.
    """
    # A folder of its own, so that what is not kept here is let go again: a run remembers all it has read.
    own = RunFolder(run.path)
    dataset, plan = own.dataset, own.plan
    names = [trial.name for trial in plan.trials]
    windows = [index for index, trial in enumerate(plan.trials) if not trial.is_baseline]
    return Gallery(
        pictures=dataset.pictures[plan.split.select],
        labels=dataset.labels[plan.split.select],
        masks={name: np.asarray(mask) for name, mask in zip(names, plan.masks, strict=True)},
        windows=tuple(names[index] for index in windows),
        covered=covers(own.spec.windows.mask, plan.masks[windows]),
        mean=mean_picture(dataset.pictures[plan.split.fit]),
    )
