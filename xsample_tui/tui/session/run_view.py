"""Holds the state of a run that every view shows, and updates it from messages."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping

from ...core.run_state.eta import Estimate
from ...core.run_state.requests import Action
from ...core.run_state.run_events import (
    EpochDone,
    Event,
    Level,
    Logged,
    QueueChanged,
    RunChanged,
    RunState,
    ScoutEnded,
    TrialChanged,
    WindowsJoined,
)
from ...core.run_state.run_progress import ENDED, Progress
from ...store.control.heartbeat import Heartbeat
from ...store.run.run_folder import RunFolder
from ..theme.symbols import ViewState
from ..view_models.trial_significance import BaselineTest
from .heartbeat_watch import HeartbeatWatch, timer_of
from .messages import (
    Change,
    ControllerEnded,
    ControllerStatus,
    InterfaceNote,
    Item,
    ModelShared,
    RequestsWaiting,
    RunUpdated,
    SessionLost,
)
from .run_snapshot import RunSnapshot

STALLED_AFTER = 15.0
# What the run's state becomes when a request is carried out, and which states answer it.
_EXPECTED: dict[Action, tuple[RunState, ...]] = {
    "pause": ("pausing", "paused"),
    "unpause": ("running",),
    "stop": ("stopping", "stopped"),
    "stop-now": ("stopping", "stopped"),
}


class RunView:
    """One run, whoever's controller works on it. It belongs to the event loop, but for what says so.

    Args:
        run: the run.
        clock: gives Unix time in seconds.

    Attributes:
        timer: gives seconds from a monotonic clock.
        progress: the model that every view shows.
        baseline_test: compares its trials with the baselines.
        opened: whether the folder has been read.
        working: whether the controller is this process's own.
        alive: whether any controller holds the run, as last seen.
        left: the time left, as last estimated.
        select: the number of selection images.
        fault: why this process's controller failed.
        requested: what was asked for and is answered neither by the controller nor by an error that is shown.
        startup: seconds from the last controller's begin until one of its workers trained; None before it did.
        requested_since: when that was, by the timer; None where nothing is.
    """

    def __init__(self, run: RunFolder, clock: Callable[[], float]) -> None:
        self.run = run
        self.progress = Progress(run.spec, run.document.trials)
        self.baseline_test = BaselineTest(self.progress)
        self.opened = False
        self.working = False
        self.alive = False
        self.left: Estimate | None = None
        self.select: int | None = None
        self.fault = ""
        self.startup: float | None = None
        self._began: float | None = None
        self.clock = clock
        self.timer = timer_of(clock)
        self.waiting: Mapping[str, Action] = {}
        self.requested: Action | None = None
        self.requested_since: float | None = None
        self._heartbeat_watch = HeartbeatWatch(self.timer)
        self._heartbeat: Heartbeat | None = None
        self._reported: tuple[float, RunState] | None = None
        self._at_rest: RunState = "stopped"
        # Read by the session's threads too.
        self._session = 0
        # Whether the trials are those of this process's controller, which takes in their events itself.
        self._reads_along = False
        # What comes is added to the open message until that is taken, so that a stream of events is one message.
        self._opening = threading.Lock()
        self._open = RunUpdated([])
        self._posted = False
        self._post: Callable[[RunUpdated], object] | None = None

    # -- what comes, from any thread -----------------------------------------------------------------------------

    def connect(self, post: Callable[[RunUpdated], object]) -> None:
        """Give everything that has come and comes from now on to ``post``, in whatever thread it comes."""
        with self._opening:
            self._post, self._posted = post, False
        self._post_once()

    def publish(self, *items: Item) -> None:
        """Pass on what has come, from any thread."""
        with self._opening:
            self._open.items.extend(items)
        self._post_once()

    def _post_once(self) -> None:
        with self._opening:
            post, message = self._post, self._open
            if post is None or not message.items or self._posted:
                return
            self._posted = True
        # Without the lock: who takes the message at once comes back for it. Whoever is to be shown it may have ended.
        with contextlib.suppress(RuntimeError):
            post(message)

    def _close_message(self, update: RunUpdated) -> None:
        """Add to a message no more: it is taken."""
        with self._opening:
            if update is self._open:
                self._open, self._posted = RunUpdated([]), False

    def say(self, level: Level, text: str, *, unsent: bool = False) -> None:
        """Pass on a line of the interface's own, from any thread."""
        self.publish(InterfaceNote(at=self.clock(), level=level, text=text, unsent=unsent))

    def say_lost(self, level: Level, text: str) -> None:
        """Pass on that the run cannot be followed now, or, where it is no error, that it can be again."""
        kind = SessionLost if level == "error" else InterfaceNote
        self.publish(kind(at=self.clock(), level=level, text=text))

    # -- the model -----------------------------------------------------------------------------------------------

    def expect(self, action: Action) -> None:
        """Show that something was asked for, until it is answered."""
        if action in _EXPECTED:
            self.requested, self.requested_since = action, self.timer()

    def _answered(self) -> None:
        self.requested = self.requested_since = None

    def begin_session(self) -> None:
        """Show that a controller of this process begins."""
        self._session += 1
        self.working, self.fault = True, ""
        self._began = None
        self._reported = None
        self._answered()

    @property
    def state(self) -> ViewState:
        """The run's state: what was asked for, else what the controller says, else what its files show."""
        if self.requested is not None:
            return _EXPECTED[self.requested][0]
        if not self.working and not self.alive:
            return "crashed" if self.fault else self._at_rest
        state = self._reported[1] if self._reported else "starting"
        if self._heartbeat is not None and self._reported is not None and self.alive:
            if not self.working and self._heartbeat.at > self._reported[0]:
                state = self._heartbeat.state
            if self._heartbeat_watch.silence > STALLED_AFTER:
                return "stalled"
            if state == "running" and self._heartbeat.stalled:
                # The controller is alive, but none of its workers is.
                return "stalled"
        return state

    @property
    def heartbeat(self) -> Heartbeat | None:
        """The controller's last heartbeat."""
        return self._heartbeat

    @property
    def banner(self) -> str:
        """What the header must say about a recording; empty for a live run."""
        return ""

    @property
    def elapsed(self) -> float:
        """Seconds of work on the run, without pauses."""
        if self._heartbeat is None:
            return 0.0
        since = self._heartbeat_watch.age
        counts = (self.working or self.alive) and self._heartbeat.state in ("running", "pausing", "stopping")
        return self._heartbeat.active + (since if counts and since <= STALLED_AFTER else 0.0)

    @property
    def complete(self) -> bool:
        """Whether no trial is left to train."""
        return all(entry.status in ENDED for entry in self.progress.trials.values())

    def take(self, update: RunUpdated) -> Change:
        """Apply an update and return what changed."""
        self._close_message(update)
        change = Change()
        for item in update.items:
            match item:
                case RunSnapshot():
                    self._take_snapshot(item, change)
                case ControllerStatus():
                    self._take_sight(item)
                case RequestsWaiting():
                    change.trials |= self.waiting.keys() | item.actions.keys()
                    self.waiting = item.actions
                case ModelShared():
                    self._take_model(item.progress, change)
                case ControllerEnded():
                    change.ended = item
                    self.take_end(item)
                case _:
                    self._take_event(item, change)
        if change.baselines or change.all:
            self.baseline_test.refresh()
        return change

    def _take_snapshot(self, found: RunSnapshot, change: Change) -> None:
        if not self.opened:
            change.events.extend(found.recent)
        self.opened = True
        self._take_progress(found.progress, change)
        self._reads_along = False
        self.alive, self._heartbeat, self.select = found.alive, found.heartbeat or self._heartbeat, found.select
        if found.alive and found.heartbeat is not None:
            self._reported = (found.heartbeat.at, found.state)
        self._at_rest = found.state

    def _take_progress(self, progress: Progress, change: Change) -> None:
        change.all = True
        self.progress = progress
        self.baseline_test = BaselineTest(progress)

    def _take_model(self, progress: Progress, change: Change) -> None:
        """Read the trials of this process's controller from now on, beside the controls that are known here."""
        self._take_progress(progress.beside(self.progress.controls), change)
        self._reads_along = True

    def _take_sight(self, sight: ControllerStatus) -> None:
        self.left = sight.left
        self._heartbeat = sight.heartbeat or self._heartbeat
        if self.requested and sight.heartbeat and sight.heartbeat.state in _EXPECTED[self.requested]:
            self._answered()
        if sight.session == self._session:
            self.alive, self._at_rest = sight.alive, sight.state
            if sight.alive and self._reported is None and not self.working and sight.heartbeat is not None:
                self._reported = (sight.heartbeat.at, sight.state)

    def take_end(self, ended: ControllerEnded) -> None:
        """Take note of the end of this process's controller."""
        self.working = self.alive = False
        self._session += 1
        self._reported = None
        self._answered()
        self._at_rest = ended.state
        if ended.busy or ended.background:
            self.alive = True
        else:
            self.fault = ended.fault

    def _take_event(self, event: Event, change: Change) -> None:
        if self._reads_along:
            self.progress.follow(event)
        else:
            self.progress.apply(event)
        change.events.append(event)
        if not isinstance(event, InterfaceNote):
            self._heartbeat_watch.sign_of_life()
        match event:
            case RunChanged():
                self._reported = (event.at, event.state)
                self._answered()
                if event.state == "running" and self._began is None:
                    self._began, self.startup = event.at, None
                if event.state in ("finished", "stopped"):
                    self._at_rest = event.state
            case EpochDone() | TrialChanged():
                change.trials.add(event.trial)
                entry = self.progress.trials.get(event.trial)
                change.baselines |= entry is not None and entry.trial.is_baseline
                if isinstance(event, EpochDone) and self.startup is None and self._began is not None:
                    self.startup = max(event.at - event.seconds - self._began, 0.0)
            case InterfaceNote(unsent=True):
                self._answered()
            case ScoutEnded() | WindowsJoined():
                change.all = True
            case QueueChanged() | Logged():
                pass
