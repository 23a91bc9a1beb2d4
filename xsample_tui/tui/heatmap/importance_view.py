"""Computes the pixel importance map: for each pixel, how good the windows are that contain it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from textual.geometry import Offset

from ...core.maps.pixel_importance import mean_effect, shows
from ...core.masks.windows import Window
from ..session.run_images import RunImages
from ..session.run_session import RunSession
from ..theme.colors import level_of
from .heatmap_metrics import Metric
from .heatmap_scale import Scale

# The step of a pixel that no window is about.
NOTHING = -1


@dataclass(frozen=True, eq=False)
class ImportanceView:
    """The importance of each pixel by one metric.

    Attributes:
        scale: the range of its colours: from the least to the most needed pixel.
        mean: (height, width) float64, in the metric's unit; nan for pixels in no window.
        count: (height, width) int64: the windows in each pixel's mean.
        steps: (height, width) int64: each pixel's step on the scale, the higher the more it is needed; NOTHING for
            pixels in no window.
        ink: (height, width) float64 in 0..1, the mean image.
        windows: the number of windows in all means together.
        contain: whether a pixel's windows contain it; else they hide it.
    """

    scale: Scale
    mean: NDArray[np.float64]
    count: NDArray[np.int64]
    steps: NDArray[np.int64]
    ink: NDArray[np.float64]
    windows: int
    contain: bool

    def words(self) -> str:
        """Return what a pixel's colour is the mean of."""
        some = self.count[self.count > 0]
        few, many = (int(some.min()), int(some.max())) if some.size else (0, 0)
        about = "contain" if self.contain else "hide"
        return (
            f"each pixel: mean {self.scale.metric.name} of the windows that {about} it "
            f"({few} to {many} of {self.windows})"
        )

    def differs(self, other: ImportanceView) -> bool:
        """Whether another map is drawn otherwise."""
        return self.scale != other.scale or bool((self.steps != other.steps).any())


def pixel_map(run_session: RunSession, images: RunImages, metric: Metric) -> ImportanceView:
    """Return the importance map of a run as it is now: of the finished windows, or of all if none is compared.

    A pixel is needed if the windows that contain it are good, or, for masks that hide their window, if the windows
    that hide it are bad.
    """
    entries = [run_session.progress.trials[name] for name in images.windows]
    values = np.array(
        [
            math.nan
            if (metric.compared and entry.status != "done") or (value := metric.value(run_session, entry)) is None
            else value
            for entry in entries
        ],
        np.float64,
    )
    found = mean_effect(images.covered, values)
    known = ~np.isnan(found.mean)
    contain = shows(run_session.run.spec.windows.mask)
    means = found.mean[known]
    low, high = (float(means.min()), float(means.max())) if means.size else (0.0, 0.0)
    if metric.better * (1 if contain else -1) < 0:
        low, high = high, low
    labels = (metric.words(low)[0], metric.words(high)[0] + (" (needed)" if metric.better else ""))
    scale = Scale(metric, "level", low, high, known=bool(means.size), labels=labels)
    steps = np.full(found.mean.shape, NOTHING, np.int64)
    steps[known] = [level_of(mean, low, high) for mean in means.tolist()]
    counted = int(np.isfinite(values).sum())
    return ImportanceView(scale, found.mean, found.count, steps, images.mean, counted, contain)


def nearest(windows: Mapping[str, Window | None], at: Offset, zoom: float) -> str | None:
    """Return the trial whose window's centre is nearest to a character of the map; None without windows.

    Args:
        windows: by trial; None for a trial without one.
        at: the character's column and line.
        zoom: half blocks per pixel of the image; a character has two, one above the other.
    """
    column, row = at.x / zoom, 2 * at.y / zoom

    def apart(name: str) -> float:
        if (window := windows[name]) is None:
            return math.inf
        return abs(window.row + window.height / 2 - row) + abs(window.col + window.width / 2 - column)

    return min(windows, key=apart, default=None)
