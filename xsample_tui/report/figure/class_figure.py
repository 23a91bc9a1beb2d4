"""Draws a small map of the windows for each class: which window does digit 8 need?"""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from ...core.count_text import counted
from ...core.errors import printable
from ...stacking.findings.window_classes import WindowClasses
from ..report_findings import Findings
from .figure_style import WIDTH, FigureStyle, sheet
from .report_figure import ReportFigure

# Maps that fit on a page; of more classes those are drawn on which the most is found.
MOST = 12
_ACROSS = 4
_NAME = 20


def report_figure(found: Findings) -> ReportFigure | None:
    """Return the figure; None where nothing is judged by class, or nothing is found: every cell would be grey."""
    classes = found.classes
    if classes is None or not classes.found.any():
        return None
    shown = _shown(classes)
    some = (
        "" if len(shown) == len(classes.classes) else f" The {MOST} of {len(classes.classes)} classes with most dots."
    )
    return ReportFigure(
        stem="classes",
        title="What each window gains or loses on each class",
        caption=(
            "A map for each class, each cell one window at its place in the image. Its colour is the number of "
            "images of the class that it has right beyond the baselines' mean: blue more, orange fewer, on one scale "
            "for all maps. Grey cells are not significant after Holm's correction for all windows and classes; a dot "
            "marks significant cells." + some
        ),
        alt=_alt(classes),
        draw=lambda look: _draw(found, classes, shown, look),
    )


def _shown(classes: WindowClasses) -> list[int]:
    there = np.flatnonzero(classes.images > 0)
    order = np.argsort(-classes.found.sum(axis=0)[there], kind="stable")[:MOST]
    return sorted(int(label) for label in there[order])


def _draw(found: Findings, classes: WindowClasses, shown: list[int], look: FigureStyle) -> Figure:
    places = {entry.trial.name: entry.trial.window for entry in found.progress.windows}
    at = [place for name in classes.windows if (place := places[name]) is not None]
    rows, cols = sorted({place.row for place in at}), sorted({place.col for place in at})
    spots = np.array([(rows.index(place.row), cols.index(place.col)) for place in at])
    down = math.ceil(len(shown) / _ACROSS)
    side = WIDTH / _ACROSS * len(rows) / len(cols)
    figure = sheet(min(max(down * (side + 0.35) + 0.4, 2.2), 9.5))
    grid = np.atleast_1d(figure.subplots(down, _ACROSS, squeeze=False)).ravel()
    limit = float(np.abs(classes.gain[:, shown]).max(initial=0)) or 1.0
    norm = Normalize(-limit, limit)
    for axes, label in zip(grid, shown, strict=False):
        values = np.full((len(rows), len(cols)), np.nan)
        values[spots[:, 0], spots[:, 1]] = classes.gain[:, label]
        image = axes.imshow(np.ma.masked_invalid(values), norm=norm, cmap=look.gains, aspect="equal")
        _overlay(axes, classes, label, spots, look)
        axes.set_title(printable(classes.classes[label], _NAME))
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
    for axes in grid[len(shown) :]:
        axes.set_visible(False)
    bar = figure.colorbar(image, ax=list(grid), shrink=0.8, pad=0.02, aspect=30)
    bar.set_label("images gained")
    bar.outline.set_visible(False)
    return figure


def _overlay(axes: Axes, classes: WindowClasses, label: int, spots: np.ndarray, look: FigureStyle) -> None:
    """Paint noise grey, and dot what survives the correction."""
    from matplotlib.patches import Rectangle

    sure = classes.found[:, label]
    for row, col in spots[~sure]:
        axes.add_patch(Rectangle((col - 0.5, row - 0.5), 1, 1, fc=look.noise, lw=0))
    axes.scatter(spots[sure, 1], spots[sure, 0], s=8, c=look.ink, edgecolors=look.paper, linewidths=0.5, zorder=3)


def _alt(classes: WindowClasses) -> str:
    lines = []
    for label, name in enumerate(classes.classes):
        if (needed := classes.needed_by(label)) is not None:
            lines.append(f"{printable(name, _NAME)}: {classes.windows[needed]}")
    found = (
        f"Maps of {counted(len(classes.windows), 'window')} for each of {len(classes.classes):,} classes, with "
        f"{counted(int(classes.found.sum()), 'significant difference')} in {classes.gain.size:,}."
    )
    return f"{found} Most needed, by class: {'; '.join(lines)}." if lines else found
