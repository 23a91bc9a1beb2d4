"""Reads the runs of a folder in a thread, one reading at a time, and remembers what has not changed."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from textual.dom import DOMNode

from ...core.errors import printable
from ...store.run_catalog import Entry, RunCatalog
from ..latest_only import Latest, LatestOnly
from ..session.heartbeat_watch import HeartbeatWatch, timer_of
from .idle_answers import IdleAnswers
from .run_row import AT_WORK, RunRow, grouped, row_of

# While many runs are read for the first time, the list grows every so many seconds.
_STEP = 0.3
# Answers are computed from this reading of the folder on.
_AFTER = 1
Show = Callable[[list[RunRow] | None, str], bool]
LIST_EVERY = 4.0


class RunsListing:
    """Reads the runs of a folder; runs that have not changed are not read again.

    Args:
        owner: the node whose workers wait for the thread.
        runs: the runs folder.
        clock: gives Unix time in seconds.
        answers: computes the answers that runs lack; None for none.
        every: seconds from one reading to the next while the list is shown.

    Attributes:
        every: the same.
    """

    def __init__(
        self,
        owner: DOMNode,
        runs: Path,
        clock: Callable[[], float],
        answers: IdleAnswers | None = None,
        every: float = LIST_EVERY,
    ) -> None:
        self.every = every
        self._answers = answers
        self._readings = 0
        self._runs = runs
        self._clock = clock
        self._catalog = RunCatalog(runs)
        self._timer = timer_of(clock)
        self._heartbeats: dict[str, HeartbeatWatch] = {}
        self._reader: LatestOnly[Show] = LatestOnly(owner, "catalog", self._read)

    def ask(self, show: Show) -> None:
        """Read the folder after the current reading has ended.

        Args:
            show: receives the rows so far, or None and an error; returns whether more are wanted. Called in the
                thread.
        """
        self._reader.ask(show)

    def answer(self, rows: list[RunRow]) -> None:
        """Have the answers computed that listed runs lack: not at once, as a start is to be quick."""
        if self._answers is not None and self._readings > _AFTER:
            self._answers.ask(rows)

    def close(self) -> None:
        """Compute no more answers."""
        if self._answers is not None:
            self._answers.close()

    def _silence(self, run: Entry) -> float:
        """Return the seconds since a run's heartbeat changed, as far as the list was read."""
        watch = self._heartbeats.setdefault(run.name, HeartbeatWatch(self._timer))
        watch.check(run.heartbeat, alive=run.state in AT_WORK)
        return watch.silence

    def _read(self, show: Show, latest: Latest) -> None:
        self._readings += 1
        try:
            rows: list[RunRow] | None = None
            shown = 0.0
            for entries in self._catalog.read():
                now = self._clock()
                rows = grouped(entries, [row_of(run, now, self._silence(run)) for run in entries])
                if time.monotonic() - shown > _STEP:
                    shown = time.monotonic()
                    if not show(rows, ""):
                        return
                    rows = None
            if rows is not None:
                show(rows, "")
        except Exception as error:
            # The folder is read again soon, so the error is only shown.
            why = (error.strerror if isinstance(error, OSError) else None) or f"{type(error).__name__}: {error}"
            show(None, f"Cannot read {printable(self._runs, 200)}: {printable(why, 200)}")
