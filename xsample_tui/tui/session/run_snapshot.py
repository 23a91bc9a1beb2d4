"""Reads the complete current state of a run: its records, its heartbeat and its latest events."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.errors import XSampleError
from ...core.run_state.run_events import EpochDone, Event, RunState, TrialChanged
from ...core.run_state.run_progress import Progress
from ...stacking.pool.control_runs import progress_with_controls
from ...store.control.event_log_file import EventLogReader
from ...store.control.heartbeat import Heartbeat, read_heartbeat
from ...store.control.run_lock import certainly_held
from ...store.run.run_folder import RunFolder
from ...store.run_catalog import state_of
from ..view_models import trial_significance

_TAIL = 512 << 10


@dataclass(frozen=True)
class RunSnapshot:
    """The state of a run at one moment.

    Attributes:
        progress: from the trials' files; for running trials also the epochs that are not on disk yet.
        state: the run's state.
        alive: whether a controller holds the run.
        heartbeat: the controller's last heartbeat.
        select: the number of selection images; None if the plan cannot be read.
        reader: gives the events after this snapshot; None if there are none.
        recent: the latest events, for the log.
    """

    progress: Progress
    state: RunState
    alive: bool
    heartbeat: Heartbeat | None
    select: int | None
    reader: EventLogReader | None
    recent: tuple[Event, ...]


def read_snapshot(run: RunFolder) -> RunSnapshot:
    """Read a run's folder. It blocks: call it in a thread.

    Raises:
        OSError: it cannot be read.
        DamagedRun: its contents are invalid.
    """
    # The position in the event log is taken before the records are read: events in between come twice, not never.
    reader = _tail(run)
    progress = progress_with_controls(run)
    alive = certainly_held(run.path)
    heartbeat = read_heartbeat(run.path)
    recent = tuple(reader.read())
    progress.state = state_of(run, progress, heartbeat)
    if alive and heartbeat is not None:
        progress.queue = heartbeat.queue
        for slot, name in heartbeat.running.items():
            _catch_up(progress, name, slot, recent, heartbeat)
    try:
        select = len(run.plan.split.select)
    except XSampleError:
        select = None
    if len(progress.baselines) > 1:
        trial_significance.critical(1)
    return RunSnapshot(progress, progress.state, alive, heartbeat, select, reader, recent)


def _tail(run: RunFolder) -> EventLogReader:
    try:
        size = (run.path / "events.jsonl").stat().st_size
    except OSError:
        size = 0
    # The reader skips a line that the offset cuts.
    return EventLogReader(run.path, max(0, size - _TAIL))


def _catch_up(progress: Progress, name: str, slot: int, recent: tuple[Event, ...], heartbeat: Heartbeat) -> None:
    """Update a running trial: its worker may have epochs that are not committed yet."""
    entry = progress.trials.get(name)
    if entry is None:
        return
    if heartbeat.state in ("running", "pausing", "stopping"):
        progress.apply(TrialChanged(at=heartbeat.at, trial=name, status="running", slot=slot))
    begun = 0
    for index, event in enumerate(recent):
        if isinstance(event, TrialChanged) and event.trial == name and event.status == "running":
            begun = index
    for event in recent[begun:]:
        if isinstance(event, EpochDone) and event.trial == name and event.metrics.epoch > len(entry.history):
            progress.apply(event)
