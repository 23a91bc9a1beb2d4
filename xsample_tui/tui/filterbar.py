"""The filter bar: a line to type a filter in, and what is wrong with it while it is not one."""

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

from ..core.filter import EVERYTHING, Filter
from ..core.grammar import EXAMPLES, LIMIT, FilterError, becoming, parse

EXAMPLE = "acc>0.98 row<5 state:done !failed   or, ( ), kind:keep, ink<50%, marked, part of a name"
_REMEMBERED = 50


class _Mistake(Highlighter):
    """Marks in the line what is wrong with it."""

    error: FilterError | None = None

    def highlight(self, text: Text) -> None:
        if self.error is not None and self.error.length:
            text.stylize("bold reverse", self.error.start, self.error.start + self.error.length)


class FilterLine(Input):
    """The line; up and down bring back what was typed before."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "up",
            "recall(-1)",
            "Filter before",
            show=False,
            tooltip="bring back what was typed before",
            id="filter.filter-before",
        ),
        Binding(
            "down",
            "recall(1)",
            "Next filter",
            show=False,
            tooltip="bring back what was typed after that",
            id="filter.next-filter",
        ),
    ]

    def __init__(self) -> None:
        self.mistake = _Mistake()
        super().__init__(id="filter", placeholder=EXAMPLE, max_length=LIMIT, compact=True, highlighter=self.mistake)
        # The filter in force is there to be changed; selected, the first key would take it away.
        self.select_on_focus = False
        self.typed: list[str] = []
        self._back = 0

    def remember(self, text: str) -> None:
        """Keep a text that was typed, also one that is wrong."""
        if text.strip() and text not in self.typed[-1:]:
            self.typed = [*self.typed, text][-_REMEMBERED:]
        self._back = 0

    def action_recall(self, step: int) -> None:
        """Go back or forth in what was typed before; past the latest, the line is empty."""
        if not self._back:
            self.remember(self.value)
            # What stands in the line is the latest now.
            self._back = -1 if self.typed[-1:] == [self.value] else 0
        self._back = max(min(self._back + step, 0), -len(self.typed))
        self.value = self.typed[self._back] if self._back else ""
        self.cursor_position = len(self.value)


class FilterBar(Vertical):
    """Comes up over the foot of the screen while a filter is typed.

    What is typed counts at once, as soon as it is a filter; until then the one before stays in force. Enter keeps
    it, escape goes back to the one before; neither loses what was typed.

    Attributes:
        text: the filter in force, as it was typed.
    """

    BORDER_TITLE = "filter"
    HELP = (
        "Which trials the table shows. What stands side by side must all hold; or, not and ( ) combine. What is "
        "typed counts as soon as it is a filter; until then the one before stays in force."
    )
    HELP_ROWS = EXAMPLES
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", tooltip="go back to the filter before", id="filter.cancel"),
        Binding("enter", "keep", "Keep", tooltip="keep the filter, and go to the table", id="filter.keep"),
    ]

    class Found(Message):
        """What stands in the line is a filter."""

        def __init__(self, wanted: Filter) -> None:
            self.wanted = wanted
            super().__init__()

    class Closed(Message):
        """The bar was closed; ``kept`` says whether its filter is to stay."""

        def __init__(self, kept: bool) -> None:
            self.kept = kept
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="filterbar")
        self._before = ""
        self.text = ""

    def compose(self) -> ComposeResult:
        """Show the line, and what is to be said of it."""
        yield FilterLine()
        yield Static(id="filter-message", markup=False)

    def open(self) -> None:
        """Come up, with the filter in force to be changed."""
        line = self.query_one(FilterLine)
        self._before = self.text
        self.add_class("-open")
        line.value = self.text
        line.cursor_position = len(line.value)
        line.focus()
        self._judge(line.value, finished=True)

    def say(self, words: str) -> None:
        """Say what the filter in force amounts to."""
        if self.query_one(FilterLine).mistake.error is None:
            self.query_one("#filter-message", Static).update(Content.styled(words, "$foreground-muted"))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.has_class("-open"):
            self._judge(event.value)

    def _judge(self, text: str, *, finished: bool = False) -> None:
        """Put a text in force if it is a filter; unless ``finished``, also see whether its last word is one yet."""
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
                # A name cut short would show nothing, for as long as it takes to type on.
                words = f"{', '.join(coming)}: type on; enter takes it as part of a name"
                self.query_one("#filter-message", Static).update(Content.styled(words, "$foreground-muted"))
            else:
                self.text = text.strip()
                self.post_message(self.Found(wanted))
        line.refresh()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_keep()

    def action_keep(self) -> None:
        """Close with what is typed in force; where it is no filter, stay."""
        line = self.query_one(FilterLine)
        line.remember(line.value)
        self._judge(line.value, finished=True)
        if line.mistake.error is None:
            self._close(kept=True)

    def action_cancel(self) -> None:
        """Close with the filter that was in force before."""
        line = self.query_one(FilterLine)
        line.remember(line.value)
        line.mistake.error = None
        self.put(self._before)
        self._close(kept=False)

    def put(self, text: str) -> None:
        """Put a filter in force without typing it.

        Raises:
            FilterError: it is none.
        """
        wanted = parse(text) if text.strip() else EVERYTHING
        self.text = text.strip()
        self.post_message(self.Found(wanted))

    def _close(self, *, kept: bool) -> None:
        self.remove_class("-open")
        self.post_message(self.Closed(kept))
