"""Draws a scout's estimate as text: a digit for each window at its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

LEVELS = 10


def level_of_rank(rank: int, windows: int, best: int = LEVELS - 1) -> int:
    """Return the level of a rank, by default the tenth that it is in: ``best`` for the best window, 0 for the worst.

    Args:
        rank: 1 for the best.
        windows: how many are ranked.
        best: the highest level.

    >>> [level_of_rank(rank, 4) for rank in (1, 2, 3, 4)]
    [9, 6, 3, 0]
    """
    return round(best * (windows - rank) / (windows - 1)) if windows > 1 else best


def scout_map(places: Mapping[str, tuple[int, int]], rank: Mapping[str, int]) -> list[str]:
    """Return the lines of a map: rows and columns in pixels, for each window the tenth that it is in.

    Args:
        places: the row and the column of each window, in pixels.
        rank: the place of each, 1 for the best; windows without one are blank.

    >>> scout_map({"a": (0, 0), "b": (0, 5), "c": (5, 5)}, {"a": 2, "b": 1, "c": 3})
    ['    0 5', ' 0  4 9', ' 5    0']
    """
    rows, columns = (sorted({place[axis] for place in places.values()}) for axis in (0, 1))
    at = {place: name for name, place in places.items()}
    width = max((len(str(column)) for column in columns), default=1)
    side = max((len(str(row)) for row in rows), default=1) + 1

    def line(head: str, cells: Sequence[str]) -> str:
        return f"{head:>{side}}  {' '.join(f'{cell:>{width}}' for cell in cells)}".rstrip()

    def cell(row: int, column: int) -> str:
        name = at.get((row, column))
        return str(level_of_rank(rank[name], len(rank))) if name is not None and name in rank else ""

    return [
        line("", [str(column) for column in columns]),
        *(line(str(row), [cell(row, column) for column in columns]) for row in rows),
    ]
