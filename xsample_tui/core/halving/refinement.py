"""Refinement: after a rung the neighbours of the windows that go on, at a finer stride, join the next rung.

Which windows join follows from which went on, and so from stored losses alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..masks.windows import Window


def finer_stride(stride: int, rung: int) -> int:
    """Return the stride at which neighbours join after a rung: half of it after the first, at least 1.

    Args:
        stride: of the grid that the sweep was laid out with.
        rung: 0 for the first.

    >>> [finer_stride(4, rung) for rung in range(3)]
    [2, 1, 1]
    """
    return max(1, stride >> (rung + 1))


def neighbours(windows: Iterable[Window], grid: Iterable[Window], stride: int) -> set[Window]:
    """Return the windows of a grid that lie at most a stride from one of some windows, in rows and in columns.

    Args:
        windows: those that went on.
        grid: the finer grid.
        stride: its stride, in pixels.
    """
    places = {(window.row, window.col) for window in windows}
    steps = range(-stride, stride + 1)
    return {
        window
        for window in grid
        if any((window.row + down, window.col + right) in places for down in steps for right in steps)
    }
