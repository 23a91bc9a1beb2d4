"""The filter bar: the input line for a filter, and the error or the number of matches below it."""

from __future__ import annotations

from typing import ClassVar

from rich.highlighter import Highlighter
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from ..view_models.filter_language import EVERYTHING, Filter
from ..view_models.filter_parser import EXAMPLES, LIMIT, FilterError, becoming, parse

EXAMPLE = "acc>0.98 row<5 state:done !failed   or, ( ), kind:keep, ink<50%, marked, part of a name"
_REMEMBERED = 50


class _Mistake(Highlighter):
    """Highlights the mistake in the line."""

    error: FilterError | None = None

    def highlight(self, text: Text) -> None:
        if self.error is not None and self.error.length:
            text.stylize("bold reverse", self.error.start, self.error.start + self.error.length)


class FilterLine(Input):
    """The input line; up and down recall what was typed before."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "up",
            "recall(-1)",
            "Previous filter",
            show=False,
            tooltip="previous filter in the history",
            id="filter.filter-before",
        ),
        Binding(
            "down",
            "recall(1)",
            "Next filter",
            show=False,
            tooltip="next filter in the history",
            id="filter.next-filter",
        ),
    ]

    def __init__(self) -> None:
        self.mistake = _Mistake()
        super().__init__(id="filter", placeholder=EXAMPLE, max_length=LIMIT, compact=True, highlighter=self.mistake)
        # The current filter is there to be edited; if it were selected, the first key would replace it.
        self.select_on_focus = False
        self.typed: list[str] = []
        self._back = 0

    def remember(self, text: str) -> None:
        """Keep a typed text in the history, even a wrong one."""
        if text.strip() and text not in self.typed[-1:]:
            self.typed = [*self.typed, text][-_REMEMBERED:]
        self._back = 0

    def action_recall(self, step: int) -> None:
        """Move through the history; past the latest, the line is empty."""
        if not self._back:
            self.remember(self.value)
            # The current text is the latest entry now.
            self._back = -1 if self.typed[-1:] == [self.value] else 0
        self._back = max(min(self._back + step, 0), -len(self.typed))
        self.value = self.typed[self._back] if self._back else ""
        self.cursor_position = len(self.value)


class FilterBar(Vertical):
    """Appears at the bottom of the screen while a filter is typed.

    The text applies as soon as it is a valid filter; until then the previous filter stays. Enter keeps it, Escape
    restores the previous filter; the history keeps what was typed.

    Attributes:
        text: the current filter, as typed.
    """

    BORDER_TITLE = "filter"
    HELP = (
        "Chooses which trials the table shows. Conditions side by side must all hold; combine with or, not and ( ). "
        "The filter applies while you type; an invalid one leaves the previous filter active."
    )
    HELP_ROWS = EXAMPLES
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", tooltip="restore the previous filter", id="filter.cancel"),
        Binding("enter", "keep", "Apply", tooltip="keep the filter and go to the table", id="filter.keep"),
    ]

    class Filtered(Message):
        """The typed text is a valid filter."""

        def __init__(self, wanted: Filter) -> None:
            self.wanted = wanted
            super().__init__()

    class Closed(Message):
        """The bar was closed; ``kept``: whether its filter stays."""

        def __init__(self, kept: bool) -> None:
            self.kept = kept
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="filterbar")
        self._before = ""
        self.text = ""

    def compose(self) -> ComposeResult:
        """Show the line and the message below it."""
        yield FilterLine()
        yield Static(id="filter-message", markup=False)

    def open(self) -> None:
        """Open with the current filter, ready to edit."""
        line = self.query_one(FilterLine)
        self._before = self.text
        self.add_class("-open")
        line.value = self.text
        line.cursor_position = len(line.value)
        line.focus()
        self._judge(line.value, finished=True)

    def say(self, words: str) -> None:
        """Show what the current filter matches."""
        if self.query_one(FilterLine).mistake.error is None:
            self.query_one("#filter-message", Static).update(Content.styled(words, "$foreground-muted"))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.has_class("-open"):
            self._judge(event.value)

    def _judge(self, text: str, *, finished: bool = False) -> None:
        """Apply a text if it is a valid filter; unless ``finished``, wait for the rest of an incomplete word."""
        line = self.query_one(FilterLine)
        try:
            wanted = parse(text)
        except FilterError as error:
            line.mistake.error = error
            self.query_one("#filter-message", Static).update(Content.styled(error.line, "$error"))
        else:
            line.mistake.error = None
            coming = () if finished else becoming(text)
            if coming:
                # An incomplete word would match no name, so the table would be empty while the user types on.
                words = f"{', '.join(coming)}? Enter searches the names"
                self.query_one("#filter-message", Static).update(Content.styled(words, "$foreground-muted"))
            else:
                self.text = text.strip()
                self.post_message(self.Filtered(wanted))
        line.refresh()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_keep()

    def action_keep(self) -> None:
        """Close and keep the typed filter; stay open if it is invalid."""
        line = self.query_one(FilterLine)
        line.remember(line.value)
        self._judge(line.value, finished=True)
        if line.mistake.error is None:
            self._close(kept=True)

    def action_cancel(self) -> None:
        """Close and restore the previous filter."""
        line = self.query_one(FilterLine)
        line.remember(line.value)
        line.mistake.error = None
        self.put(self._before)
        self._close(kept=False)

    def put(self, text: str) -> None:
        """Apply a filter without typing it.

        Raises:
            FilterError: it is invalid.
        """
        wanted = parse(text) if text.strip() else EVERYTHING
        self.text = text.strip()
        self.post_message(self.Filtered(wanted))

    def _close(self, *, kept: bool) -> None:
        self.remove_class("-open")
        self.post_message(self.Closed(kept))
