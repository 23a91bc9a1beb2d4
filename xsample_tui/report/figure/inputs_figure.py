"""Draws what networks see: a few images, whole and under a window's mask."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ...core.data.dataset import Images
from ..report_findings import Findings
from .figure_style import WIDTH, FigureStyle, sheet
from .report_figure import ReportFigure

COUNT = 5


def report_figure(found: Findings) -> ReportFigure | None:
    """Return the image; None where the run has no window."""
    name = _shown(found)
    if name is None:
        return None
    run = found.run
    chosen = _one_a_class(found)
    whole = run.dataset.images[chosen]
    mask = run.plan.mask(name)
    masked = whole.copy()
    masked[:, ~mask] = 0
    return ReportFigure(
        stem="seen",
        title="What a network sees",
        caption=f"Images of the data, as a baseline sees them and as {name} does: pixels that its mask removes are "
        "zero.",
        alt=(
            f"{len(chosen)} images of the data in two rows: above whole, below as {name} leaves them, with "
            f"{int(mask.sum())} of {mask.size} pixels."
        ),
        draw=lambda look: _draw(whole, masked, name, look),
    )


def _shown(found: Findings) -> str | None:
    if found.judgement is not None:
        return found.judgement.windows[0].name
    windows = found.progress.windows
    return windows[len(windows) // 2].trial.name if windows else None


def _one_a_class(found: Findings) -> list[int]:
    images = found.run.plan.split.fit
    labels = found.run.dataset.labels[images]
    return [int(images[np.flatnonzero(labels == label)[0]]) for label in np.unique(labels)[:COUNT]]


def _draw(whole: Images, masked: Images, name: str, look: FigureStyle) -> Figure:
    count = len(whole)
    height, width, channels = whole.shape[1:]
    side = WIDTH / max(count, 3)
    figure = sheet(min(2 * side * height / width + 0.7, 6.0))
    top = 255 if whole.dtype == np.uint8 else 1
    for row, (images, title) in enumerate(((whole, "whole"), (masked, name))):
        for col in range(count):
            axes = figure.add_subplot(2, count, row * count + col + 1)
            image = images[col] if channels == 3 else images[col, :, :, 0]
            axes.imshow(image, cmap="gray", vmin=0, vmax=top, interpolation="nearest")
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set(visible=True, color=look.muted)
            if not col:
                axes.set_title(title)
    return figure
