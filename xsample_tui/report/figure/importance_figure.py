"""Draws the pixel importance map, with the outline of the mean image."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ...core.maps.pixel_importance import covers, mean_effect, mean_image, shows
from ..report_findings import Findings
from .figure_style import WIDTH, FigureStyle, sheet
from .report_figure import ReportFigure


def report_figure(found: Findings) -> ReportFigure | None:
    """Return the image; None without judged windows."""
    if found.judgement is None:
        return None
    run, kind = found.run, found.run.spec.windows.mask
    names = [window.name for window in found.judgement.windows]
    covered = covers(kind, np.stack([run.plan.mask(name) for name in names]))
    effects = mean_effect(covered, [window.gain for window in found.judgement.windows]).mean
    if np.isnan(effects).all():
        return None
    mean = mean_image(run.dataset.images, run.plan.split.fit)
    meaning = (
        "Each pixel's colour is the mean gain of all networks that saw it, in images against the baselines. "
        if shows(kind)
        else "Each pixel's colour is the mean gain of all networks that it was hidden from, in images against the "
        "baselines: orange where they do worse without it. "
    )
    gaps = " Pixels without a colour are covered by no window." if np.isnan(effects).any() else ""
    return ReportFigure(
        stem="importance",
        title="Which pixels matter",
        caption=f"{meaning}The lines outline the mean image.{gaps}",
        alt=_alt(effects),
        draw=lambda look: _draw(effects, mean, look),
    )


def _draw(effects: NDArray[np.float64], mean: NDArray[np.float64], look: FigureStyle) -> Figure:
    height, width = mean.shape
    figure = sheet(min(max((WIDTH - 1.5) * height / width + 0.9, 2.6), 8.0))
    axes = figure.add_subplot()
    norm, colors = _scale(effects, look)
    image = axes.imshow(np.ma.masked_invalid(effects), norm=norm, cmap=colors, interpolation="nearest")
    if mean.max() > 0 and min(mean.shape) > 1:
        lines = axes.contour(mean, levels=[0.2, 0.5, 0.8], colors=look.ink, linewidths=[0.8, 1.2, 1.6])
        axes.clabel(lines, fmt=lambda level: f"{level:.0%}", fontsize=7.5)
    _frame(axes, height, width)
    bar = figure.colorbar(image, ax=axes, shrink=0.8, pad=0.02)
    bar.set_label("mean gain in images")
    bar.outline.set_visible(False)
    return figure


def _scale(effects: NDArray[np.float64], look: FigureStyle) -> tuple[Normalize, LinearSegmentedColormap]:
    """Return a scale centred on the baselines; where all lies on one side, that side alone, stretched."""
    low, high = float(np.nanmin(effects)), float(np.nanmax(effects))
    if low < 0 < high or low == high:
        limit = max(abs(low), abs(high)) or 1.0
        return Normalize(-limit, limit), look.gains
    near, far = look.better if high > 0 else look.worse
    ends = [near, far] if high > 0 else [far, near]
    return Normalize(low, high), LinearSegmentedColormap.from_list("side", ends)


def _frame(axes: Axes, height: int, width: int) -> None:
    axes.set_xlabel("column")
    axes.set_ylabel("row")
    step = max(1, -(-max(height, width) // 7))
    axes.set_xticks(range(0, width, step))
    axes.set_yticks(range(0, height, step))
    axes.spines[:].set_visible(False)


def _alt(effects: NDArray[np.float64]) -> str:
    row, col = np.unravel_index(int(np.nanargmax(effects)), effects.shape)
    low_row, low_col = np.unravel_index(int(np.nanargmin(effects)), effects.shape)
    return (
        f"Map of {effects.shape[0]} by {effects.shape[1]} pixels over the outline of the mean image. The mean gain "
        f"runs from {np.nanmin(effects):+.0f} images (around row {low_row}, column {low_col}) to "
        f"{np.nanmax(effects):+.0f} (around row {row}, column {col})."
    )
