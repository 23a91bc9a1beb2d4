"""The sizes that the grid's cells can have, and which of them fits."""

from __future__ import annotations

from dataclasses import dataclass

from textual.geometry import Size as Extent

from .axis import AXIS


@dataclass(frozen=True)
class Size:
    """How large a cell is: columns and lines; ``half`` cells are one column wide and half a line high."""

    across: int
    down: int
    half: bool = False

    def extent(self, rows: int, columns: int, *, axes: bool) -> Extent:
        """Return the columns and lines that so many cells take, with or without axes."""
        lines = -(-rows // 2) if self.half else rows * self.down
        return Extent(columns * self.across + AXIS * axes, lines + axes)


# From the smallest; the first two only where the others do not fit, or when zoomed out to.
SIZES = (
    Size(1, 1, half=True),
    Size(1, 1),
    Size(2, 1),
    Size(4, 2),
    Size(6, 3),
    Size(8, 4),
    Size(12, 6),
    Size(16, 8),
)
_LEAST = SIZES[2]


def fitting(rows: int, columns: int, room: Extent, *, halves: bool) -> tuple[Size, bool]:
    """Return the largest cells with which a whole grid fits, and whether it has axes.

    Where none of those that hold a sign fits, half blocks; where they do not either, the least that hold a sign.

    Args:
        rows, columns: of the grid.
        room: columns and lines there are.
        halves: whether half blocks will do, which say everything by colour.
    """

    def fits(size: Size, *, axes: bool) -> bool:
        extent = size.extent(rows, columns, axes=axes)
        return extent.width <= room.width and extent.height <= room.height

    signed = SIZES[SIZES.index(_LEAST) :]
    if (size := next((size for size in reversed(signed) if fits(size, axes=True)), None)) is not None:
        return size, True
    if fits(_LEAST, axes=False):
        return _LEAST, False
    return (SIZES[0] if halves and fits(SIZES[0], axes=True) else _LEAST), True
