"""Publishes what the controller does: to callbacks, to the event log and to the heartbeat."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from ..core.run_state.requests import Action
from ..core.run_state.run_events import (
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
from ..core.run_state.run_progress import Progress
from ..core.scout.scout_progress import ScoutProgress
from ..store.control.event_log_file import EventLogWriter
from ..store.control.heartbeat import Heartbeat, WorkerStatus, read_heartbeat, write_heartbeat
from ..store.control.other_host import kernel
from ..store.run.run_folder import RunFolder

HEARTBEAT_EVERY = 1.0


class Workforce(Protocol):
    """What the event publisher needs to know of the workers."""

    @property
    def running(self) -> Mapping[int, str]:
        """Trial names by slot."""

    @property
    def dashboard(self) -> str:
        """Address of the cluster's own page."""

    @property
    def stalled(self) -> bool:
        """Whether trials are to be trained but no worker gives a sign of life."""

    def workers(self) -> tuple[WorkerStatus, ...]:
        """Return what is seen of each worker."""


class EventPublisher:
    """Keeps the run's progress and passes every event on.

    What cannot be written to the event log or the heartbeat is not an error: both are only shown, and the checkpoints
    hold the results.

    Args:
        run: the run.
        on_event: receives every event, in the controller's thread.
        deadline: returns the session's deadline as Unix time in seconds; None for none.
        on_heartbeat: receives every heartbeat, in the controller's thread.
    """

    def __init__(
        self,
        run: RunFolder,
        on_event: Callable[[Event], None],
        deadline: Callable[[], float | None] = lambda: None,
        on_heartbeat: Callable[[Heartbeat], None] = lambda heartbeat: None,
    ) -> None:
        self.progress: Progress = run.progress()
        self.state: RunState = "starting"
        self._folder = run.path
        self._on_event = on_event
        self._on_heartbeat = on_heartbeat
        self._deadline = deadline
        self._event_log = EventLogWriter(run.path)
        heartbeat = read_heartbeat(run.path)
        self._active = heartbeat.active if heartbeat else 0.0
        self._ticked_at = time.monotonic()
        self._asked: dict[str, Action] = {}
        self._heartbeat_at = self._epoch_at = self._longest = 0.0

    def enter(self, state: RunState) -> None:
        """Say that the sweep's state is now ``state``."""
        if state != self.state:
            self.state = state
            self.publish(RunChanged(at=time.time(), state=state))
            self._heartbeat_at = 0.0

    def repeat(self) -> None:
        """Say the sweep's state again: the answer to a request that changes nothing."""
        self.publish(RunChanged(at=time.time(), state=self.state))

    def change(self, trial: str, status: TrialStatus, message: str = "", slot: int | None = None) -> None:
        """Say that a trial's status is now ``status``."""
        self.publish(TrialChanged(at=time.time(), trial=trial, status=status, message=message, slot=slot))

    def reorder(self, order: tuple[str, ...]) -> None:
        """Say in which order the waiting trials will run."""
        self.publish(QueueChanged(at=time.time(), order=order))

    def log(self, level: Level, text: str) -> None:
        """Say a line."""
        self.publish(Logged(at=time.time(), level=level, text=text))

    def publish(self, event: Event) -> None:
        """Pass an event on."""
        self.progress.apply(event)
        if isinstance(event, EpochDone):
            self._epoch_at, self._longest = event.at, max(self._longest, event.seconds)
        with contextlib.suppress(OSError):
            self._event_log.write(event)
        # A terminal that is gone, a log on a full disk: the sweep does not end by who listens.
        with contextlib.suppress(OSError):
            self._on_event(event)

    def beat(
        self,
        workforce: Workforce,
        queue: tuple[str, ...],
        asked: Mapping[str, Action],
        *,
        scout: ScoutProgress | None = None,
        force: bool = False,
    ) -> None:
        """Count the time worked; write the heartbeat about once a second, and where something else is asked."""
        now = time.monotonic()
        if self.state in ("running", "pausing", "stopping"):
            self._active += now - self._ticked_at
        self._ticked_at = now
        if now < self._heartbeat_at and asked == self._asked and not force:
            return
        self._asked = dict(asked)
        self._heartbeat_at = now + HEARTBEAT_EVERY
        heartbeat = Heartbeat(
            state=self.state,
            at=time.time(),
            pid=os.getpid(),
            host=socket.gethostname(),
            active=self._active,
            running=dict(workforce.running),
            queue=queue,
            epoch_at=self._epoch_at,
            longest=self._longest,
            workers=workforce.workers(),
            stalled=self.state == "running" and workforce.stalled,
            dashboard=workforce.dashboard,
            kernel=kernel(),
            until=self._deadline() or 0.0,
            asked=self._asked,
            scout=scout,
        )
        with contextlib.suppress(OSError):
            write_heartbeat(self._folder, heartbeat)
        self._on_heartbeat(heartbeat)

    def close(self) -> None:
        """Close the event log."""
        self._event_log.close()
