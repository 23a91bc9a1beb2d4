"""Draws the heat map: every window at its position, coloured by its gain over the baselines."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from matplotlib import colormaps
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray

from ...core.maps.smoothed_map import SmoothedMap
from ...core.run_state.run_progress import TrialProgress
from ..report_findings import Findings
from .figure_style import WIDTH, FigureStyle, readable_on, sheet
from .report_figure import ReportFigure

_NUMBERED = 12
_ROOM = 1.75
_LARGEST = 1.1


@dataclass(frozen=True)
class Cells:
    """The windows of a run on the grid of their positions.

    Attributes:
        rows, cols: offsets of the windows' first row and column, in pixels, that occur.
        values: (rows, cols) float64: images gained over the baselines' mean, or accuracy where there is no
            judgement; nan where no window is finished.
        noise: (rows, cols) bool: within noise, or not distinguishable from it.
        marked: (rows, cols) bool: beyond noise after Holm's correction.
        there: (rows, cols) bool: there is a window, finished or not.
        smoothed: whether the values are smoothed gains and ``marked`` says whose band excludes 0.
    """

    rows: list[int]
    cols: list[int]
    values: NDArray[np.float64]
    noise: NDArray[np.bool_]
    marked: NDArray[np.bool_]
    there: NDArray[np.bool_]
    smoothed: bool = False


def report_figure(found: Findings) -> ReportFigure | None:
    """Return the image; None where no window is finished."""
    cells = _cells(found)
    if np.isnan(cells.values).all():
        return None
    if found.judgement is None:
        return ReportFigure(
            stem="heatmap",
            title="Every window's accuracy",
            caption=(
                "Each cell is one window, at its place in the image. There is no baseline to compare with, so the "
                "colour is the accuracy itself." + _unfinished_words(cells)
            ),
            alt=_alt_accuracy(cells),
            draw=lambda look: _draw(found, cells, look),
        )
    one = found.judgement.sd_assumed
    grey = (
        "With one baseline the noise is unknown, so no gain or loss can be called significant. "
        if one
        else "Grey cells are not significant after Holm's correction for the number of windows: other seeds and "
        "images may change the count as much. "
    )
    return ReportFigure(
        stem="heatmap",
        title="What each window gains or loses",
        caption=(
            "Each cell is one window, at its place in the image. Its colour is the number of images that a "
            "network which saw this window alone has right beyond the baselines' mean: blue more, orange fewer. "
            if found.run.spec.windows.mask == "keep"
            else "Each cell is one window, at its place in the image. Its colour is the number of images that "
            "the network trained under this window's mask has right beyond the baselines' mean: blue more, orange "
            "fewer. "
        )
        + grey
        + ("" if one else "A dot marks significant cells.")
        + _unfinished_words(cells),
        alt=_alt_gains(found, cells),
        draw=lambda look: _draw(found, cells, look),
    )


def smoothed_figure(found: Findings) -> ReportFigure | None:
    """Return the image of the smoothed gains; None where there is no smoothed map."""
    smooth = found.smoothed
    if smooth is None:
        return None
    cells = _smoothed_cells(found, smooth)
    over = "other seeds and other images" if smooth.images else "other seeds"
    return ReportFigure(
        stem="smoothed",
        title="Smoothed gain: what neighbouring windows gain together",
        caption=(
            "Each cell is the mean gain of a window and those around it, nearer ones counting more, in images beyond "
            "the baselines' mean: blue more, orange fewer. Outlined cells differ from 0, with "
            f"95 % confidence for all cells together over {over}; grey cells may be noise. {smooth.sentence()}"
            + _unfinished_words(cells)
        ),
        alt=_alt_smoothed(cells),
        draw=lambda look: _draw(found, cells, look),
    )


def _smoothed_cells(found: Findings, smooth: SmoothedMap) -> Cells:
    cells = replace(_cells(found), smoothed=True)
    cells.values[:], cells.noise[:], cells.marked[:] = np.nan, False, False
    sure = {*smooth.better, *smooth.worse}
    for name, (row, col), value in zip(smooth.names, smooth.places.tolist(), smooth.smoothed, strict=True):
        at = cells.rows.index(row), cells.cols.index(col)
        cells.values[at], cells.noise[at], cells.marked[at] = value, name not in sure, name in sure
    return cells


def _cells(found: Findings) -> Cells:
    entries = [e for e in found.progress.windows if e.trial.row is not None and e.trial.col is not None]
    rows = sorted({int(e.trial.row or 0) for e in entries})
    cols = sorted({int(e.trial.col or 0) for e in entries})
    shape = (len(rows), len(cols))
    cells = Cells(
        rows, cols, np.full(shape, np.nan), np.zeros(shape, bool), np.zeros(shape, bool), np.zeros(shape, bool)
    )
    judged = found.judged
    for entry in entries:
        at = rows.index(int(entry.trial.row or 0)), cols.index(int(entry.trial.col or 0))
        cells.there[at] = True
        window = judged.get(entry.trial.name)
        if window is not None:
            cells.values[at] = window.gain
            cells.noise[at] = window.standing not in ("better", "worse")
            cells.marked[at] = window.standing in ("better", "worse")
        elif found.judgement is None:
            cells.values[at] = _accuracy(entry)
    return cells


def _accuracy(entry: TrialProgress) -> float:
    return entry.kept.val_accuracy if entry.status == "done" and entry.kept else math.nan


def _draw(found: Findings, cells: Cells, look: FigureStyle) -> Figure:
    # Square cells: as high as the width of the map, and room for the legend.
    side = min((WIDTH - _ROOM) / len(cells.cols), _LARGEST)
    figure = sheet(min(max(side * len(cells.rows) + 1.35, 2.6), 9.5))
    axes = figure.add_subplot()
    known = cells.values[~np.isnan(cells.values)]
    if found.judgement is None:
        norm, label = _span(known), "accuracy"
        colors: Colormap = colormaps["cividis"]
    else:
        limit = float(np.abs(known).max()) or 1.0
        norm, colors = Normalize(-limit, limit), look.gains
        label = "images gained, smoothed" if cells.smoothed else "images gained over the baselines"
    image = axes.imshow(np.ma.masked_invalid(cells.values), norm=norm, cmap=colors, aspect="equal")
    bar = figure.colorbar(image, ax=axes, shrink=0.8, pad=0.02)
    bar.set_label(label)
    bar.outline.set_visible(False)
    _overlay(found, cells, look, axes)
    _number(cells, look, axes, norm, colors, accuracies=found.judgement is None)
    size = found.run.spec.windows
    axes.set_xticks(*_ticks(cells.cols))
    axes.set_yticks(*_ticks(cells.rows))
    axes.set_xlabel(f"column of the {size.height}x{size.width} window's left edge")
    axes.set_ylabel("row of its top edge")
    axes.tick_params(length=0)
    if _numbered(cells):
        # Lines between the cells, so that equal ones stay apart.
        axes.set_xticks(np.arange(len(cells.cols) - 1) + 0.5, minor=True)
        axes.set_yticks(np.arange(len(cells.rows) - 1) + 0.5, minor=True)
        axes.grid(visible=True, which="minor", color=look.paper, lw=1.2)
        axes.set_axisbelow(False)
        axes.tick_params(which="minor", length=0)
    axes.spines[:].set_visible(False)
    handles = _legend(found, cells, look)
    if handles:
        figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def _overlay(found: Findings, cells: Cells, look: FigureStyle, axes: Axes) -> None:
    """Paint noise grey, hatch what is not finished, and dot what survives the correction."""
    for row, col in np.argwhere(cells.there & np.isnan(cells.values)):
        axes.add_patch(Rectangle((col - 0.5, row - 0.5), 1, 1, fill=False, hatch="///", lw=0, ec=look.muted))
    if found.judgement is None:
        return
    if not found.judgement.sd_assumed:
        for row, col in np.argwhere(cells.noise & ~np.isnan(cells.values)):
            axes.add_patch(Rectangle((col - 0.5, row - 0.5), 1, 1, fc=look.noise, lw=0))
    if cells.smoothed:
        _outline(cells, look, axes)
        return
    high = _numbered(cells)
    spots = np.argwhere(cells.marked)
    axes.scatter(
        spots[:, 1],
        spots[:, 0] - (0.32 if high else 0),
        s=14 if high else 8,
        c=look.ink,
        edgecolors=look.paper,
        linewidths=0.8 if high else 0.5,
        zorder=3,
    )


def _outline(cells: Cells, look: FigureStyle, axes: Axes) -> None:
    """Draw a line round the cells that are marked, none between two of them."""
    padded = np.pad(cells.marked, 1)
    for row, col in np.argwhere(cells.marked):
        left, right, top, bottom = col - 0.5, col + 0.5, row - 0.5, row + 0.5
        edges = {(0, 1): ((left, right), (top, top)), (2, 1): ((left, right), (bottom, bottom))}
        edges |= {(1, 0): ((left, left), (top, bottom)), (1, 2): ((right, right), (top, bottom))}
        for (down, across), line in edges.items():
            if not padded[row + down, col + across]:
                axes.plot(*line, color=look.ink, lw=1.8, solid_capstyle="round", zorder=3)


def _number(
    cells: Cells, look: FigureStyle, axes: Axes, norm: Normalize, colors: Colormap, *, accuracies: bool
) -> None:
    """Write each value into its cell, where there is room."""
    if not _numbered(cells):
        return
    most = max(len(cells.rows), len(cells.cols))
    size = 10.5 if most <= 6 else 8.5 if most <= 8 else 6.5
    for row, col in np.argwhere(~np.isnan(cells.values)):
        value = float(cells.values[row, col])
        grey = bool(cells.noise[row, col]) and not accuracies
        ink = look.ink if grey else readable_on(colors(float(norm(value))))
        text = f"{value:.3f}" if accuracies else _gain(value)
        axes.text(col, row, text, ha="center", va="center", color=ink, fontsize=size)


def _numbered(cells: Cells) -> bool:
    return max(len(cells.rows), len(cells.cols)) <= _NUMBERED


def _span(values: NDArray[np.float64]) -> Normalize:
    low, high = float(values.min()), float(values.max())
    return Normalize(low, high) if high > low else Normalize(low - 0.01, high + 0.01)


def _gain(value: float) -> str:
    return "±0" if round(value) == 0 else f"{value:+.0f}".replace("-", "−")


def _ticks(offsets: list[int]) -> tuple[list[int], list[str]]:
    every = max(1, math.ceil(len(offsets) / 10))
    at = list(range(0, len(offsets), every))
    return at, [str(offsets[i]) for i in at]


def _legend(found: Findings, cells: Cells, look: FigureStyle) -> list[Artist]:
    handles: list[Artist] = []
    if found.judgement is not None and not found.judgement.sd_assumed:
        if (cells.noise & ~np.isnan(cells.values)).any():
            handles.append(Patch(fc=look.noise, label="not significant after correction"))
        if cells.marked.any() and cells.smoothed:
            handles.append(Patch(fill=False, ec=look.ink, lw=1.8, label="the band excludes 0"))
        elif cells.marked.any():
            handles.append(
                Line2D([], [], ls="", marker="o", ms=4, color=look.ink, label="beyond noise after Holm's correction")
            )
    if (cells.there & np.isnan(cells.values)).any():
        handles.append(Patch(fill=False, hatch="///", ec=look.muted, lw=0, label="not finished"))
    return handles


def _unfinished_words(cells: Cells) -> str:
    return " Hatched cells are not finished." if (cells.there & np.isnan(cells.values)).any() else ""


def _alt_accuracy(cells: Cells) -> str:
    known = cells.values[~np.isnan(cells.values)]
    return (
        f"Heat map of {len(known)} windows in {len(cells.rows)} rows and {len(cells.cols)} columns. Accuracies from "
        f"{known.min():.4f} to {known.max():.4f}, the highest at {_place(cells, np.nanargmax(cells.values))}."
    )


def _alt_gains(found: Findings, cells: Cells) -> str:
    known = cells.values[~np.isnan(cells.values)]
    words = (
        f"Heat map of {len(known)} windows in {len(cells.rows)} rows and {len(cells.cols)} columns. Gains from "
        f"{known.min():+.0f} to {known.max():+.0f} images, the highest at "
        f"{_place(cells, np.nanargmax(cells.values))}, the lowest at {_place(cells, np.nanargmin(cells.values))}."
    )
    if found.judgement is not None and not found.judgement.sd_assumed:
        better, worse, alone, within = (
            len(found.judgement.of(standing)) for standing in ("better", "worse", "uncorrected", "noise")
        )
        words += (
            f" After Holm's correction {better} are better and {worse} worse, {alone} are beyond noise but not "
            f"significant, and {within} are within noise."
        )
    return words


def _alt_smoothed(cells: Cells) -> str:
    known = cells.values[~np.isnan(cells.values)]
    return (
        f"Heat map of the smoothed gains of {len(known)} windows, from {known.min():+.1f} to {known.max():+.1f} "
        f"images, the highest at {_place(cells, np.nanargmax(cells.values))}. "
        f"The band of {int(cells.marked.sum())} excludes 0."
    )


def _place(cells: Cells, index: np.intp) -> str:
    row, col = np.unravel_index(index, cells.values.shape)
    return f"row {cells.rows[row]}, column {cells.cols[col]}"
