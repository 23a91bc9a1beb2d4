"""A run as the interface sees it: the model that every view shows, brought up to date by messages."""

from __future__ import annotations

from collections.abc import Callable

from ..core.eta import Estimate
from ..core.event import EpochDone, Event, Logged, QueueChanged, RunChanged, RunState, TrialChanged
from ..core.progress import Progress
from ..store.folder import RunFolder
from ..store.pulse import Pulse
from .glyph import ViewState
from .heard import Change, Ended, Heard, Said, Sight
from .heartbeat import Heartbeat, timer_of
from .look import Look
from .noise import Yardstick

STALLED_AFTER = 15.0
# Seconds that what was asked for is shown in place of what the controller says.
ASKED_HOLDS = 3.0


class SeenRun:
    """One run, whoever's controller works on it. It belongs to the event loop.

    Args:
        run: the run.
        clock: gives Unix time in seconds.

    Attributes:
        timer: gives seconds that pass, whatever the clock is set to.
        progress: the model that every view shows.
        yardstick: compares its trials with the baselines.
        opened: whether the folder has been read.
        working: whether the controller is this process's own.
        alive: whether any controller holds the run, as last seen.
        left: the time still needed, as last estimated.
        select: pictures that trials are judged on.
        fault: why this process's controller failed.
    """

    def __init__(self, run: RunFolder, clock: Callable[[], float]) -> None:
        self.run = run
        self.progress = Progress(run.spec, run.document.trials)
        self.yardstick = Yardstick(self.progress)
        self.opened = False
        self.working = False
        self.alive = False
        self.left: Estimate | None = None
        self.select: int | None = None
        self.fault = ""
        self.clock = clock
        self.timer = timer_of(clock)
        self._heartbeat = Heartbeat(self.timer)
        self._pulse: Pulse | None = None
        self._said: tuple[float, RunState] | None = None
        self._at_rest: RunState = "stopped"
        self._asked: tuple[float, RunState] | None = None
        # Read by the link's threads too.
        self._session = 0

    @property
    def state(self) -> ViewState:
        """The run's state: what was just asked for, else what the controller says, else what its files show."""
        if self._asked is not None and self.timer() - self._asked[0] < ASKED_HOLDS:
            return self._asked[1]
        if not self.working and not self.alive:
            return "crashed" if self.fault else self._at_rest
        said = self._said[1] if self._said else "starting"
        if self._pulse is not None and self._said is not None and self.alive:
            if not self.working and self._pulse.at > self._said[0]:
                said = self._pulse.state
            if self._heartbeat.silence > STALLED_AFTER:
                return "stalled"
            if said == "running" and self._pulse.stalled:
                # The controller is there, but none of its workers is.
                return "stalled"
        return said

    @property
    def pulse(self) -> Pulse | None:
        """The controller's last heartbeat."""
        return self._pulse

    @property
    def banner(self) -> str:
        """What the header must say of what is shown; empty for a run as it is now."""
        return ""

    @property
    def elapsed(self) -> float:
        """Seconds the run has been worked on, pauses left out."""
        if self._pulse is None:
            return 0.0
        since = self._heartbeat.age
        counts = (self.working or self.alive) and self._pulse.state in ("running", "pausing", "stopping")
        return self._pulse.active + (since if counts and since <= STALLED_AFTER else 0.0)

    @property
    def complete(self) -> bool:
        """Whether no trial is left to be trained."""
        return all(entry.status in ("done", "failed", "skipped") for entry in self.progress.trials.values())

    def take(self, heard: Heard) -> Change:
        """Bring the model up to date and return what changed."""
        change = Change()
        for item in heard.items:
            match item:
                case Look():
                    self._take_look(item, change)
                case Sight():
                    self._take_sight(item)
                case Ended():
                    self._take_end(item)
                case _:
                    self._take_event(item, change)
        if change.baselines or change.all:
            self.yardstick.refresh()
        return change

    def _take_look(self, found: Look, change: Change) -> None:
        if not self.opened:
            change.events.extend(found.recent)
        self.opened, change.all = True, True
        self.progress = found.progress
        self.yardstick = Yardstick(found.progress)
        self.alive, self._pulse, self.select = found.alive, found.pulse or self._pulse, found.select
        if found.alive and found.pulse is not None:
            self._said = (found.pulse.at, found.state)
        self._at_rest = found.state

    def _take_sight(self, sight: Sight) -> None:
        self.left = sight.left
        self._pulse = sight.pulse or self._pulse
        if sight.session == self._session:
            self.alive, self._at_rest = sight.alive, sight.state
            if sight.alive and self._said is None and not self.working and sight.pulse is not None:
                self._said = (sight.pulse.at, sight.state)

    def _take_end(self, ended: Ended) -> None:
        self.working = self.alive = False
        self._session += 1
        self._said = self._asked = None
        self._at_rest = ended.state
        if ended.busy or ended.background:
            self.alive = True
        else:
            self.fault = ended.fault

    def _take_event(self, event: Event, change: Change) -> None:
        self.progress.apply(event)
        change.events.append(event)
        if not isinstance(event, Said):
            self._heartbeat.hear()
        match event:
            case RunChanged():
                self._said = (event.at, event.state)
                self._asked = None
                if event.state in ("finished", "stopped"):
                    self._at_rest = event.state
            case EpochDone() | TrialChanged():
                change.trials.add(event.trial)
                entry = self.progress.trials.get(event.trial)
                change.baselines |= entry is not None and entry.trial.is_baseline
            case Said(unsent=True):
                self._asked = None
            case QueueChanged() | Logged():
                pass
