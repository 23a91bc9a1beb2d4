"""The grid: every window at its place, coloured by a metric; or the picture, each pixel by its importance."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.geometry import Offset, Region
from textual.geometry import Size as Extent
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer

from ..core.window import Window
from .ascii import is_plain
from .axis import AXIS, column_axis, row_axis
from .brush import Brush, Ground
from .cell import Cell, cell_of
from .declared_keys import GRID
from .flag import Flags
from .gallery import Gallery
from .link import Link
from .metric import FIRST, METRICS, Metric, Scale, scale_for
from .palette import palette_of
from .pixels import Painting, PixelMap, pixel_map
from .size import SIZES, Size, fitting

_MOST_PIXEL = 8
# Seconds from one importance map to the next while trials change: it is painted anew as a whole.
_MAP_EVERY = 1.0


class Grid(ScrollView, can_focus=True):
    """A heat map of the sweep's windows that draws its own lines.

    Args:
        link: the run's link.

    Attributes:
        cursor: (row, column) of the chosen cell, counted in cells; None while a baseline is chosen.
        cell_size: how large a cell is drawn.
        metric: what the colours stand for.
        scale: where its colours begin and end.
        mapped: whether the pixel importance map is painted instead of the windows.
        pixels: that map; None until it is wanted and the pictures are read.
        flags: which windows are marked, pinned and filtered out.
    """

    class Chosen(Message):
        """The cursor went to another window."""

        def __init__(self, trial: str) -> None:
            self.trial = trial
            super().__init__()

    class Zoomed(Message):
        """The cells are to be of another size."""

    class Remapped(Message):
        """The pixel importance map has another scale, or is the mean of other windows."""

    BORDER_TITLE = "windows"
    HELP = (
        "Every window at its place in the picture: rows downwards, columns to the right, in pixels. Blue has more "
        "pictures right than the baselines' mean at as many epochs, orange fewer, grey lies within their noise. "
        "m colours by another metric: the smoothed gain shows what neighbouring windows have in common. "
        "Arrows, or a click, choose a window; the table, the curve and the description follow. Windows that the "
        "table's filter hides are faint; marked ones have a dot, pinned ones the letter of their curve."
    )
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        *GRID,
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
        self.flags = Flags()
        self._survivors: frozenset[str] = frozenset()
        self._brush: Brush | None = None
        self._painting: Painting | None = None
        self._map_timer: Timer | None = None
        self._gallery: Gallery | None = None
        self.cell_size = SIZES[2]
        self._pixel = 1
        # What was asked for; None for what fits.
        self._wanted: int | None = None
        self._wanted_pixel: int | None = None
        self.axes = True
        self.metric: Metric = FIRST
        self.scale = Scale(FIRST, -FIRST.least, FIRST.least)
        self.mapped = False
        self.pixels: PixelMap | None = None

    # -- size ----------------------------------------------------------------------------------------------------

    def fit(self, width: int, height: int) -> None:
        """Take the largest cells with which the whole grid fits, and axes if there is room; else the least.

        Where another size was asked for by :meth:`action_zoom`, that is taken.
        """
        if self.mapped and self._gallery is not None:
            rows, columns = self._gallery.mean.shape
            most = min(width // columns, 2 * height // rows, _MOST_PIXEL)
            self._pixel = self._wanted_pixel or max(most, 1)
            self._painting = None
        if self._wanted is not None:
            self._set_size(SIZES[self._wanted], axes=True)
            return
        halves = self.is_attached and not is_plain(self.app)
        size, axes = fitting(len(self.rows), len(self.columns), Extent(width, height), halves=halves)
        self._set_size(size, axes=axes)

    def _set_size(self, size: Size, *, axes: bool) -> None:
        self.cell_size, self.axes = size, axes
        self.virtual_size = self.extent
        self.refresh()
        self._show_cursor()

    @property
    def extent(self) -> Extent:
        """The size that everything takes as it is drawn now."""
        if self.mapped and self._gallery is not None:
            rows, columns = self._gallery.mean.shape
            return Extent(columns * self._pixel, -(-rows * self._pixel // 2))
        return self.cell_size.extent(len(self.rows), len(self.columns), axes=self.axes)

    def action_zoom(self, by: int) -> None:
        """Draw larger or smaller cells, or those that fit again (0)."""
        if self.mapped:
            self._wanted_pixel = min(max(self._pixel + by, 1), _MOST_PIXEL) if by else None
        else:
            least = 1 if is_plain(self.app) else 0
            self._wanted = min(max(SIZES.index(self.cell_size) + by, least), len(SIZES) - 1) if by else None
        self.post_message(self.Zoomed())

    # -- what it shows -------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Follow the theme."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self.repaint())
        self.refresh_trials()

    def repaint(self) -> None:
        """Draw everything anew, in the theme's colours and the terminal's signs."""
        self._brush = self._painting = None
        self.refresh()

    def show_metric(self, name: str) -> None:
        """Colour by another metric.

        Raises:
            KeyError: there is none of this name.
        """
        self.metric = METRICS[name]
        self.refresh_trials()
        self.refresh()

    def show_map(self, gallery: Gallery | None) -> None:
        """Paint the pixel importance map over these pictures' mean; None for the windows again."""
        self.mapped, self._gallery = gallery is not None, gallery or self._gallery
        self.refresh_trials()
        self.post_message(self.Zoomed())

    def show_flags(self, flags: Flags) -> None:
        """Show which windows are marked, pinned and filtered out."""
        changed, self.flags = flags.differing(self.flags), flags
        if changed:
            self.refresh_trials(changed)

    def refresh_trials(self, names: Iterable[str] | None = None) -> bool:
        """Bring cells up to date: those named, or all; return whether the scale changed.

        Only lines with cells that changed are drawn again.
        """
        scale = scale_for(self._link, self.metric)
        rescaled = scale != self.scale
        self.scale = scale
        # One more finished window makes the correction stricter for all the others.
        survivors = self._link.yardstick.survivors(self.metric.measure)
        renewed: Iterable[str] = self._places
        if names is not None and not rescaled:
            renewed = {*names, *(survivors ^ self._survivors)} & self._places.keys()
        self._survivors = survivors
        rows: set[int] = set()
        for name in renewed:
            cell = self.flags.on(cell_of(self._link, self._link.progress.trials[name], scale), name)
            if cell != self._cells.get(name):
                self._cells[name] = cell
                rows.add(self._places[name][0])
        if self.mapped:
            if names is None or rescaled:
                return self._refresh_map() or rescaled
            if self._map_timer is None:
                self._map_timer = self.set_timer(_MAP_EVERY, self._renew_map)
            return False
        for row in rows:
            self._refresh_row(row)
        return rescaled

    def _renew_map(self) -> None:
        self._map_timer = None
        if self.mapped and self._refresh_map():
            self.post_message(self.Remapped())

    def _refresh_map(self) -> bool:
        if self._gallery is None:
            return False
        before = self.pixels
        self.pixels = pixel_map(self._link, self._gallery, self.metric)
        if before is None or before.scale != self.pixels.scale or (before.steps != self.pixels.steps).any():
            self._painting = None
            self.refresh()
        return before is None or (before.scale, before.windows) != (self.pixels.scale, self.pixels.windows)

    def _refresh_row(self, row: int) -> None:
        region = self._cell_region(row, 0).translate(-self.scroll_offset)
        self.refresh(Region(0, region.y, self.size.width, region.height))

    def _cell_region(self, row: int, column: int) -> Region:
        size = self.cell_size
        top = row // 2 if size.half else row * size.down
        return Region(AXIS * self.axes + column * size.across, top + self.axes, size.across, size.down)

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
        if self.mapped and self._painting is not None:
            lines = self._painting.frame(self._window)
            self.refresh(Region(0, lines.start - self.scroll_offset.y, self.size.width, len(lines)))
        for place in () if self.mapped else (before, now):
            if place is not None:
                self._refresh_row(place[0])
        if not self.mapped:
            # The axis marks the cursor's column.
            self.refresh(Region(0, 0, self.size.width, 1))
        self._show_cursor()
        if (name := self.chosen) is not None:
            self.post_message(self.Chosen(name))

    def _show_cursor(self) -> None:
        if self.cursor is None or not self.is_mounted:
            return
        region = self._cell_region(*self.cursor)
        if self.mapped:
            if (window := self._window) is None:
                return
            k = self._pixel
            region = Region(window.col * k, window.row * k // 2, window.width * k, -(-window.height * k // 2))
        # The first row and column bring the axes along.
        if self.cursor[0] == 0:
            region = Region(region.x, 0, region.width, region.bottom)
        if self.cursor[1] == 0:
            region = Region(0, region.y, region.right, region.height)
        self.scroll_to_region(region, animate=False, force=True)

    @property
    def _window(self) -> Window | None:
        """The window under the cursor, in pixels."""
        return self._link.progress.trials[self.chosen].trial.window if self.chosen is not None else None

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
        """Choose the window that is clicked; on the map, the one whose middle is nearest."""
        at = event.get_content_offset(self)
        if at is not None:
            at += self.scroll_offset
            place = self._nearest(at) if self.mapped else self._place_at(at)
            if place in self._names:
                self.cursor = place

    def _place_at(self, at: Offset) -> tuple[int, int]:
        line, column = at.y - self.axes, (at.x - AXIS * self.axes) // self.cell_size.across
        if not self.cell_size.half:
            return line // self.cell_size.down, column
        # Two cells share a character: the lower one where the cursor is on the upper already.
        upper, lower = (2 * line, column), (2 * line + 1, column)
        return lower if self.cursor == upper and lower in self._names else upper

    def _nearest(self, at: Offset) -> tuple[int, int] | None:
        column, row = at.x / self._pixel, 2 * at.y / self._pixel

        def apart(name: str) -> float:
            if (window := self._link.progress.trials[name].trial.window) is None:
                return float("inf")
            return abs(window.row + window.height / 2 - row) + abs(window.col + window.width / 2 - column)

        return self._places[min(self._places, key=apart)] if self._places else None

    # -- drawing -------------------------------------------------------------------------------------------------

    def _ground(self) -> Ground:
        app = self.app
        return Ground(app.theme_variables, self.background_colors[1], palette_of(app), is_plain(app))

    def render_line(self, y: int) -> Strip:
        """Return one line of the grid."""
        if self._brush is None:
            self._brush = Brush(self._ground())
        brush = self._brush
        scroll_x, scroll_y = self.scroll_offset
        line, width = y + scroll_y, self.size.width
        if not self._names:
            text = "no windows in this sweep" if y == 0 else ""
            return Strip([Segment(text, brush.axis[0])]).adjust_cell_length(width, brush.blank)
        if line >= self.extent.height:
            segments: list[Segment] = []
        elif self.mapped and self.pixels is not None:
            if self._painting is None:
                self._painting = Painting(self.pixels, self._ground(), self._pixel)
                self._painting.frame(self._window)
            segments = self._painting.line(line)
        elif line < self.axes:
            here = None if self.cursor is None else self.cursor[1]
            segments = column_axis(brush.axis, self.columns, self.cell_size.across, here)
        elif self.cell_size.half:
            segments = self._halves(brush, 2 * (line - self.axes))
        else:
            segments = self._row(brush, *divmod(line - self.axes, self.cell_size.down))
        return Strip(segments).crop_extend(scroll_x, scroll_x + width, brush.blank)

    def _row(self, brush: Brush, row: int, line: int) -> list[Segment]:
        size, segments = self.cell_size, []
        if self.axes:
            here = self.cursor is not None and self.cursor[0] == row
            shown = self.rows[row] if line == (size.down - 1) // 2 else None
            segments.append(row_axis(brush.axis, shown, here=here))
        for column in range(len(self.columns)):
            name, chosen = self._names.get((row, column)), (row, column) == self.cursor
            if name is None:
                segments.append(Segment(" " * size.across, brush.blank))
            else:
                segments += brush.cell(self._cells[name], size, line, chosen=chosen, focused=self.has_focus)
        return segments

    def _halves(self, brush: Brush, row: int) -> list[Segment]:
        """Return a line of half cells: a row, and the one below it."""
        segments = []
        if self.axes:
            # The label of the row that the cursor is on, else of the upper.
            at = self.cursor[0] if self.cursor is not None else -1
            lower = at == row + 1 < len(self.rows)
            segments.append(row_axis(brush.axis, self.rows[row + lower], here=at in (row, row + 1)))
        for column in range(len(self.columns)):
            places = [(row + i, column) for i in (0, 1)]
            upper, lower_cell = (
                self._cells[name] if (name := self._names.get(place)) is not None else None for place in places
            )
            chosen = places.index(self.cursor) if self.cursor in places else None
            segments.append(brush.half((upper, lower_cell), chosen, focused=self.has_focus))
        return segments
