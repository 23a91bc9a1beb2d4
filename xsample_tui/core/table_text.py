"""Lays out tables of text so that no row is wider than there is room: names are shortened, then columns left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

GAP = 2
# What is left of a name at least, however narrow the table.
_SHORTEST = 4


@dataclass(frozen=True)
class TextColumn:
    """A column of a table of text.

    Attributes:
        heading: its heading.
        right: whether it is aligned to the right, as figures are.
        rank: 0 for a column that is always shown; of the others the one of the largest rank is left out first.
        least: the characters that its cells may be shortened to, in the middle, before a column is left out; None
            where they are never shortened.
    """

    heading: str
    right: bool = False
    rank: int = 0
    least: int | None = None


def shortened(text: str, width: int) -> str:
    """Return a text of at most ``width`` characters; its middle is left out, as names differ at their ends.

    >>> shortened("quick-20261126-1-placebo", 16), shortened("short", 16)
    ('quick-2…-placebo', 'short')
    """
    if len(text) <= width:
        return text
    if width < 2:
        return text[:width]
    tail = width // 2
    return f"{text[: width - tail - 1]}…{text[len(text) - tail :]}"


def fitted(
    columns: Sequence[TextColumn], rows: Sequence[Sequence[str]], width: int | None, gap: int = GAP
) -> dict[int, int]:
    """Return the columns that there is room for, by index, each with its width in characters.

    Args:
        columns: the columns, from the left.
        rows: a cell for each column.
        width: the room, in characters; None for as much as is needed.
        gap: blanks between two columns.
    """
    natural = [max([len(c.heading), *(len(row[i]) for row in rows)]) for i, c in enumerate(columns)]
    kept = list(range(len(columns)))
    while True:
        widths = {i: natural[i] for i in kept}
        over = sum(widths.values()) + gap * (len(kept) - 1) - (width if width is not None else 1 << 30)
        if over > 0:
            over = _narrow(columns, widths, over, None)
        if over <= 0:
            return widths
        spare = [i for i in kept if columns[i].rank > 0]
        if not spare:
            _narrow(columns, widths, over, _SHORTEST)
            return widths
        kept.remove(max(spare, key=lambda i: (columns[i].rank, i)))


def _narrow(columns: Sequence[TextColumn], widths: dict[int, int], over: int, least: int | None) -> int:
    """Narrow the columns whose cells may be shortened, the widest first; return by how much it is still too wide."""
    while over > 0:
        able = {
            i: wide
            for i, wide in widths.items()
            if (floor := columns[i].least) is not None and wide > (floor if least is None else min(least, floor))
        }
        if not able:
            break
        widths[max(able, key=lambda i: able[i])] -= 1
        over -= 1
    return over


def cells_of(columns: Sequence[TextColumn], row: Sequence[str], widths: dict[int, int]) -> list[str]:
    """Return a row's cells of the columns that are shown, each as wide as its column."""
    found = []
    for i, wide in widths.items():
        text = shortened(row[i], wide)
        found.append(f"{text:>{wide}}" if columns[i].right else f"{text:<{wide}}")
    return found


def drawn(
    columns: Sequence[TextColumn], rows: Sequence[Sequence[str]], width: int | None = None, gap: int = GAP
) -> list[str]:
    """Return the lines of a table, the headings first; none is wider than ``width``.

    Args:
        columns, rows, width, gap: as :func:`fitted`.
    """
    widths = fitted(columns, rows, width, gap)
    every = ([column.heading for column in columns], *rows)
    lines = [(" " * gap).join(cells_of(columns, row, widths)).rstrip() for row in every]
    return lines if width is None else [line[:width] for line in lines]
