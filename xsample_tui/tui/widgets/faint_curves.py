"""Places the dots of many curves at once, to be drawn faintly behind the lines of a plot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .line_plot import DOTS, PlotFrame

# Epochs and values of one curve, (n,) float64 each.
Curve = tuple[NDArray[np.float64], NDArray[np.float64]]


def faint_dots(curves: Sequence[Curve], where: PlotFrame) -> dict[tuple[int, int], int]:
    """Return curves as braille patterns by (column, line): one dot for each column of dots that a curve passes.

    Of 400 curves this takes a few milliseconds, where lines without gaps would take a hundred.

    Args:
        curves: the curves, by ascending epoch; what is outside the frame is left out.
        where: the frame.
    """
    width, height = 2 * where.columns, 4 * where.lines
    at = where.first + np.arange(width) / (width - 1) * (where.last - where.first)
    half = (where.last - where.first) / (width - 1) / 2
    marked = np.zeros((height, width), np.bool_)
    scale = (height - 1) / (where.high - where.low)
    for epochs, values in curves:
        columns = np.flatnonzero((at >= epochs[0] - half) & (at <= epochs[-1] + half))
        rows = np.rint((where.high - np.interp(at[columns], epochs, values)) * scale).astype(np.intp)
        inside = (rows >= 0) & (rows < height)
        marked[rows[inside], columns[inside]] = True
    cells = marked.reshape(where.lines, 4, where.columns, 2)
    patterns = np.einsum("lrck,rk->lc", cells.astype(np.int64), np.array(DOTS))
    lines, columns = np.nonzero(patterns)
    return {
        (int(column), int(line)): int(patterns[line, column]) for line, column in zip(lines, columns, strict=True)
    }
