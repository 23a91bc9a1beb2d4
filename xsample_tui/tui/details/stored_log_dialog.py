"""Shows what a trial's failure and the workers of a run left in their logs, tracebacks included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from ...core.errors import printable
from ...core.size_text import size
from ...store.files.stored_logs import TAIL_BYTES, StoredLog, read_logs
from ..help.help_screen import Sheet
from ..keys.keymap_file import key_of
from ..session.run_session import RunSession
from ..theme.drawing_app import drawing_app

_LONGEST = 1_000
_MUTED = "$foreground-muted"


class StoredLogDialog(Sheet):
    """The logs of a run, as they are when it opens or is read again; each is a section.

    Args:
        run_session: the run's session.
        trial: the trial whose failure comes first; None for the run's logs alone.

    Attributes:
        logs: what was read; None before.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("L", "dismiss", "Close", tooltip="close the dialog", id="logs.close"),
        Binding("y", "copy", "Copy", show=False, tooltip="copy all logs as text", id="logs.copy"),
        Binding("r", "read", "Read again", show=False, tooltip="read the logs again", id="logs.read-again"),
        Binding("end,G", "end", "End", show=False, tooltip="go to the end", id="logs.end"),
        Binding("home,g", "home", "Beginning", show=False, tooltip="go to the beginning", id="logs.beginning"),
    ]

    class Found(Message):
        """The logs were read."""

        def __init__(self, logs: list[StoredLog]) -> None:
            self.logs = logs
            super().__init__()

    def __init__(self, run_session: RunSession, trial: str | None) -> None:
        super().__init__()
        self.TITLE_TEXT = f"Logs: {printable(trial or run_session.run.name, 40)}"
        self._run_session = run_session
        self._trial = trial
        self.logs: list[StoredLog] | None = None

    def sections(self) -> ComposeResult:
        """Return where the trial's message and the logs are shown."""
        yield Static(id="logs-note", markup=False)
        yield Vertical(id="logs")

    def on_mount(self) -> None:
        """Read the logs."""
        self.action_read()

    def action_read(self) -> None:
        """Read the logs in a thread; the worker that trains the trial comes first."""
        heartbeat = self._run_session.heartbeat
        workers = [w.name for w in heartbeat.workers if w.trial == self._trial] if heartbeat is not None else []
        self._read(workers)

    @work(thread=True, exit_on_error=False, group="logs")
    def _read(self, workers: Sequence[str]) -> None:
        self.post_message(self.Found(read_logs(self._run_session.run.path, self._trial, workers)))

    @on(Found)
    def _take(self, event: Found) -> None:
        event.stop()
        self.logs = event.logs
        entry = self._run_session.progress.trials.get(self._trial or "")
        keys = drawing_app(self).keymap
        copy, again = (key_of(self.BINDINGS, action, keys) for action in ("copy", "read"))
        parts = []
        if entry is not None:
            said = f": {printable(entry.message, 400)}" if entry.message else ""
            parts.append(Content.styled(f"{entry.trial.name} {entry.status}{said}", "bold"))
        if not event.logs:
            parts.append(Content.styled("No process of this run has written anything.", _MUTED))
        parts.append(Content.styled(f"{copy} copies, {again} reads again", _MUTED))
        self.query_one("#logs-note", Static).update(Content("\n").join(parts))
        box = self.query_one("#logs", Vertical)
        box.remove_children()
        box.mount(*(_LogSection(log) for log in event.logs))

    def show_found(self, wanted: list[str]) -> bool:
        """Show only the lines that hold all words; return whether there is one."""
        found = [part.show_found(wanted) for part in self.query(_LogSection)]
        return any(found)

    def action_copy(self) -> None:
        """Copy the logs."""
        if self.logs:
            self.app.copy_to_clipboard("\n".join(f"== {log.name}\n{log.text.rstrip()}" for log in self.logs))
            self.notify(f"{len(self.logs)} logs are copied.", markup=False)

    def action_end(self) -> None:
        """Go to the end."""
        self.query_one(".help").scroll_end(animate=False)

    def action_home(self) -> None:
        """Go to the beginning."""
        self.query_one(".help").scroll_home(animate=False)


class _LogSection(Vertical):
    """One log: its name, and its lines.

    Args:
        log: the log.
    """

    def __init__(self, log: StoredLog) -> None:
        super().__init__(classes="help-section")
        self._log = log
        self._lines = [printable(line, _LONGEST) for line in log.text.splitlines()]

    def compose(self) -> ComposeResult:
        """Lay out the name and the lines."""
        cut = f", the last {size(TAIL_BYTES)}" if self._log.cut else ""
        heading = f"{printable(self._log.name, 60)}  ({size(self._log.size)}{cut})"
        yield Static(heading, classes="help-title", markup=False)
        yield Static("\n".join(self._lines), classes="log-lines", markup=False)

    def show_found(self, wanted: list[str]) -> bool:
        """Show only the lines that hold all words; return whether there is one."""
        lines = [line for line in self._lines if all(word in line.casefold() for word in wanted)]
        self.query_one(".log-lines", Static).update("\n".join(lines))
        self.display = bool(lines)
        return self.display
