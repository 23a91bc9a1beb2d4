"""The side-by-side screen: blends, maps with their differences, and curves of two or more runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import DataTable, Static

from ...core.errors import printable
from ...core.table_text import shortened
from ...stacking.findings.beside_table import BESIDE_COLUMNS, blend_cells
from ...stacking.findings.runs_beside import RunBeside, runs_beside
from ...stacking.pool.member_selection import PRIMARY_K
from ...store.run.run_folder import RunFolder
from ..heatmap.trial_marks import letter
from ..keys.declared_keys import panel_keys
from ..keys.key_bar import KeyBar
from ..theme.colors import theme_color
from ..theme.drawing_app import colors_of, is_plain
from ..view_models import number_format
from ..widgets.base_screen import BaseScreen, Layout
from ..widgets.fitted_rows import fill_table
from ..widgets.small_map import gain_paint, level_paint, small_map
from .comparison_reader import ComparisonReader
from .overlaid_curves import CURVES, OverlaidCurves

_GUTTER = 2
_MAP_LINES = 12


class SideBySideScreen(BaseScreen):
    """Shows runs side by side; each but the first is compared with the first.

    Args:
        runs: two or more runs.
        open_pair: shows two of them window by window, the second against the first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "pair", "Window by window", tooltip="compare the chosen run with A", id="beside.pair"),
        Binding(
            "m",
            "curves",
            "Curves",
            tooltip="curves of the best window, of all windows, of baselines",
            id="beside.curves",
        ),
        *panel_keys("beside"),
        Binding("escape", "leave", "Runs", tooltip="go back to the list of runs", id="beside.runs"),
    ]
    HELP_WORDS: ClassVar[dict[str, str]] = {
        "blend": f"accuracy of the mean of the best {PRIMARY_K} windows, each image by those chosen on other images",
        "their blend": f"the same of {PRIMARY_K} whole-image networks, where there are as many",
        "over A": "points of accuracy that a run gains on A at the same window; grey and empty within noise",
    }

    def __init__(
        self, runs: Sequence[RunFolder], open_pair: Callable[[str, str], object] = lambda a, b: None
    ) -> None:
        super().__init__()
        self._runs = list(runs)
        self._open_pair = open_pair
        self._what = "best"
        self._reading = ComparisonReader(self, runs_beside, self._show, "#beside-title")

    @property
    def found(self) -> list[RunBeside] | None:
        """The runs as they are shown; None before they are read."""
        return self._reading.found

    def compose_page(self) -> ComposeResult:
        """Lay out title, table, maps and curves."""
        yield Static("Reading the runs …", id="beside-title", markup=False)
        yield DataTable[Text](id="beside-table", cursor_type="row", cell_padding=0)
        with VerticalScroll(id="beside-body"):
            yield Static(id="beside-words", markup=False)
            yield Static(id="beside-maps", markup=False)
            yield OverlaidCurves()
        yield KeyBar()

    def on_mount(self) -> None:
        """Read, in a thread."""
        self._reading.ask(self._runs)
        self.app.theme_changed_signal.subscribe(self, lambda _: self._show())

    def on_unmount(self) -> None:
        """Read no more."""
        self._reading.close()

    def lay_out(self, layout: Layout) -> None:
        """Use the available room."""
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        if self.found is None or not self.query(DataTable):
            return
        first = printable(self.found[0].name, 64)
        title = f"{len(self.found)} runs beside A = {first}" if len(self.found) > 2 else f"beside A = {first}"
        self.query_one("#beside-title", Static).update(Content.styled(title, "bold $primary"))
        self._fill(self.found)
        self.query_one("#beside-words", Static).update(Content("\n").join(self._words(self.found)))
        lines = self._maps(self.found)
        self.query_one("#beside-maps", Static).update(Content("\n").join(Content.from_rich_text(t) for t in lines))
        self.query_one(OverlaidCurves).show(self.found, self._what)

    def _words(self, found: list[RunBeside]) -> list[Content]:
        lines = []
        for run in found:
            name = printable(run.name, 64)
            if run.progress.spec.article_protocol:
                words = "follows the article's protocol: scores are biased upwards"
                lines.append(Content.styled(f"! {name} {words}", "$error"))
            if not run.same_images:
                words = "is scored on other images than A, which alone may explain a difference"
                lines.append(Content.styled(f"! {name} {words}", "$warning"))
            if run.problem:
                lines.append(Content.styled(f"! {run.problem}", "$error"))
        return lines

    # -- the table -----------------------------------------------------------------------------------------------

    def _fill(self, found: list[RunBeside]) -> None:
        table = self.query_one(DataTable)
        palette, plain = colors_of(self.app), self._style("foreground")
        rows = []
        for number, run in enumerate(found):
            name, *figures = blend_cells(run, f"{letter(number)} {run.name}")
            first = Text(name, Style(color=palette.pin(number).rich_color))
            rows.append([first, *(Text(text, plain) for text in figures)])
        here = table.cursor_row
        fill_table(table, BESIDE_COLUMNS, rows, self.size.width, self._style("foreground-muted"))
        table.move_cursor(row=min(max(here, 1), len(found) - 1))

    # -- the maps ------------------------------------------------------------------------------------------------

    def _maps(self, found: list[RunBeside]) -> list[Text]:
        """Return the lines with a map for each run, and below those of the others their difference to the first."""
        width = max((self.size.width - 2 * _GUTTER) // len(found) - _GUTTER, 8)
        colors, plain = colors_of(self.app), is_plain(self.app)
        below = theme_color(self.app.theme_variables, "background")
        every = [value for run in found for value in run.accuracy.values()]
        # One scale for all, so that a colour means the same in each.
        level = level_paint(every, colors)
        room = (width, _MAP_LINES)
        upper = [small_map(run.accuracy, level, below, room, plain=plain, words=_rate) for run in found]
        heads = [[f"{letter(i)} {run.name}", _range(run)] for i, run in enumerate(found)]
        lines = self._beside(heads, upper, width)
        gains = [_gains(run) for run in found]
        limit = max((abs(value) for one in gains for value in one.values()), default=0.0)
        paint = gain_paint(limit, colors)
        lower = [small_map(one, paint, below, room, plain=plain, words=_points) for one in gains]
        heads = [[""] * 2, *([f"{letter(i)} over A", _difference(run)] for i, run in enumerate(found) if i)]
        return [*lines, Text(), *self._beside(heads, lower, width)]

    def _beside(self, heads: list[list[str]], maps: list[list[Text]], width: int) -> list[Text]:
        muted, plain = self._style("foreground-muted"), self._style("foreground")
        lines = []
        for at in range(max(len(head) for head in heads)):
            line = Text(no_wrap=True)
            for head in heads:
                text = shortened(head[at], width)
                line.append(f"{text:<{width + _GUTTER}}", plain if at == 0 else muted)
            lines.append(line)
        for at in range(max((len(one) for one in maps), default=0)):
            line = Text(no_wrap=True)
            for one in maps:
                piece = one[at] if at < len(one) else Text()
                line.append_text(piece)
                line.append(" " * (width + _GUTTER - piece.cell_len))
            lines.append(line)
        return lines

    def _style(self, name: str) -> Style:
        return Style(color=theme_color(self.app.theme_variables, name).rich_color)

    # -- keys ----------------------------------------------------------------------------------------------------

    def action_curves(self) -> None:
        """Draw other curves."""
        names = list(CURVES)
        self._what = names[(names.index(self._what) + 1) % len(names)]
        self._show()

    def on_data_table_row_selected(self) -> None:
        """Compare window by window with Enter or a click."""
        self.action_pair()

    def action_pair(self) -> None:
        """Compare the chosen run with the first, window by window."""
        row = self.query_one(DataTable).cursor_row
        if self.found is not None and 0 < row < len(self.found):
            self._open_pair(self.found[0].name, self.found[row].name)

    def action_leave(self) -> None:
        """Go back to the list of runs."""
        self.dismiss()


def _rate(value: float) -> str:
    return f"{value:.3f}"


def _points(gain: float) -> str:
    """Return a gain in points of accuracy; nothing within noise."""
    return f"{100 * gain:+.1f}".replace("-", number_format.MINUS) if gain else ""


def _range(run: RunBeside) -> str:
    """Return what the windows' accuracies lie between."""
    values = run.accuracy.values()
    return f"{min(values):.3f} to {max(values):.3f}" if values else "no window is finished"


def _gains(run: RunBeside) -> dict[tuple[int, int], float]:
    """Return what each window gains on the first run's at the same place; 0 within noise."""
    windows = () if run.contrast is None else run.contrast.windows
    return {
        (window.row, window.col): 0.0 if window.standing == "noise" else window.gain
        for window in windows
        if window.row is not None and window.col is not None
    }


def _difference(run: RunBeside) -> str:
    """Return how many windows differ from those of the first run, in a line."""
    if run.contrast is None or not run.contrast.windows:
        return "no window in both"
    standings = [window.standing for window in run.contrast.windows]
    if "unknown" in standings:
        return "noise unknown: too few baselines"
    named = (("better", "better"), ("worse", "worse"), ("uncorrected", "uncorrected"), ("noise", "within noise"))
    return ", ".join(f"{standings.count(name)} {words}" for name, words in named if name in standings)
