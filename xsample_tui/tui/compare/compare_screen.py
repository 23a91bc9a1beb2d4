"""The compare screen: compares two runs window by window and shows which differences are significant."""

from __future__ import annotations

from typing import ClassVar, Literal

from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import DataTable, Static

from ...core.comparison.comparison_text import sentences
from ...core.comparison.run_comparison import Difference, RunComparison
from ...core.errors import printable
from ...core.stats.significance import WORDS, Standing
from ...core.table_text import TextColumn
from ...stacking.findings.comparison_sides import contrast_of
from ...store.run.run_folder import RunFolder
from ..keys.declared_keys import panel_keys
from ..keys.key_bar import KeyBar
from ..theme import symbols
from ..theme.colors import theme_color
from ..view_models import number_format
from ..widgets.base_screen import BaseScreen, Layout
from ..widgets.fitted_rows import fill_table
from .comparison_reader import ComparisonReader

Order = Literal["place", "gain"]
_COLUMNS = (
    TextColumn("window", least=12),
    TextColumn("error A", right=True),
    TextColumn("error B", right=True),
    TextColumn("gain", right=True),
    TextColumn("SD", right=True, rank=2),
    TextColumn("p", right=True, rank=3),
    TextColumn("Holm", right=True, rank=1),
    TextColumn("result"),
)
_STYLES: dict[Standing, str] = {
    "better": "success",
    "worse": "error",
    "uncorrected": "foreground-muted",
    "noise": "foreground-muted",
    "unknown": "",
}


class CompareScreen(BaseScreen):
    """Compares run B with run A.

    Args:
        a, b: the runs.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "o",
            "order",
            "Sort",
            tooltip="sort the windows by place or by size of the gain",
            id="compare.order",
        ),
        Binding("x", "swap", "Swap", tooltip="swap A and B", id="compare.swap-a-and-b"),
        Binding(
            "m",
            "beside",
            "Side by side",
            tooltip="blends, maps with their difference, and curves of both runs side by side",
            id="compare.side-by-side",
        ),
        *panel_keys("compare"),
        Binding("escape", "leave", "Runs", tooltip="go back to the list of runs", id="compare.runs"),
    ]
    HELP_WORDS: ClassVar[dict[str, str]] = {
        "gain": "error rate of A minus that of B at one place; negative if B makes more errors",
        "SD": "standard error of a gain, over seeds and images",
        "Holm": "p after Holm's correction for all windows in both runs; significant if below 0.05",
        "uncorrected": "beyond noise by itself, but not significant after the correction",
    }

    def __init__(self, a: RunFolder, b: RunFolder) -> None:
        super().__init__()
        self._runs = (a, b)
        self._order: Order = "place"
        self._comparing: ComparisonReader[tuple[RunFolder, RunFolder], RunComparison] = ComparisonReader(
            self, lambda runs: contrast_of(*runs), self._show, "#contrast-text"
        )

    @property
    def found(self) -> RunComparison | None:
        """The comparison; None before both runs are read."""
        return self._comparing.found

    def compose_page(self) -> ComposeResult:
        """Lay out the title, the text and the table."""
        yield Static(id="contrast-title", markup=False)
        with VerticalScroll(id="contrast-words"):
            yield Static("Reading both runs …", id="contrast-text", markup=False)
        with Vertical(id="contrast-body"):
            yield DataTable[Text](id="contrast-table", cursor_type="row", cell_padding=0)
        yield KeyBar()

    def on_mount(self) -> None:
        """Compare, in a thread."""
        self._show_title()
        self._comparing.ask(self._runs)

    def on_unmount(self) -> None:
        """Compare no more."""
        self._comparing.close()

    def _show_title(self) -> None:
        a, b = (printable(run.name) for run in self._runs)
        self.query_one("#contrast-title", Static).update(
            Content.assemble(
                ("A ", "bold $accent"),
                (a, "bold $primary"),
                ("   B ", "bold $accent"),
                (b, "bold $primary"),
                ("   gain: error rate of A minus that of B", "$foreground-muted"),
            )
        )

    def lay_out(self, layout: Layout) -> None:
        """Use the available width."""
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        if self.found is None:
            return
        self.query_one("#contrast-text", Static).update(Content("\n").join(self._words(self.found)))
        self._fill(self.found)

    def _words(self, found: RunComparison) -> list[Content]:
        width = max(self.size.width - 6, 20)
        lines = [Content(sentence) for sentence in sentences(found)]
        lines = [piece for line in lines for piece in _hung(line, width)]
        lines.append(Content(""))
        if not found.spec:
            return [*lines, Content("Both runs have the same settings.")]
        lines.append(Content.styled("settings that differ", "$foreground-muted"))
        longest = max(len(key) for key, _, _ in found.spec)
        for key, left, right in found.spec:
            line = Content.assemble(
                (f"{printable(key):<{longest}}  ", "$foreground-muted"),
                printable(left, 60),
                (" → ", "$accent"),
                printable(right, 60),
            )
            lines += _hung(line, width)
        return lines

    def _fill(self, found: RunComparison) -> None:
        table = self.query_one("#contrast-table", DataTable)
        windows = list(found.windows)
        if self._order == "gain":
            windows.sort(key=lambda d: -abs(d.gain))
        rows = [self._cells(difference) for difference in windows]
        keys = [difference.name for difference in windows]
        fill_table(table, _COLUMNS, rows, self.size.width, self._style("foreground-muted"), keys)
        table.display = bool(windows)

    def _cells(self, d: Difference) -> list[Text]:
        plain, muted = self._style("foreground"), self._style("foreground-muted")
        style = self._style(_STYLES[d.standing] or "foreground")
        gain = f"{d.gain:+.4f}".replace("-", number_format.MINUS)
        return [
            Text(d.name, self._style("primary")),
            Text(f"{d.a:.4f}", plain),
            Text(f"{d.b:.4f}", plain),
            Text(gain, style),
            Text(_number(d.sd, ".4f"), muted),
            Text(_number(d.p, ".2g"), muted),
            Text(_number(d.p_holm, ".2g"), plain),
            Text(f"{symbols.VERDICT[d.standing]} {WORDS[d.standing]}", style),
        ]

    def _style(self, name: str) -> Style:
        return Style(color=theme_color(self.app.theme_variables, name).rich_color)

    # -- keys ----------------------------------------------------------------------------------------------------

    def action_order(self) -> None:
        """Change the sort order of the windows."""
        self._order = "gain" if self._order == "place" else "place"
        self._show()

    def action_swap(self) -> None:
        """Swap A and B."""
        self._runs = (self._runs[1], self._runs[0])
        self._show_title()
        self._comparing.ask(self._runs)

    def action_beside(self) -> None:
        """Show both runs side by side."""
        self.program.compare_many([run.name for run in self._runs])

    def action_leave(self) -> None:
        """Go back to the list of runs."""
        self.dismiss()


def _number(value: float, form: str) -> str:
    return number_format.MISSING if value != value else format(value, form)


def _hung(line: Content, width: int) -> list[Content]:
    """Return a wrapped line, with further lines indented."""
    first, *rest = line.wrap(width - 2)
    return [first, *(Content.assemble("  ", piece) for piece in rest)]
