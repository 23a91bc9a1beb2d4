"""Defines the sizes of the grid's cells, and chooses the one that fits."""

from __future__ import annotations

from dataclasses import dataclass

from textual.geometry import Size as Extent

from .heatmap_axes import AXIS


@dataclass(frozen=True)
class CellSize:
    """The columns and lines of a cell; ``half`` cells are one column wide and half a line high."""

    across: int
    down: int
    half: bool = False

    def extent(self, rows: int, columns: int, *, axes: bool) -> Extent:
        """Return the columns and lines of a grid of such cells, with or without axes."""
        lines = -(-rows // 2) if self.half else rows * self.down
        return Extent(columns * self.across + AXIS * axes, lines + axes)


# From the smallest; the first two only if the others do not fit, or after zooming out.
SIZES = (
    CellSize(1, 1, half=True),
    CellSize(1, 1),
    CellSize(2, 1),
    CellSize(4, 2),
    CellSize(5, 2),
    CellSize(6, 3),
    CellSize(8, 4),
    CellSize(12, 6),
    CellSize(16, 8),
)
_LEAST = SIZES[2]


def fitting(rows: int, columns: int, room: Extent, *, halves: bool) -> tuple[CellSize, bool]:
    """Return the largest cells with which the whole grid fits, and whether it has axes.

    If none of those with a symbol fits: half blocks; if they do not fit either: the smallest cells with a symbol.

    Args:
        rows, columns: of the grid.
        room: available columns and lines.
        halves: whether half blocks, which show colours only, are allowed.
    """

    def fits(size: CellSize, *, axes: bool) -> bool:
        extent = size.extent(rows, columns, axes=axes)
        return extent.width <= room.width and extent.height <= room.height

    signed = SIZES[SIZES.index(_LEAST) :]
    if (size := next((size for size in reversed(signed) if fits(size, axes=True)), None)) is not None:
        return size, True
    if fits(_LEAST, axes=False):
        return _LEAST, False
    return (SIZES[0] if halves and fits(SIZES[0], axes=True) else _LEAST), True
