"""Shows the summary of a finished run: the results of its windows, and of a first blend of the best."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from ...core.duration_text import duration
from ...core.errors import XSampleError, printable
from ..help.help_screen import Sheet
from ..session.run_session import RunSession
from ..widgets.aligned_row import AlignedRow

# Sentences that are said first, across the whole dialog.
_ANSWER = 2
_LONGEST_HEAD = 40
# Characters of the column of subjects at most; longer ones have their sentence below them.
_HEAD = 28
# How many finished trials were summed up, and the sentences: a finished trial's outputs never change.
Summed = tuple[int, list[str]]


class SummaryDialog(Sheet):
    """Shows what a headless run prints at its end; a thread computes it within some seconds.

    Args:
        run_session: the run's session.
        known: the summary as computed before; ignored if more trials are finished now.

    Attributes:
        found: the summary; None until it is computed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "dismiss", "Close", tooltip="close the dialog", id="summary.close"),
    ]

    class Computed(Message):
        """The summary was computed, or an error that prevents it."""

        def __init__(self, found: Summed) -> None:
            self.found = found
            super().__init__()

    def __init__(self, run_session: RunSession, known: Summed | None = None) -> None:
        super().__init__()
        self.TITLE_TEXT = f"Summary: {printable(run_session.run.name, 40)}"
        self._run_session = run_session
        self.found = known if known is not None and known[0] == run_session.progress.counts()["done"] else None

    def sections(self) -> ComposeResult:
        """Return where the answer and what is said beside it are shown, and the trial counts, which are known now."""
        yield Static(id="summary-answer", markup=False)
        yield Vertical(id="summary")

    def on_mount(self) -> None:
        """Show the summary, or start computing it."""
        if self.found is None:
            words = "… computing the summary"
            self.query_one("#summary-answer", Static).update(Content.styled(words, "$foreground-muted"))
            self._list([])
            self._compute(self._run_session.progress.counts()["done"])
        else:
            self._show(self.found[1])

    @work(thread=True, exit_on_error=False, group="summary")
    def _compute(self, done: int) -> None:
        # Imported when needed, and in the thread: the statistics are slow to import.
        from ...stacking.findings.run_summary import kept_summary

        try:
            lines = list(kept_summary(self._run_session.run).lines)
        except (XSampleError, OSError) as error:
            lines = [f"Cannot compute the summary: {printable(error, 300)}"]
        self.post_message(self.Computed((done, lines)))

    @on(Computed)
    def _computed(self, event: Computed) -> None:
        self.found = event.found
        self._show(event.found[1])

    def _show(self, lines: list[str]) -> None:
        # The first sentence is the answer, the second what would resolve it.
        answer, rest = [printable(line, 1_000) for line in lines[:_ANSWER]], lines[_ANSWER:]
        shown = [Content.styled(line, "bold" if index == 0 else "") for index, line in enumerate(answer)]
        self.query_one("#summary-answer", Static).update(Content("\n").join(shown))
        facts = [_fact(line) for line in rest]
        # What has no subject qualifies all of it.
        self._list([fact for fact in facts if fact[0]] + [fact for fact in facts if not fact[0]])

    def _list(self, facts: list[tuple[str, str]]) -> None:
        counts = self._run_session.progress.counts()
        parts = [f"{counts['done']} of {len(self._run_session.progress.trials)} done"]
        parts += [f"{counts[status]} {status}" for status in ("parked", "failed", "skipped") if counts[status]]
        at = sum(bool(head) for head, _ in facts)
        facts.insert(at, ("Trials", f"{', '.join(parts)}; {duration(self._run_session.elapsed)} of training"))
        width = min(max(len(head) for head, _ in facts), _HEAD)
        box = self.query_one("#summary", Vertical)
        box.remove_children()
        box.mount(*(AlignedRow(head, "$accent", words, width) for head, words in facts))


def _fact(line: str) -> tuple[str, str]:
    """Return a sentence's subject and what it says; no subject where it has none that is short."""
    line = printable(line, 1_000)
    head, colon, rest = line.partition(": ")
    if not colon or len(head) > _LONGEST_HEAD:
        return "", line
    return head[:1].upper() + head[1:], rest
