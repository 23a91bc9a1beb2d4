"""The grid: every window at its place, coloured by its gain over the baselines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from . import glyph
from .cell import Cell, cell_of, scale_limit
from .link import Link
from .palette import ink_color, scale_color, theme_color

# Columns and lines of a cell, from the smallest.
SIZES = ((2, 1), (4, 2), (6, 3), (8, 4), (12, 6), (16, 8))
_AXIS = 3


class Grid(ScrollView, can_focus=True):
    """A heat map of the sweep's windows that draws its own lines.

    Args:
        link: the run's link.

    Attributes:
        cursor: (row, column) of the chosen cell, counted in cells; None while a baseline is chosen.
        limit: where the scale ends, in pictures.
    """

    class Chosen(Message):
        """The cursor went to another window."""

        def __init__(self, trial: str) -> None:
            self.trial = trial
            super().__init__()

    BORDER_TITLE = "windows"
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1, 0)", "Cell above", show=False),
        Binding("down", "move(1, 0)", "Cell below", show=False),
        Binding("left", "move(0, -1)", "Cell to the left", show=False),
        Binding("right", "move(0, 1)", "Cell to the right", show=False),
        Binding("home", "jump(0, -1)", "First column", show=False),
        Binding("end", "jump(0, 1)", "Last column", show=False),
        Binding("pageup", "jump(-1, 0)", "First row", show=False),
        Binding("pagedown", "jump(1, 0)", "Last row", show=False),
    ]

    cursor: reactive[tuple[int, int] | None] = reactive(None, repaint=False)

    def __init__(self, link: Link) -> None:
        super().__init__(id="grid")
        self._link = link
        windows = [entry.trial for entry in link.progress.windows]
        self.rows = sorted({trial.row for trial in windows if trial.row is not None})
        self.columns = sorted({trial.col for trial in windows if trial.col is not None})
        places = {(trial.row, trial.col): trial.name for trial in windows}
        self._names = {
            (i, j): name
            for i, row in enumerate(self.rows)
            for j, column in enumerate(self.columns)
            if (name := places.get((row, column))) is not None
        }
        self._places = {name: place for place, name in self._names.items()}
        self._cells: dict[str, Cell] = {}
        self._styles: dict[tuple[object, ...], Style] = {}
        self._cell_size = SIZES[0]
        self.axes = True
        self.limit = 0

    # -- size ----------------------------------------------------------------------------------------------------

    def fit(self, width: int, height: int) -> None:
        """Take the largest cells with which the whole grid fits, and axes if there is room; else the least."""
        for size in reversed(SIZES):
            if self._fits(size, width, height, axes=True):
                self._set_size(size, axes=True)
                return
        bare = self._fits(SIZES[0], width, height, axes=False)
        self._set_size(SIZES[0], axes=not bare)

    def _fits(self, size: tuple[int, int], width: int, height: int, *, axes: bool) -> bool:
        extent = self._extent(size, axes=axes)
        return extent.width <= width and extent.height <= height

    def _extent(self, size: tuple[int, int], *, axes: bool) -> Size:
        across, down = size
        return Size(len(self.columns) * across + _AXIS * axes, len(self.rows) * down + axes)

    def _set_size(self, size: tuple[int, int], *, axes: bool) -> None:
        self._cell_size, self.axes = size, axes
        self.virtual_size = self._extent(size, axes=axes)
        self.refresh()
        self._show_cursor()

    @property
    def extent(self) -> Size:
        """The size the whole grid takes as it is drawn now."""
        return self._extent(self._cell_size, axes=self.axes)

    # -- what it shows -------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Follow the theme."""
        self.watch(self.app, "theme", self._recolour, init=False)
        self.refresh_trials()

    def _recolour(self) -> None:
        self._styles.clear()
        self.refresh()

    def refresh_trials(self, names: Iterable[str] | None = None) -> bool:
        """Bring cells up to date: those named, or all; return whether the scale changed.

        Only lines with cells that changed are drawn again.
        """
        limit = scale_limit(self._link)
        rescaled = limit != self.limit
        self.limit = limit
        lines: set[int] = set()
        for name in self._places if names is None or rescaled else names:
            if name not in self._places:
                continue
            cell = cell_of(self._link, self._link.progress.trials[name], limit)
            if cell != self._cells.get(name):
                self._cells[name] = cell
                lines.add(self._places[name][0])
        for row in lines:
            self._refresh_row(row)
        return rescaled

    def _refresh_row(self, row: int) -> None:
        region = self._cell_region(row, 0).translate(-self.scroll_offset)
        self.refresh(Region(0, region.y, self.size.width, region.height))

    def _cell_region(self, row: int, column: int) -> Region:
        across, down = self._cell_size
        return Region(_AXIS * self.axes + column * across, row * down + self.axes, across, down)

    # -- the cursor ----------------------------------------------------------------------------------------------

    @property
    def chosen(self) -> str | None:
        """The window under the cursor."""
        return None if self.cursor is None else self._names.get(self.cursor)

    def choose(self, trial: str) -> None:
        """Move the cursor to a window without saying so; for a baseline there is none."""
        with self.prevent(Grid.Chosen):
            self.cursor = self._places.get(trial)

    def watch_cursor(self, before: tuple[int, int] | None, now: tuple[int, int] | None) -> None:
        """Draw the cursor where it is now, and say so."""
        for place in (before, now):
            if place is not None:
                self._refresh_row(place[0])
        # The axis marks the cursor's column.
        self.refresh(Region(0, 0, self.size.width, 1))
        self._show_cursor()
        if (name := self.chosen) is not None:
            self.post_message(self.Chosen(name))

    def _show_cursor(self) -> None:
        if self.cursor is not None and self.is_mounted:
            region = self._cell_region(*self.cursor)
            # The first row and column bring the axes along.
            if self.cursor[0] == 0:
                region = Region(region.x, 0, region.width, region.bottom)
            if self.cursor[1] == 0:
                region = Region(0, region.y, region.right, region.height)
            self.scroll_to_region(region, animate=False, force=True)

    def action_move(self, down: int, right: int) -> None:
        """Move the cursor to the next window in a direction."""
        if ahead := self._ahead(down, right):
            self.cursor = ahead[0]

    def action_jump(self, down: int, right: int) -> None:
        """Move the cursor to the last window in a direction."""
        if ahead := self._ahead(down, right):
            self.cursor = ahead[-1]

    def _ahead(self, down: int, right: int) -> list[tuple[int, int]]:
        """Return the places straight ahead of the cursor, nearest first; a sweep need not fill its grid."""
        if self.cursor is None:
            return sorted(self._names)[:1]
        row, column = self.cursor
        steps = range(1, max(len(self.rows), len(self.columns)))
        return [place for n in steps if (place := (row + n * down, column + n * right)) in self._names]

    def on_focus(self) -> None:
        """Brighten the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Dim the cursor."""
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Choose the window that is clicked."""
        across, down = self._cell_size
        at = event.get_content_offset(self)
        if at is None:
            return
        x, y = at + self.scroll_offset
        place = ((y - self.axes) // down, (x - _AXIS * self.axes) // across)
        if place in self._names:
            self.cursor = place

    # -- drawing -------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """Return one line of the grid."""
        scroll_x, scroll_y = self.scroll_offset
        line, width = y + scroll_y, self.size.width
        down = self._cell_size[1]
        blank = self._style("blank")
        if not self._names:
            text = "no windows in this sweep" if y == 0 else ""
            return Strip([Segment(text, self._style("axis"))]).adjust_cell_length(width, blank)
        row = (line - self.axes) // down
        if line < self.axes:
            segments = self._column_axis()
        elif row < len(self.rows):
            segments = self._row(row, (line - self.axes) % down)
        else:
            segments = []
        return Strip(segments).crop_extend(scroll_x, scroll_x + width, blank)

    def _column_axis(self) -> list[Segment]:
        across = self._cell_size[0]
        segments = [Segment(" " * _AXIS, self._style("axis"))]
        # Labels need a column between them; narrow cells name every second.
        every = 1 if across > 3 else 2
        for index, column in enumerate(self.columns):
            here = self.cursor is not None and self.cursor[1] == index
            shown = index % every == 0 or here
            beside = self.cursor is not None and abs(self.cursor[1] - index) == 1 and every == 2
            label = f"{column:>{across}}" if across == 2 else f"{column:^{across}}"
            text = label if shown and not (beside and not here) else " " * across
            segments.append(Segment(text[:across], self._style("axis-here" if here else "axis")))
        return segments

    def _row(self, row: int, line: int) -> list[Segment]:
        across, down = self._cell_size
        segments = []
        if self.axes:
            here = self.cursor is not None and self.cursor[0] == row
            label = f"{self.rows[row]:>{_AXIS - 1}} " if line == (down - 1) // 2 else " " * _AXIS
            segments.append(Segment(label, self._style("axis-here" if here else "axis")))
        for column in range(len(self.columns)):
            name = self._names.get((row, column))
            if name is None:
                segments.append(Segment(" " * across, self._style("blank")))
            else:
                segments += self._segments(self._cells[name], line, (row, column) == self.cursor)
        return segments

    def _segments(self, cell: Cell, line: int, chosen: bool) -> list[Segment]:
        across, down = self._cell_size
        # Narrow cells have no room for edges: there the cursor is the ground's colour.
        edged = across >= SIZES[2][0]
        words = self._words(cell)
        first = (down - len(words)) // 2
        text = words[line - first] if 0 <= line - first < len(words) else ""
        style = self._style("cell", cell.step, cell.status, chosen and not edged, self.has_focus)
        if not chosen or not edged:
            return [Segment(f"{text:>{across}}" if across == 2 else f"{text:^{across}}", style)]
        edge = self._style("edge", cell.step, cell.status, self.has_focus)
        return [Segment("▌", edge), Segment(f"{text:^{across - 2}}", style), Segment("▐", edge)]

    def _words(self, cell: Cell) -> list[str]:
        """Return a cell's lines: what fits of sign, gain and accuracy, the gain instead of the sign once done."""
        across, down = self._cell_size
        room = across - 2 if across >= SIZES[2][0] else across
        if not cell.gain or across == 2 or len(cell.gain) > room:
            return [cell.sign]
        words = [cell.gain] if cell.status == "done" else [cell.sign, cell.gain]
        return [*words, cell.accuracy] if down > len(words) + 1 and len(cell.accuracy) <= room else words

    def _style(self, what: str, *details: object) -> Style:
        key = (what, *details)
        if key not in self._styles:
            self._styles[key] = self._make_style(what, *details)
        return self._styles[key]

    def _make_style(self, what: str, *details: object) -> Style:
        variables = self.app.theme_variables
        ground = self.background_colors[1]
        match what:
            case "axis":
                return _style(theme_color(variables, "foreground-muted"), ground)
            case "axis-here":
                return _style(theme_color(variables, "accent"), ground, bold=True)
            case "cell":
                step, status, chosen, focused = details
                front, ground = self._cell_colors(step, str(status), ground)
                if chosen:
                    front, ground = ink_color(self._mark(focused)), self._mark(focused)
                return _style(front, ground, bold=bool(chosen) or status in ("running", "failed"))
            case "edge":
                step, status, focused = details
                return _style(self._mark(focused), self._cell_colors(step, str(status), ground)[1])
            case _:
                return _style(theme_color(variables, "foreground"), ground)

    def _mark(self, focused: object) -> Color:
        return theme_color(self.app.theme_variables, "accent" if focused else "secondary")

    def _cell_colors(self, step: object, status: str, ground: Color) -> tuple[Color, Color]:
        """Return a cell's front and ground: of the scale where it has a step there, else of its status."""
        if isinstance(step, int):
            ground = scale_color(step, dark=self.app.current_theme.dark)
            return ink_color(ground), ground
        front = theme_color(self.app.theme_variables, glyph.trial_style(status))  # type: ignore[arg-type]
        return front, ground.blend(front, 0.18) if status in ("failed", "running", "paused") else ground


def _style(front: Color, ground: Color, *, bold: bool = False) -> Style:
    return Style(color=front.rich_color, bgcolor=ground.rich_color, bold=bold)
