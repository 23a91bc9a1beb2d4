"""The summary of a finished run: what its windows amount to, and a first look at stacking across."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from ..core.duration import duration
from ..core.errors import XSampleError, printable
from .help import Sheet
from .link import Link

_LONGEST_HEAD = 40
# How many finished trials were summed up, and the sentences: a finished trial's outputs never change.
Summed = tuple[int, list[str]]


class SummarySheet(Sheet):
    """What a headless run prints at its end; it is reckoned in a thread, which takes some seconds.

    Args:
        link: the run's link.
        known: what was reckoned before; where more trials are finished now it counts for nothing.

    Attributes:
        found: what was reckoned; None until it is.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "dismiss", "Close", tooltip="close the dialog", id="summary.close"),
    ]

    class Reckoned(Message):
        """The sentences are there, or why there are none."""

        def __init__(self, found: Summed) -> None:
            self.found = found
            super().__init__()

    def __init__(self, link: Link, known: Summed | None = None) -> None:
        super().__init__()
        self.TITLE_TEXT = f"Summary: {printable(link.run.name, 40)}"
        self._link = link
        self.found = known if known is not None and known[0] == link.progress.counts()["done"] else None

    def sections(self) -> ComposeResult:
        """Return what there is to say of the trials at once, and room for the rest."""
        counts = self._link.progress.counts()
        parts = [f"{counts['done']} of {len(self._link.progress.trials)} trials done"]
        parts += [f"{counts[status]} {status}" for status in ("failed", "skipped") if counts[status]]
        yield Static(f"{', '.join(parts)}; {duration(self._link.elapsed)} of work", markup=False)
        yield Static(id="summary", markup=False)

    def on_mount(self) -> None:
        """Show the sentences, or have them reckoned."""
        if self.found is None:
            words = "… reckoning from the trials' outputs; training and keys do not wait for it"
            self.query_one("#summary", Static).update(Content.styled(words, "$foreground-muted"))
            self._reckon(self._link.progress.counts()["done"])
        else:
            self._show(self.found[1])

    @work(thread=True, exit_on_error=False, group="summary")
    def _reckon(self, done: int) -> None:
        # Read only when asked for, and not in the event loop: the statistics take their time to import.
        from ..stacking.summary import summary

        try:
            lines = summary(self._link.run)
        except (XSampleError, OSError) as error:
            lines = [f"no summary: {printable(error, 300)}"]
        self.post_message(self.Reckoned((done, lines)))

    @on(Reckoned)
    def _reckoned(self, event: Reckoned) -> None:
        self.found = event.found
        self._show(event.found[1])

    def _show(self, lines: list[str]) -> None:
        self.query_one("#summary", Static).update(Content("\n").join(map(_sentence, lines)))


def _sentence(line: str) -> Content:
    """Return a sentence with what it is about in bold."""
    head, colon, rest = line.partition(": ")
    if not colon or len(head) > _LONGEST_HEAD:
        return Content(printable(line, 1_000))
    return Content.assemble((printable(head), "bold $accent"), f"  {printable(rest, 1_000)}")
