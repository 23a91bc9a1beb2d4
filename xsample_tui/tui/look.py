"""A first look at a run: its records, what its controller says, and the latest of its feed, as one whole."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.errors import XSampleError
from ..core.event import EpochDone, Event, RunState, TrialChanged
from ..core.progress import Progress
from ..stacking.companion import progress_with_controls
from ..store.catalog import state_of
from ..store.feed import FeedReader
from ..store.folder import RunFolder
from ..store.owner import certainly_held
from ..store.pulse import Pulse, read_pulse
from . import noise

_TAIL = 512 << 10


@dataclass(frozen=True)
class Look:
    """What is known of a run at one moment.

    Attributes:
        progress: from the trials' files; of trials under way also the epochs that are not on disk yet.
        state: the run's state.
        alive: whether a controller holds the run.
        pulse: the controller's last heartbeat.
        select: pictures that trials are judged on; None where the plan cannot be read.
        reader: gives the events that come after this look; None where none come.
        recent: the latest events of the feed, for the log.
    """

    progress: Progress
    state: RunState
    alive: bool
    pulse: Pulse | None
    select: int | None
    reader: FeedReader | None
    recent: tuple[Event, ...]


def look(run: RunFolder) -> Look:
    """Read a run's folder. It blocks: call it in a thread.

    Raises:
        OSError: it cannot be read.
        DamagedRun: what is in it makes no sense.
    """
    # The feed's place is taken before the records are read: what comes in between is heard twice, not missed.
    reader = _tail(run)
    progress = progress_with_controls(run)
    alive = certainly_held(run.path)
    pulse = read_pulse(run.path)
    recent = tuple(reader.read())
    progress.state = state_of(run, progress, pulse)
    if alive and pulse is not None:
        progress.queue = pulse.queue
        for slot, name in pulse.running.items():
            _catch_up(progress, name, slot, recent, pulse)
    try:
        select = len(run.plan.split.select)
    except XSampleError:
        select = None
    if len(progress.baselines) > 1:
        noise.critical(1)
    return Look(progress, progress.state, alive, pulse, select, reader, recent)


def _tail(run: RunFolder) -> FeedReader:
    try:
        size = (run.path / "events.jsonl").stat().st_size
    except OSError:
        size = 0
    # A line that the offset cuts is left out by the reader.
    return FeedReader(run.path, max(0, size - _TAIL))


def _catch_up(progress: Progress, name: str, slot: int, recent: tuple[Event, ...], pulse: Pulse) -> None:
    """Bring a trial under way up to date: its worker may hold epochs that are not committed yet."""
    entry = progress.trials.get(name)
    if entry is None:
        return
    if pulse.state in ("running", "pausing", "stopping"):
        progress.apply(TrialChanged(at=pulse.at, trial=name, status="running", slot=slot))
    begun = 0
    for index, event in enumerate(recent):
        if isinstance(event, TrialChanged) and event.trial == name and event.status == "running":
            begun = index
    for event in recent[begun:]:
        if isinstance(event, EpochDone) and event.trial == name and event.metrics.epoch > len(entry.history):
            progress.apply(event)
