"""The link between a run and the interface: events come in through it, and requests go out."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from ..core.errors import XSampleError, printable
from ..core.eta import Estimate, estimate
from ..core.event import EpochDone, Event, Logged, QueueChanged, RunChanged, RunState, TrialChanged
from ..core.exit import FAILED, exit_code
from ..core.progress import Progress
from ..core.request import Action, Request
from ..store.catalog import state_of
from ..store.feed import FeedReader
from ..store.folder import RunFolder
from ..store.inbox import Inbox
from ..store.owner import RunBusy, held
from ..store.pulse import Pulse, read_pulse
from ..sweep import background, session
from ..sweep.controller import Controller
from .glyph import ViewState
from .heard import Change, Ended, Heard, Item, Sight
from .look import Look, look
from .noise import Yardstick

POLL = 0.25
STALLED_AFTER = 15.0
_SENDER = "terminal interface"
_ASKED_HOLDS = 3.0
_EXPECTED: dict[Action, RunState] = {
    "pause": "pausing",
    "unpause": "running",
    "stop": "stopping",
    "stop-now": "stopping",
}


class ControllerMaker(Protocol):
    """Makes the controller of a run; :func:`xsample_tui.sweep.session.controller` is one."""

    def __call__(self, run: RunFolder, on_event: Callable[[Event], None], *, allow_drift: bool = False) -> Controller:
        """Return the controller."""


class HandOver(Protocol):
    """Lets a sweep go on in the background; :func:`xsample_tui.sweep.background.hand_over` is one."""

    def __call__(self, run: RunFolder, *, paused: bool = False, allow_drift: bool = False) -> int:
        """Return the pid of the process that goes on with it."""


class Link:
    """One run as the interface sees it, whoever's controller works on it.

    :meth:`attend` and :meth:`train` block and run in threads; everything else belongs to the event loop.

    Args:
        run: the run.
        make_controller: makes this process's own controller.
        clock: gives Unix time in seconds.
        hand_over: lets the sweep go on in the background.

    Attributes:
        progress: the model that every view shows.
        yardstick: compares its trials with the baselines.
        opened: whether the folder has been read.
        working: whether the controller is this process's own.
        alive: whether any controller holds the run, as last seen.
        left: the time still needed, as last estimated.
        select: pictures that trials are judged on.
        fault: why this process's controller failed.
        outcome: how it ended; None while it works, or if it never did.
    """

    def __init__(
        self,
        run: RunFolder,
        make_controller: ControllerMaker = session.controller,
        clock: Callable[[], float] = time.time,
        hand_over: HandOver = background.hand_over,
    ) -> None:
        self.run = run
        self.progress = Progress(run.spec, run.document.trials)
        self.yardstick = Yardstick(self.progress)
        self.opened = False
        self.working = False
        self.alive = False
        self.left: Estimate | None = None
        self.select: int | None = None
        self.fault = ""
        self.outcome: Ended | None = None
        self.clock = clock
        self._make_controller = make_controller
        self._hand_over = hand_over
        # Whether to hand over once the controller has stopped, and whether the sweep is to be paused then.
        self._handing: bool | None = None
        self._items: deque[Item] = deque()
        self._pulse: Pulse | None = None
        self._said: tuple[float, RunState] | None = None
        self._at_rest: RunState = "stopped"
        self._asked: tuple[float, RunState] | None = None
        # Shared with the threads.
        self._session = 0
        self._estimated: tuple[object, ...] = ()
        self._left_behind: RunState | None = None
        self._outbox: deque[Request] = deque()
        self._carrying = threading.Lock()
        self._wake = threading.Event()
        self._closed = threading.Event()
        self._own = threading.Event()
        self._begun = threading.Event()
        self._controller: Controller | None = None
        self._stop_wanted: bool | None = None

    # -- the event loop's side -----------------------------------------------------------------------------------

    @property
    def state(self) -> ViewState:
        """The run's state: what was just asked for, else what the controller says, else what its files show."""
        if self._asked is not None and self.clock() - self._asked[0] < _ASKED_HOLDS:
            return self._asked[1]
        if not self.working and not self.alive:
            return "crashed" if self.fault else self._at_rest
        said = self._said[1] if self._said else "starting"
        if self._pulse is not None and self._said is not None and self.alive:
            if not self.working and self._pulse.at > self._said[0]:
                said = self._pulse.state
            if self.clock() - max(self._pulse.at, self._said[0]) > STALLED_AFTER:
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
        since = self.clock() - self._pulse.at
        counts = (self.working or self.alive) and self._pulse.state in ("running", "pausing", "stopping")
        return self._pulse.active + (since if counts and 0 < since <= STALLED_AFTER else 0.0)

    @property
    def complete(self) -> bool:
        """Whether no trial is left to be trained."""
        return all(entry.status in ("done", "failed", "skipped") for entry in self.progress.trials.values())

    def ask(self, action: Action, *trials: str) -> None:
        """Leave a request for the controller, whoever's it is."""
        if action in _EXPECTED and (self.working or self.alive):
            self._asked = (self.clock(), _EXPECTED[action])
        self._outbox.append(Request(action=action, trials=trials, sender=_SENDER))
        self._wake.set()

    def send_away(self) -> None:
        """Stop after the epochs under way, and let a process in the background go on from there."""
        self._handing = self.state in ("pausing", "paused")
        self.ask("stop")

    def begin(self) -> None:
        """Say that :meth:`train` is about to start in a thread."""
        self._session += 1
        self.working, self.fault, self.outcome = True, "", None
        self._said = self._asked = None
        self._stop_wanted = self._handing = None
        self._begun.clear()
        self._own.set()

    def stop(self, *, now: bool = False) -> None:
        """Stop this process's controller directly: for signals and for the interface's end.

        Epochs that are not waited for are not handed over either.
        """
        if now:
            self._handing = None
        self._stop_wanted = now or bool(self._stop_wanted)
        if (controller := self._controller) is not None:
            controller.stop(now=now)

    def close(self) -> None:
        """Let :meth:`attend` end."""
        self._closed.set()
        self._wake.set()

    def collect(self) -> Heard | None:
        """Return everything that came since the last call as one message; None if nothing did."""
        items: list[Item] = []
        while self._items:
            items.append(self._items.popleft())
        return Heard(tuple(items)) if items else None

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
            case QueueChanged() | Logged():
                pass

    # -- the threads' side ---------------------------------------------------------------------------------------

    def train(self, *, allow_drift: bool = False) -> None:
        """Run the controller until it ends; whatever it raises becomes one line."""
        try:
            ended = self._train(allow_drift)
        except RunBusy as error:
            ended = Ended("running", FAILED, str(error), busy=True)
        except XSampleError as error:
            ended = Ended("crashed", error.exit_code, printable(error, 400))
        except Exception as error:
            ended = Ended(
                "crashed", FAILED, printable(f"the controller failed: {type(error).__name__}: {error}", 400)
            )
        self._controller = None
        if self._handing is not None and ended.state == "stopped":
            ended = self._let_go(paused=self._handing, allow_drift=allow_drift)
        self._own.clear()
        if ended.busy:
            self._say("warning", ended.fault)
        else:
            # Set here: by now the event loop may be gone, and with it whoever would take the item.
            self.outcome = ended
        if ended.state != "finished":
            # Epochs that were not committed are gone, and so is whatever a crash left half said.
            self._look()
        self._items.append(ended)
        self._wake.set()

    def _let_go(self, *, paused: bool, allow_drift: bool) -> Ended:
        """Hand the sweep over, now that this process's controller has committed everything and ended."""
        try:
            pid = self._hand_over(self.run, paused=paused, allow_drift=allow_drift)
        except (XSampleError, OSError) as error:
            refusal = f"it does not go on in the background: {printable(error, 300)}"
            self._say("error", refusal)
            return Ended("stopped", FAILED, refusal=refusal)
        return Ended("running", 0, background=pid)

    def _train(self, allow_drift: bool) -> Ended:
        # What was asked of trials before the start must lie there when the controller looks for the first time.
        self._carry()
        controller = self._make_controller(self.run, self._hear, allow_drift=allow_drift)
        self._controller = controller
        if self._stop_wanted is not None:
            controller.stop(now=self._stop_wanted)
        state = controller.work()
        failed = sum(self.run.marked(trial.name).status == "failed" for trial in self.run.document.trials)
        return Ended(state, exit_code(state, failed))

    def _hear(self, event: Event) -> None:
        self._items.append(event)
        # A controller tells its queue once it has looked through what was left for the one before it.
        if isinstance(event, QueueChanged) and not self._begun.is_set():
            self._begun.set()
            self._wake.set()

    def attend(self) -> None:
        """Read the folder, then watch the controller and carry requests until :meth:`close`."""
        reader = self._look()
        last: Sight | None = None
        while not self._closed.is_set():
            self._wake.wait(POLL)
            self._wake.clear()
            self._carry()
            sight = self._sight(last.left if last else None)
            if self._own.is_set():
                reader = None
            elif reader is None or (last is not None and last.alive != sight.alive):
                # A controller came or went: what the records say counts, whatever was heard meanwhile.
                reader = self._look() if last is None or last.alive != sight.alive else FeedReader(self.run.path)
                if not sight.alive and self._left_behind is not None:
                    sight = replace(sight, state=self._left_behind)
            elif sight.alive:
                self._items.extend(reader.read())
            if sight != last:
                last = sight
                self._items.append(sight)

    def _look(self) -> FeedReader | None:
        self._left_behind = None
        try:
            found = look(self.run)
        except (XSampleError, OSError) as error:
            self._say("error", f"the run's folder cannot be read: {printable(error, 300)}")
            return None
        self._left_behind = found.state
        self._items.append(found)
        return found.reader

    def _sight(self, left: Estimate | None) -> Sight:
        session_now = self._session
        alive = self._own.is_set() or held(self.run.path)
        pulse = read_pulse(self.run.path)
        if alive:
            state: RunState = pulse.state if pulse else "starting"
        else:
            # The model lags behind the files: by it a sweep that has just finished would be stopped for a moment.
            state = self._left_behind or state_of(self.run, self.progress, pulse)
        # Over hundreds of thousands of epochs an estimate takes a while, so it is made here and not in the loop.
        basis = (self.progress, self.progress.version, pulse.at if pulse else 0.0)
        if basis != self._estimated:
            workers = len(pulse.workers) if pulse and alive else None
            self._estimated, left = basis, estimate(self.progress, workers)
        return Sight(session_now, alive, pulse, state, left)

    def _carry(self) -> None:
        with self._carrying:
            while self._outbox:
                request = self._outbox[0]
                if self._own.is_set() and not self._begun.is_set() and not request.trials:
                    # A controller that starts drops what was asked of the one before it.
                    return
                try:
                    Inbox(self.run.path).put(request)
                except OSError as error:
                    self._say("error", f"{request.action} cannot be asked for: {printable(error)}")
                    if request.action in ("stop", "stop-now"):
                        self.stop(now=request.action == "stop-now")
                self._outbox.popleft()

    def _say(self, level: str, text: str) -> None:
        self._items.append(Logged.model_validate({"at": self.clock(), "level": level, "text": text}))
