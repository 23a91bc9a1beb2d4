"""The heat map: every window at its place, coloured by a metric; or the importance of each pixel."""

from __future__ import annotations

from asyncio import TimerHandle
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

from ...core.masks.windows import Window
from ..delayed_call import call_after
from ..keys.declared_keys import GRID
from ..session.run_images import RunImages
from ..session.run_session import RunSession
from ..theme.drawing_app import colors_of, is_plain
from .cell_renderer import CellBackground, CellRenderer
from .cell_sizes import SIZES, CellSize, fitting
from .grid_cells import GridCells
from .grid_lines import GridLines
from .grid_places import Place
from .heatmap_axes import AXIS
from .heatmap_metrics import METRICS, Metric
from .heatmap_scale import Scale
from .importance_drawing import ImportanceDrawing, map_extent, window_region
from .importance_view import ImportanceView, nearest, pixel_map
from .trial_marks import TrialMarks

_MOST_PIXEL = 8
# Seconds between importance maps while trials change: each redraws the whole map.
_MAP_EVERY = 1.0


class Heatmap(ScrollView, can_focus=True):
    """A grid of the sweep's windows, or the map of pixel importance.

    Args:
        run_session: the run's session.

    Attributes:
        cursor: (row, column) of the chosen cell, counted in cells; None while a baseline is chosen.
        cells: what the cells show.
        cell_size: the size of a cell.
        mapped: whether the pixel importance map is shown instead of the windows.
        pixels: that map; None until the images are read.
    """

    class WindowChosen(Message):
        """The cursor moved to another window."""

        def __init__(self, trial: str) -> None:
            self.trial = trial
            super().__init__()

    class Zoomed(Message):
        """The cells get another size."""

    class Remapped(Message):
        """The pixel importance map has another scale or other windows."""

    BORDER_TITLE = "windows"
    HELP = (
        "Every window at its place in the image; rows and columns are in pixels. Bright is the best window that is "
        "shown, dark the worst. Where windows differ in sign or are within noise, colours are centred on the "
        "baselines: blue better, orange worse, grey within noise (95 %); a switches between both. A ring marks the "
        "best windows; B goes to them. A faint cell without a number is not trained yet: it has the colour of the "
        "nearest trained window, or, with a scout, the one that its estimate lets one expect, marked : and by the "
        "tenth of its ranking, 9 the best. m shows another metric. Choose a window with the arrows or the mouse; "
        "table, curve and description follow. A dot marks a window, a letter pins its curve; windows that the filter "
        "hides are faint."
    )
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        *GRID,
    ]

    cursor: reactive[Place | None] = reactive(None, repaint=False)

    def __init__(self, run_session: RunSession) -> None:
        super().__init__(id="grid")
        self._run_session = run_session
        self.cells = GridCells(run_session)
        self._renderer: CellRenderer | None = None
        self._drawing: ImportanceDrawing | None = None
        self._map_timer: TimerHandle | None = None
        self._images: RunImages | None = None
        self.cell_size = SIZES[2]
        self._pixel = 1.0
        # The size that the user chose; None for the size that fits.
        self._wanted: int | None = None
        self._wanted_pixel: int | None = None
        self.axes = True
        self.mapped = False
        self.pixels: ImportanceView | None = None

    @property
    def metric(self) -> Metric:
        """What the colours show."""
        return self.cells.metric

    @property
    def scale(self) -> Scale:
        """The range of the colours."""
        return self.cells.scale

    @property
    def flags(self) -> TrialMarks:
        """Which windows are marked, pinned and hidden by the filter."""
        return self.cells.flags

    # -- size ----------------------------------------------------------------------------------------------------

    def fit(self, width: int, height: int) -> None:
        """Use the largest cells with which the whole grid fits, and axes if there is room; else the smallest.

        A size that was chosen by :meth:`action_zoom` stays.
        """
        if self._wanted is not None:
            self._set_size(SIZES[self._wanted], axes=True)
        else:
            halves = self.is_attached and not is_plain(self.app)
            size, axes = fitting(*self.cells.grid.extent, Extent(width, height), halves=halves)
            self._set_size(size, axes=axes)
        if self.mapped and self._images is not None:
            self._pixel = self._wanted_pixel or self._fitting_pixel(Extent(width, height))
            self._drawing = None
            self.virtual_size = self.extent
            self._show_cursor()

    def _fitting_pixel(self, room: Extent) -> float:
        """Return the columns for a pixel: as many as fit into the grid's place, else into all the room."""
        assert self._images is not None
        rows, columns = self._images.mean.shape
        for place in (self.grid_extent, room):
            found = float(min(min(place.width, room.width) / columns, 2 * min(place.height, room.height) / rows))
            if found >= 1:
                return min(found, float(_MOST_PIXEL))
        return 1.0

    def _set_size(self, size: CellSize, *, axes: bool) -> None:
        self.cell_size, self.axes = size, axes
        self.virtual_size = self.extent
        self.refresh()
        self._show_cursor()

    @property
    def extent(self) -> Extent:
        """The size of the whole drawing."""
        if self.mapped and self._images is not None:
            return map_extent(self._images.mean.shape, self._pixel)
        return self.grid_extent

    @property
    def grid_extent(self) -> Extent:
        """The size of the windows' drawing, also while the map is shown."""
        return self.cell_size.extent(*self.cells.grid.extent, axes=self.axes)

    def action_zoom(self, by: int) -> None:
        """Draw larger or smaller cells; 0 for the size that fits."""
        if self.mapped:
            self._wanted_pixel = min(max(int(self._pixel) + by, 1), _MOST_PIXEL) if by else None
        else:
            least = 1 if is_plain(self.app) else 0
            self._wanted = min(max(SIZES.index(self.cell_size) + by, least), len(SIZES) - 1) if by else None
        self.post_message(self.Zoomed())

    # -- what is shown ------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Follow the theme."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self.repaint())
        self.refresh_trials()

    def repaint(self) -> None:
        """Redraw everything in the theme's colours."""
        self._renderer = self._drawing = None
        self.refresh()

    def show_metric(self, name: str, class_name: str = "") -> None:
        """Colour by another metric.

        Args:
            name: of the metric.
            class_name: the class that a metric by class is about.

        Raises:
            KeyError: the metric is unknown.
        """
        metric = METRICS[name]
        self.cells.metric = metric.about(class_name) if metric.measure == "class" else metric
        self.refresh_trials()
        self.refresh()

    def switch_scale(self) -> bool:
        """Switch between colours from the worst to the best and colours centred on the baselines.

        Return whether the metric has both.
        """
        if self.metric.compared:
            self.cells.switched = not self.cells.switched
            self.refresh_trials()
            self.refresh()
        return self.metric.compared

    def show_map(self, images: RunImages | None) -> None:
        """Show the pixel importance map over the mean of these images; None for the windows."""
        self.mapped, self._images = images is not None, images or self._images
        self.refresh_trials()
        self.post_message(self.Zoomed())

    def show_flags(self, flags: TrialMarks) -> None:
        """Show which windows are marked, pinned and hidden by the filter."""
        changed, self.cells.flags = flags.differing(self.flags), flags
        if changed:
            self.refresh_trials(changed)

    def refresh_trials(self, names: Iterable[str] | None = None) -> bool:
        """Update the cells of these trials, or all cells; return whether the scale changed.

        Only lines with changed cells are redrawn.
        """
        chosen = self.chosen
        if names is None and self.cells.renew_places():
            self.choose(chosen or "")
            self.post_message(self.Zoomed())
        rescaled, rows = self.cells.refresh(names)
        if self.mapped:
            if names is None or rescaled:
                return self._refresh_map() or rescaled
            if self._map_timer is None:
                self._map_timer = call_after(self, _MAP_EVERY, self._renew_map)
            return False
        for row in rows:
            self._refresh_row(row)
        return rescaled

    def _renew_map(self) -> None:
        self._map_timer = None
        if self.mapped and self._refresh_map():
            self.post_message(self.Remapped())

    def _refresh_map(self) -> bool:
        if self._images is None:
            return False
        before = self.pixels
        self.pixels = pixel_map(self._run_session, self._images, self.metric)
        if before is None or before.differs(self.pixels):
            self._drawing = None
            self.refresh()
        return before is None or before.words() != self.pixels.words()

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
        return None if self.cursor is None else self.cells.grid.names.get(self.cursor)

    def choose(self, trial: str) -> None:
        """Move the cursor to a window without a message; a baseline has no cursor."""
        with self.prevent(Heatmap.WindowChosen):
            self.cursor = self.cells.grid.places.get(trial)

    def watch_cursor(self, before: Place | None, now: Place | None) -> None:
        """Redraw the cursor and post the choice."""
        if self.mapped and self._drawing is not None:
            lines = self._drawing.frame(self._window)
            self.refresh(Region(0, lines.start - self.scroll_offset.y, self.size.width, len(lines)))
        for place in () if self.mapped else (before, now):
            if place is not None:
                self._refresh_row(place[0])
        if not self.mapped:
            # The axis marks the cursor's column.
            self.refresh(Region(0, 0, self.size.width, 1))
        self._show_cursor()
        if (name := self.chosen) is not None:
            self.post_message(self.WindowChosen(name))

    def _show_cursor(self) -> None:
        if self.cursor is None or not self.is_mounted:
            return
        region = self._cell_region(*self.cursor)
        if self.mapped:
            if (window := self._window) is None:
                return
            region = window_region(window, self._pixel)
        # The first row and column scroll the axes into view.
        if self.cursor[0] == 0:
            region = Region(region.x, 0, region.width, region.bottom)
        if self.cursor[1] == 0:
            region = Region(0, region.y, region.right, region.height)
        self.scroll_to_region(region, animate=False, force=True)

    @property
    def _window(self) -> Window | None:
        """The window under the cursor, in pixels."""
        return self._run_session.progress.trials[self.chosen].trial.window if self.chosen is not None else None

    def action_move(self, down: int, right: int) -> None:
        """Move the cursor to the next window in a direction."""
        if ahead := self.cells.grid.ahead(self.cursor, down, right):
            self.cursor = ahead[0]

    def action_jump(self, down: int, right: int) -> None:
        """Move the cursor to the last window in a direction."""
        if ahead := self.cells.grid.ahead(self.cursor, down, right):
            self.cursor = ahead[-1]

    def action_best(self) -> None:
        """Move the cursor to the best window; from one of the best to the next best."""
        if self.cells.best:
            at = self.cells.best.index(self.chosen) + 1 if self.chosen in self.cells.best else 0
            self.cursor = self.cells.grid.places[self.cells.best[at % len(self.cells.best)]]

    def on_focus(self) -> None:
        """Brighten the cursor, or dim it."""
        self.refresh()

    on_blur = on_focus

    def on_click(self, event: events.Click) -> None:
        """Choose the clicked window; on the map, the one whose centre is nearest."""
        at = event.get_content_offset(self)
        if at is not None:
            at += self.scroll_offset
            place = self._nearest(at) if self.mapped else self._place_at(at)
            if place in self.cells.grid.names:
                self.cursor = place

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move the cursor down, or with ctrl to the right, where all cells are in sight."""
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move the cursor up, or with ctrl to the left, where all cells are in sight."""
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, by: int) -> None:
        if not (self.allow_horizontal_scroll if event.ctrl else self.allow_vertical_scroll):
            event.stop()
            self.action_move(0 if event.ctrl else by, by if event.ctrl else 0)

    def _place_at(self, at: Offset) -> Place:
        line, column = at.y - self.axes, (at.x - AXIS * self.axes) // self.cell_size.across
        if not self.cell_size.half:
            return line // self.cell_size.down, column
        # Two cells share a character: the lower one if the cursor is on the upper already.
        upper, lower = (2 * line, column), (2 * line + 1, column)
        return lower if self.cursor == upper and lower in self.cells.grid.names else upper

    def _nearest(self, at: Offset) -> Place | None:
        windows = {name: self._run_session.progress.trials[name].trial.window for name in self.cells.grid.places}
        return self.cells.grid.places.get(nearest(windows, at, self._pixel) or "")

    # -- drawing -------------------------------------------------------------------------------------------------

    def _background(self) -> CellBackground:
        app = self.app
        return CellBackground(app.theme_variables, self.background_colors[1], colors_of(app), is_plain(app))

    def render_line(self, y: int) -> Strip:
        """Return one line of the grid."""
        if self._renderer is None:
            self._renderer = CellRenderer(self._background())
        renderer = self._renderer
        scroll_x, scroll_y = self.scroll_offset
        line, width = y + scroll_y, self.size.width
        if not self.cells.grid.names:
            text = "no windows in this sweep" if y == 0 else ""
            return Strip([Segment(text, renderer.axis[0])]).adjust_cell_length(width, renderer.blank)
        if line >= self.extent.height:
            segments: list[Segment] = []
        elif self.mapped and self.pixels is not None:
            if self._drawing is None:
                self._drawing = ImportanceDrawing(self.pixels, self._background(), self._pixel)
                self._drawing.frame(self._window)
            segments = self._drawing.line(line)
        else:
            cells, size, focused = self.cells, self.cell_size, self.has_focus
            drawn = GridLines(renderer, cells.grid, cells.by_name, size, self.axes, self.cursor, focused)
            segments = drawn.line(line)
        return Strip(segments).crop_extend(scroll_x, scroll_x + width, renderer.blank)
