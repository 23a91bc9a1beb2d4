"""Draws the grid's axes: rows and columns in pixels, with the cursor's highlighted."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style

AXIS = 3
Styles = tuple[Style, Style]


def column_axis(styles: Styles, columns: Sequence[int], across: int, here: int | None) -> list[Segment]:
    """Return the line above the grid: as many column numbers as fit without touching, always the cursor's.

    Args:
        styles: of the numbers, and of the cursor's number.
        columns: the number of each column, in pixels.
        across: the width of a column in characters.
        here: the index of the cursor's column.
    """
    # Labels need a space between them; with narrow cells every second or fourth column has one.
    needed = -(-(len(str(max(columns, default=0))) + 1) // across)
    every = max({1: 4, 2: 2}.get(across, 1), needed)
    line = [" "] * (len(columns) * across)

    def place(index: int) -> tuple[int, str]:
        if across > 2:
            return index * across, f"{columns[index]:^{across}}"
        label = f"{columns[index]:>{across}}"
        return max(index * across + across - len(label), 0), label

    for index in range(0, len(columns), every):
        if here is None or index == here or abs(here - index) >= every:
            start, label = place(index)
            line[start : start + len(label)] = label
    lead = Segment(" " * AXIS, styles[0])
    if here is None:
        return [lead, Segment("".join(line), styles[0])]
    start, label = place(here)
    return [
        lead,
        Segment("".join(line[:start]), styles[0]),
        Segment(label, styles[1]),
        Segment("".join(line[start + len(label) :]), styles[0]),
    ]


def row_axis(styles: Styles, row: int | None, *, here: bool) -> Segment:
    """Return the label before a line of the grid: the row's number, or blanks."""
    number = "" if row is None else str(row) if row < 10**AXIS else f"{row // 1000}k"
    # Three digits take the blank before the first cell too.
    label = f"{number:>{AXIS - 1}} "[:AXIS]
    return Segment(label, styles[1] if here else styles[0])
