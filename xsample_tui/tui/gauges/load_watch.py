"""Reads the machine's load now and then, in a thread, and keeps what it was."""

from __future__ import annotations

import socket
from collections import deque

from textual.message import Message
from textual.widget import Widget

from ...sweep.machine.machine_load import LoadReader, MachineLoad
from ..latest_only import Latest, LatestOnly
from ..session.run_session import RunSession
from .gauge_text import disk_warning
from .load_reading import Reading

# Seconds from one reading to the next.
EVERY = 2.0
# Readings that are kept: two minutes.
KEPT = 60
# Every so many readings the run's files are added up.
_MEASURED = 30


class LoadRead(Message):
    """The load was read."""

    def __init__(self, load: MachineLoad) -> None:
        self.load = load
        super().__init__()


class LoadWatch:
    """Keeps the load of this machine while it trains the run.

    Args:
        owner: the widget that receives each reading as :class:`LoadRead` and gives it to :meth:`take`.
        run_session: the run's session.

    Attributes:
        readings: the newest last.
        run_bytes: what the run took when it was last measured.
        disk_warning: what to say of a disk that is nearly full; empty where it is not.
    """

    def __init__(self, owner: Widget, run_session: RunSession) -> None:
        self._owner, self._run_session = owner, run_session
        self.readings: deque[Reading] = deque(maxlen=KEPT)
        self.run_bytes: float | None = None
        self.disk_warning = ""
        self._reader: LoadReader | None = None
        self._asked = 0
        self._queries = LatestOnly[bool](owner, "load", self._read)

    def start(self) -> None:
        """Begin; the owner is mounted."""
        self._owner.set_interval(EVERY, self.renew)

    def renew(self) -> None:
        """Request a reading, if this machine trains the run and none is on its way."""
        if not self.here:
            self.readings.clear()
            self.disk_warning = ""
        elif not self._queries.busy:
            self._queries.ask(self._asked % _MEASURED == 0)
            self._asked += 1

    @property
    def here(self) -> bool:
        """Whether this machine trains the run."""
        session = self._run_session
        if session.working:
            return True
        return session.alive and session.heartbeat is not None and session.heartbeat.host == socket.gethostname()

    def take(self, load: MachineLoad) -> None:
        """Keep a reading."""
        heartbeat = self._run_session.heartbeat
        self.readings.append(Reading(load, heartbeat.rate if heartbeat else 0.0))
        if load.run_bytes is not None:
            self.run_bytes = load.run_bytes
        # Here and not where it is shown: the header is drawn far more often.
        self.disk_warning = "" if load.disk_left is None else disk_warning(load.disk_left, self._to_write())

    def close(self) -> None:
        """Stop the readings."""
        self._queries.close()

    def _to_write(self) -> float | None:
        """Return the bytes that the run still writes: as much a trial as those that have ended."""
        progress = self._run_session.progress
        counts = progress.counts()
        ended = counts["done"]
        if self.run_bytes is None or not ended:
            return None
        return self.run_bytes / ended * (len(progress.trials) - ended - counts["failed"] - counts["skipped"])

    def _read(self, measure_run: bool, latest: Latest) -> None:
        if self._reader is None:
            self._reader = LoadReader(self._run_session.run.path)
        load = self._reader.read(measure_run=measure_run)
        if latest():
            self._owner.post_message(LoadRead(load))
