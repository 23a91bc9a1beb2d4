"""The herald: tells viewers what the controller does, by callback, by the feed and by the pulse."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from ..core.event import (
    EpochDone,
    Event,
    Level,
    Logged,
    QueueChanged,
    RunChanged,
    RunState,
    TrialChanged,
    TrialStatus,
)
from ..core.progress import Progress
from ..store.feed import FeedWriter
from ..store.folder import RunFolder
from ..store.other_host import kernel
from ..store.pulse import Pulse, WorkerSight, read_pulse, write_pulse

_PULSE_EVERY = 1.0


class Workforce(Protocol):
    """What the herald wants to know of those who train."""

    @property
    def running(self) -> Mapping[int, str]:
        """Trial names by slot."""

    @property
    def dashboard(self) -> str:
        """Address of the cluster's own page."""

    @property
    def stalled(self) -> bool:
        """Whether trials are to be trained but no worker gives a sign of life."""

    def sights(self) -> tuple[WorkerSight, ...]:
        """Return what is seen of each worker."""


class Herald:
    """Keeps the run's progress and passes every event on.

    What cannot be written to the feed or the pulse is not an error: both are for the eye, the record is in the
    checkpoints.

    Args:
        run: the run.
        on_event: is told every event, in the controller's thread.
    """

    def __init__(self, run: RunFolder, on_event: Callable[[Event], None]) -> None:
        self.progress: Progress = run.progress()
        self.state: RunState = "starting"
        self._folder = run.path
        self._on_event = on_event
        self._feed = FeedWriter(run.path)
        pulse = read_pulse(run.path)
        self._active = pulse.active if pulse else 0.0
        self._ticked_at = time.monotonic()
        self._pulse_at = self._epoch_at = self._longest = 0.0

    def enter(self, state: RunState) -> None:
        """Say that the sweep's state is now ``state``."""
        if state != self.state:
            self.state = state
            self.tell(RunChanged(at=time.time(), state=state))
            self._pulse_at = 0.0

    def change(self, trial: str, status: TrialStatus, message: str = "", slot: int | None = None) -> None:
        """Say that a trial's status is now ``status``."""
        self.tell(TrialChanged(at=time.time(), trial=trial, status=status, message=message, slot=slot))

    def reorder(self, order: tuple[str, ...]) -> None:
        """Say in which order the waiting trials will run."""
        self.tell(QueueChanged(at=time.time(), order=order))

    def log(self, level: Level, text: str) -> None:
        """Say a line."""
        self.tell(Logged(at=time.time(), level=level, text=text))

    def tell(self, event: Event) -> None:
        """Pass an event on."""
        self.progress.apply(event)
        if isinstance(event, EpochDone):
            self._epoch_at, self._longest = event.at, max(self._longest, event.seconds)
        with contextlib.suppress(OSError):
            self._feed.write(event)
        # A terminal that is gone, a log on a full disk: the sweep does not end by who listens.
        with contextlib.suppress(OSError):
            self._on_event(event)

    def beat(self, workforce: Workforce, queue: tuple[str, ...], *, force: bool = False) -> None:
        """Count the time worked and, about once a second, write the pulse."""
        now = time.monotonic()
        if self.state in ("running", "pausing", "stopping"):
            self._active += now - self._ticked_at
        self._ticked_at = now
        if now < self._pulse_at and not force:
            return
        self._pulse_at = now + _PULSE_EVERY
        pulse = Pulse(
            state=self.state,
            at=time.time(),
            pid=os.getpid(),
            host=socket.gethostname(),
            active=self._active,
            running=dict(workforce.running),
            queue=queue,
            epoch_at=self._epoch_at,
            longest=self._longest,
            workers=workforce.sights(),
            stalled=self.state == "running" and workforce.stalled,
            dashboard=workforce.dashboard,
            kernel=kernel(),
        )
        with contextlib.suppress(OSError):
            write_pulse(self._folder, pulse)

    def close(self) -> None:
        """Close the feed."""
        self._feed.close()
