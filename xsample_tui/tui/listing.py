"""The listing of a runs folder: read in a thread, one reading at a time, and kept for as long as the program runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from textual.dom import DOMNode

from ..core.errors import printable
from ..store.catalog import Catalog, Entry
from .errand import Errand, Latest
from .heartbeat import Heartbeat, timer_of
from .runs import AT_WORK, Row, row_of

# While many runs are read for the first time, the list grows in steps of this many seconds.
_STEP = 0.3
Show = Callable[[list[Row] | None, str], bool]


class Listing:
    """Reads the runs of a folder for whoever shows them; what has not changed since is not read again.

    Args:
        owner: whose workers wait for the thread.
        runs: the runs folder.
        clock: gives Unix time in seconds.
    """

    def __init__(self, owner: DOMNode, runs: Path, clock: Callable[[], float]) -> None:
        self._runs = runs
        self._clock = clock
        self._catalog = Catalog(runs)
        self._timer = timer_of(clock)
        self._heartbeats: dict[str, Heartbeat] = {}
        self._errand: Errand[Show] = Errand(owner, "catalog", self._read)

    def ask(self, show: Show) -> None:
        """Read the folder as it is from now on, once a reading that is under way has ended.

        Args:
            show: is given the rows, growing, or None and why they cannot be read; returns whether they are still
                wanted. Called in the thread.
        """
        self._errand.ask(show)

    def _silence(self, run: Entry) -> float:
        """Return for how long a run's heartbeat has not changed, as far as the list was read."""
        seen = self._heartbeats.setdefault(run.name, Heartbeat(self._timer))
        seen.look(run.pulse, alive=run.state in AT_WORK)
        return seen.silence

    def _read(self, show: Show, latest: Latest) -> None:
        try:
            rows: list[Row] | None = None
            shown = 0.0
            for entries in self._catalog.read():
                now = self._clock()
                rows = [row_of(run, now, self._silence(run)) for run in entries]
                if time.monotonic() - shown > _STEP:
                    shown = time.monotonic()
                    if not show(rows, ""):
                        return
                    rows = None
            if rows is not None:
                show(rows, "")
        except Exception as error:
            # It is read again in a moment, so what is wrong now is only shown.
            why = (error.strerror if isinstance(error, OSError) else None) or f"{type(error).__name__}: {error}"
            show(None, f"{printable(self._runs, 200)} cannot be read: {printable(why, 200)}")
