"""Draws the lines of the grid: the axes, and the cells of a row."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rich.segment import Segment

from .cell_renderer import CellRenderer
from .cell_sizes import CellSize
from .grid_places import GridPlaces, Place
from .heatmap_axes import column_axis, row_axis
from .heatmap_cell import HeatmapCell


@dataclass(frozen=True)
class GridLines:
    """What the lines of the grid are drawn from.

    Attributes:
        renderer: draws the cells.
        grid: the windows' places.
        cells: what each window's cell shows.
        size: the size of a cell.
        axes: whether there are axes.
        cursor: the chosen place; None for none.
        focused: whether the grid has the focus.
    """

    renderer: CellRenderer
    grid: GridPlaces
    cells: dict[str, HeatmapCell]
    size: CellSize
    axes: bool
    cursor: Place | None
    focused: bool

    def line(self, number: int) -> list[Segment]:
        """Return a line of the grid, counted from its top."""
        if number < self.axes:
            here = None if self.cursor is None else self.cursor[1]
            return column_axis(self.renderer.axis, self.grid.columns, self.size.across, here)
        if self.size.half:
            return self._halves(2 * (number - self.axes))
        return self._row(*divmod(number - self.axes, self.size.down))

    def _row(self, row: int, line: int) -> list[Segment]:
        size, segments = self.size, []
        if self.axes:
            here = self.cursor is not None and self.cursor[0] == row
            shown = self.grid.rows[row] if line == (size.down - 1) // 2 else None
            segments.append(row_axis(self.renderer.axis, shown, here=here))
        for column in range(len(self.grid.columns)):
            name, chosen = self.grid.names.get((row, column)), (row, column) == self.cursor
            if name is None:
                style = (
                    self.renderer.blank if (cell := self._beside(row, column)) is None else self.renderer.faint(cell)
                )
                segments.append(Segment(" " * size.across, style))
            else:
                segments += self.renderer.cell(self.cells[name], size, line, chosen=chosen, focused=self.focused)
        return segments

    def _halves(self, row: int) -> list[Segment]:
        """Return a line of half cells: a row and the one below."""
        segments = []
        if self.axes:
            # The label of the cursor's row, else of the upper row.
            at = self.cursor[0] if self.cursor is not None else -1
            lower = at == row + 1 < len(self.grid.rows)
            segments.append(row_axis(self.renderer.axis, self.grid.rows[row + lower], here=at in (row, row + 1)))
        for column in range(len(self.grid.columns)):
            places = [(row + i, column) for i in (0, 1)]
            upper, lower_cell = (
                self.cells[name] if (name := self.grid.names.get(place)) is not None else self._beside(*place)
                for place in places
            )
            chosen = places.index(self.cursor) if self.cursor in places else None
            segments.append(self.renderer.half((upper, lower_cell), chosen, focused=self.focused))
        return segments

    def _beside(self, row: int, column: int) -> HeatmapCell | None:
        """Return what a place without a window shows, where a coarser grid goes on around a finer one."""
        cell = self.cells.get(self.grid.covered.get((row, column), ""))
        if cell is None:
            return None
        lent = cell.lent if cell.step is None else cell.step
        return (
            replace(cell, step=None, lent=lent, status="pending", badges="", best=False) if lent is not None else None
        )
