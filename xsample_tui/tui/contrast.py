"""The compare screen: two runs side by side, and what of it is beyond noise."""

from __future__ import annotations

from typing import ClassVar, Literal

from rich.style import Style
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import DataTable, Static

from ..core.account import sentences
from ..core.contrast import Contrast, Difference
from ..core.errors import XSampleError, printable
from ..core.stats.standing import Standing
from ..stacking.run_side import contrast_of
from ..store.folder import RunFolder
from . import figure, glyph
from .keys import KeyBar
from .page import Layout, Page
from .palette import theme_color

Order = Literal["place", "gain"]
_COLUMNS = (("window", 16), ("errors A", 9), ("errors B", 9), ("gain", 9), ("SD", 7), ("p", 8), ("Holm", 7))
_STANDING = 15
_STYLES: dict[Standing, str] = {
    "better": "success",
    "worse": "error",
    "uncorrected": "foreground-muted",
    "noise": "foreground-muted",
    "unknown": "",
}


class ContrastScreen(Page):
    """B against A.

    Args:
        a, b: the runs.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "o",
            "order",
            "Order",
            tooltip="order the windows by place or by the size of their gain",
            id="compare.order",
        ),
        Binding("x", "swap", "Swap A and B", tooltip="compare the other way round", id="compare.swap-a-and-b"),
        Binding(
            "tab", "app.focus_next", "Next panel", show=False, tooltip="go to the next panel", id="compare.next-panel"
        ),
        Binding(
            "shift+tab",
            "app.focus_previous",
            "Panel before",
            show=False,
            tooltip="go to the panel before",
            id="compare.panel-before",
        ),
        Binding("escape", "leave", "Runs", tooltip="back to the list of runs", id="compare.runs"),
    ]
    HELP_WORDS: ClassVar[dict[str, str]] = {
        "gain": "what B errs less than A at one place, as a share of the pictures; below 0 it errs more",
        "SD": "how far seeds and images move a gain by themselves",
        "Holm": "p after Holm's correction for all windows in both runs; under 0.05 the gain is beyond noise",
        "uncorrected": "beyond noise by itself, but not after the correction",
    }

    class Found(Message):
        """The runs were compared, or cannot be."""

        def __init__(self, found: Contrast | XSampleError) -> None:
            self.found = found
            super().__init__()

    def __init__(self, a: RunFolder, b: RunFolder) -> None:
        super().__init__()
        self._runs = (a, b)
        self._order: Order = "place"
        self.found: Contrast | None = None

    def compose_page(self) -> ComposeResult:
        """Lay out the title, the words and the table."""
        yield Static(id="contrast-title", markup=False)
        with VerticalScroll(id="contrast-words"):
            yield Static("Reading both runs ...", id="contrast-text", markup=False)
        with Vertical(id="contrast-body"):
            yield DataTable[Text](id="contrast-table", cursor_type="row", cell_padding=0)
        yield KeyBar()

    def on_mount(self) -> None:
        """Compare, in a thread."""
        self._show_title()
        self._compare()

    def _show_title(self) -> None:
        a, b = (printable(run.name) for run in self._runs)
        self.query_one("#contrast-title", Static).update(
            Content.assemble(
                ("A ", "bold $accent"),
                (a, "bold $primary"),
                ("   B ", "bold $accent"),
                (b, "bold $primary"),
                ("   gain: what B errs less", "$foreground-muted"),
            )
        )

    @work(thread=True, exit_on_error=False, exclusive=True, group="contrast")
    def _compare(self) -> None:
        try:
            found: Contrast | XSampleError = contrast_of(*self._runs)
        except XSampleError as error:
            found = error
        self.post_message(self.Found(found))

    def on_contrast_screen_found(self, event: Found) -> None:
        """Show what was found."""
        if isinstance(event.found, XSampleError):
            self.query_one("#contrast-text", Static).update(
                Content.styled(f"✗ {printable(event.found, 400)}", "$error")
            )
            return
        self.found = event.found
        self._show()
        self.query_one(DataTable).focus()

    def lay_out(self, layout: Layout) -> None:
        """Use the width there is."""
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        if self.found is None:
            return
        self.query_one("#contrast-text", Static).update(Content("\n").join(self._words(self.found)))
        self._fill(self.found)

    def _words(self, found: Contrast) -> list[Content]:
        width = max(self.size.width - 6, 20)
        lines = [Content(sentence) for sentence in sentences(found)]
        lines = [piece for line in lines for piece in _hung(line, width)]
        lines.append(Content(""))
        if not found.spec:
            return [*lines, Content("The specs do not differ.")]
        lines.append(Content.styled("differs", "$foreground-muted"))
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

    def _fill(self, found: Contrast) -> None:
        table = self.query_one("#contrast-table", DataTable)
        windows = list(found.windows)
        if self._order == "gain":
            windows.sort(key=lambda d: -abs(d.gain))
        with self.app.batch_update():
            table.clear(columns=True)
            muted = self._style("foreground-muted")
            for index, (heading, width) in enumerate((*_COLUMNS, ("  standing", _STANDING))):
                left = index == 0 or heading.startswith(" ")
                table.add_column(Text(heading if left else f"{heading:>{width}}", muted), width=width)
            for difference in windows:
                table.add_row(*self._cells(difference), key=difference.name)
        table.display = bool(windows)

    def _cells(self, d: Difference) -> list[Text]:
        plain, muted = self._style("foreground"), self._style("foreground-muted")
        style = self._style(_STYLES[d.standing] or "foreground")
        gain = f"{d.gain:+.4f}".replace("-", figure.MINUS)
        return [
            Text(d.name, self._style("primary")),
            Text(f"{d.a:>9.4f}", plain),
            Text(f"{d.b:>9.4f}", plain),
            Text(f"{gain:>9}", style),
            Text(f"{_number(d.sd, '.4f'):>7}", muted),
            Text(f"{_number(d.p, '.2g'):>8}", muted),
            Text(f"{_number(d.p_holm, '.2g'):>7}", plain),
            Text(f"  {glyph.VERDICT[d.standing]} {d.standing}", style),
        ]

    def _style(self, name: str) -> Style:
        return Style(color=theme_color(self.app.theme_variables, name).rich_color)

    # -- keys ----------------------------------------------------------------------------------------------------

    def action_order(self) -> None:
        """Order the windows the other way."""
        self._order = "gain" if self._order == "place" else "place"
        self._show()

    def action_swap(self) -> None:
        """Compare the other way round."""
        self._runs = (self._runs[1], self._runs[0])
        self._show_title()
        self._compare()

    def action_leave(self) -> None:
        """Go back to the list of runs."""
        self.dismiss()


def _number(value: float, form: str) -> str:
    return figure.MISSING if value != value else format(value, form)


def _hung(line: Content, width: int) -> list[Content]:
    """Return a line wrapped, what goes on indented."""
    first, *rest = line.wrap(width - 2)
    return [first, *(Content.assemble("  ", piece) for piece in rest)]
