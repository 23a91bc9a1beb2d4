"""Reads the selection images and the masks of a run, when they are first needed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...core.data.dataset import Images
from ...core.data.mapped_images import ChosenImages, chosen
from ...core.maps.pixel_importance import covers, mean_image
from ...core.masks.mask_kinds import Mask
from ...store.run.run_folder import RunFolder


@dataclass(frozen=True, eq=False)
class RunImages:
    """The selection images of a run, with the masks of all trials.

    Attributes:
        images: (n, height, width, channels); of many only the one that is shown is read.
        labels: (n,) int64.
        masks: by trial, (height, width) bool, True where the network sees the pixel.
        windows: names of the window trials, in the plan's order.
        covered: (windows, height, width) bool: the pixels that each window is about
            (:func:`~xsample_tui.core.maps.pixel_importance.covers`).
        mean: (height, width) float64 in 0..1: the mean of the train images.
    """

    images: Images | ChosenImages
    labels: NDArray[np.int64]
    masks: dict[str, Mask] = field(repr=False)
    windows: tuple[str, ...]
    covered: NDArray[np.bool_] = field(repr=False)
    mean: NDArray[np.float64] = field(repr=False)


def open_run_images(run: RunFolder) -> RunImages:
    """Read a run's images and masks. It blocks: call it in a thread.

    Raises:
        DamagedRun: they cannot be read.
    """
    # A separate folder object, so that its cache is freed: a run remembers everything that it has read.
    own = RunFolder(run.path)
    dataset, plan = own.dataset, own.plan
    names = [trial.name for trial in plan.trials]
    windows = [index for index, trial in enumerate(plan.trials) if not trial.is_baseline]
    return RunImages(
        images=chosen(dataset.images, plan.split.select),
        labels=dataset.labels[plan.split.select],
        masks={name: np.asarray(mask) for name, mask in zip(names, plan.masks, strict=True)},
        windows=tuple(names[index] for index in windows),
        covered=covers(own.spec.windows.mask, plan.masks[windows]),
        mean=mean_image(dataset.images, plan.split.fit),
    )
