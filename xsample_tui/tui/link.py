"""The link between a run and the interface: events come in through it, and requests go out."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from ..core.errors import XSampleError, printable
from ..core.eta import Estimate, estimate
from ..core.event import Event, Level, QueueChanged, RunState, TrialChanged
from ..core.exit import FAILED, exit_code
from ..core.request import Action, Request
from ..store.catalog import state_of
from ..store.feed import FeedReader
from ..store.folder import RunFolder
from ..store.owner import RunBusy, certainly_held
from ..store.pulse import read_pulse
from ..sweep import background, session
from ..sweep.controller import Controller
from ..sweep.holding import Holding
from .heard import Ended, Heard, Item, Said, Sight
from .look import look
from .outbox import Outbox
from .seen import SeenRun

POLL = 0.25
# A trial that could not be read may be again soon; that is tried at longer and longer intervals, up to this.
_DOUBTED_AGAIN = 10.0
_SENDER = "terminal interface"
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


class Link(SeenRun):
    """One run as the interface sees it, whoever's controller works on it.

    :meth:`attend` and :meth:`train` block and run in threads of their own; everything else belongs to the event
    loop. Neither ends by an error: what fails is said, and what can be tried again is.

    Args:
        run: the run.
        make_controller: makes this process's own controller.
        clock: gives Unix time in seconds.
        hand_over: lets the sweep go on in the background.

    Attributes:
        outcome: how this process's controller ended; None while it works, or if it never did.
    """

    def __init__(
        self,
        run: RunFolder,
        make_controller: ControllerMaker = session.controller,
        clock: Callable[[], float] = time.time,
        hand_over: HandOver = background.hand_over,
    ) -> None:
        super().__init__(run, clock)
        self.outcome: Ended | None = None
        self._beat = POLL
        self._make_controller = make_controller
        self._hand_over = hand_over
        # Whether to hand over once the controller has stopped, and whether the sweep is to be paused then.
        self._handing: bool | None = None
        self._items: deque[Item] = deque()
        # Shared with the threads.
        self._estimated: tuple[object, ...] = ()
        self._left_behind: RunState | None = None
        self._reader: FeedReader | None = None
        self._last: Sight | None = None
        self._doubtful, self._doubted, self._look_again_at = "", 0.0, math.inf
        self._failing: set[str] = set()
        self._outbox = Outbox(run.path, self._say, self._stop_directly)
        self._wake = threading.Event()
        self._closed = threading.Event()
        self._own = threading.Event()
        self._begun = threading.Event()
        self._controller: Controller | None = None
        self._stop_wanted: bool | None = None

    # -- the event loop's side -----------------------------------------------------------------------------------

    def ask(self, action: Action, *trials: str) -> None:
        """Leave a request for the controller, whoever's it is."""
        if action in _EXPECTED and (self.working or self.alive):
            self._asked = (self.timer(), _EXPECTED[action])
        self._outbox.add(Request(action=action, trials=trials, sender=_SENDER))
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

    def fail(self, fault: str) -> None:
        """Say that :meth:`train` could not be started after all."""
        self.outcome = Ended("crashed", FAILED, fault)
        self._own.clear()
        self._items.append(self.outcome)

    def stop(self, *, now: bool = False) -> None:
        """Stop this process's controller directly: for signals and for the interface's end.

        Epochs that are not waited for are not handed over either.
        """
        if now:
            self._handing = None
        self._stop_wanted = now or bool(self._stop_wanted)
        if (controller := self._controller) is not None:
            controller.stop(now=now)

    @property
    def unsent(self) -> tuple[Request, ...]:
        """Requests that are not written yet."""
        return self._outbox.waiting

    def close(self) -> None:
        """Let :meth:`attend` end."""
        self._closed.set()
        self._wake.set()

    def collect(self) -> Heard | None:
        """Return everything that came since the last call as one message; None if nothing did."""
        items: list[Item] = []
        if not self._starting:
            self._outbox.look_after()
        while self._items:
            items.append(self._items.popleft())
        return Heard(tuple(items)) if items else None

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
        if ended.busy:
            self._say("warning", ended.fault)
        else:
            # Set here: by now the event loop may be gone, and with it whoever would take the item.
            self.outcome = ended
            self._outbox.forget("the controller has ended")
        self._own.clear()
        if ended.state != "finished":
            # Epochs that were not committed are gone, and so is whatever a crash left half said. Where the folder
            # cannot be read now, attend() tries again.
            with contextlib.suppress(Exception):
                self._look()
        self._items.append(ended)
        self._wake.set()

    def _let_go(self, *, paused: bool, allow_drift: bool) -> Ended:
        """Hand the sweep over, now that this process's controller has committed everything and ended."""
        try:
            pid = self._hand_over(self.run, paused=paused, allow_drift=allow_drift)
        except Exception as error:
            refusal = f"it does not go on in the background: {printable(error, 300)}"
            self._say("error", refusal)
            return Ended("stopped", FAILED, refusal=refusal)
        return Ended("running", 0, background=pid)

    def _train(self, allow_drift: bool) -> Ended:
        # What was asked of trials before the start must lie there when the controller looks for the first time.
        self._outbox.carry(only_trials=True)
        controller = self._make_controller(self.run, self._hear, allow_drift=allow_drift)
        self._controller = controller
        if self._stop_wanted is not None:
            controller.stop(now=self._stop_wanted)
        state = controller.work()
        # A mark that cannot be read just now counts as none, so what was heard counts too.
        marked = {trial.name for trial in self.run.document.trials if self._has_failed(trial.name)}
        return Ended(state, exit_code(state, len(marked | self._failing)))

    def _has_failed(self, trial: str) -> bool:
        try:
            return self.run.marked(trial).status == "failed"
        except OSError:
            return False

    def _hear(self, event: Event) -> None:
        self._items.append(event)
        if isinstance(event, TrialChanged):
            (self._failing.add if event.status == "failed" else self._failing.discard)(event.trial)
        # A controller tells its queue once it has looked through what was left for the one before it.
        if isinstance(event, QueueChanged) and not self._begun.is_set():
            self._begun.set()
            self._wake.set()

    @property
    def _starting(self) -> bool:
        """Whether this process's controller has yet to drop what was asked of the one before it."""
        return self._own.is_set() and not self._begun.is_set()

    def attend(self) -> None:
        """Read the folder, then watch the controller and carry requests until :meth:`close`.

        Whatever goes wrong meanwhile is said once and tried again, after a moment, until it works.
        """
        holding = Holding(self._say)
        while not self._closed.is_set():
            holding.attempt("the run's folder", self._turn)
            self._wake.wait(self._beat)
            self._wake.clear()
            self._outbox.carry(only_trials=self._starting)
        # What was asked in the last moment is not lost either.
        self._outbox.carry()

    def _turn(self) -> None:
        """See what is new; any error is one of the system, for the one who holds it."""
        try:
            self._see()
        except Exception as error:
            # What came meanwhile may have been missed, so the records count.
            self._reader = None
            if isinstance(error, OSError):
                raise
            raise OSError(f"{type(error).__name__}: {error}") from error

    def _see(self) -> None:
        last = self._last
        sight = self._sight(last.left if last else None)
        self._heartbeat.look(sight.pulse, alive=sight.alive)
        if self._own.is_set():
            self._reader = None
        elif (
            self._reader is None
            or (last is not None and last.alive != sight.alive)
            or time.monotonic() > self._look_again_at
        ):
            # A controller came or went: what the records say counts, whatever was heard meanwhile.
            self._look()
            if not sight.alive and self._left_behind is not None:
                sight = replace(sight, state=self._left_behind)
        elif sight.alive:
            self._items.extend(self._reader.read())
        if sight != last:
            self._last = sight
            self._items.append(sight)

    def _look(self) -> None:
        self._left_behind = self._reader = None
        found = look(self.run)
        doubtful = found.progress.doubtful
        if doubtful and doubtful != self._doubtful:
            self._say("warning", f"{doubtful}; it is read again until that works")
        self._doubtful = doubtful
        self._doubted = min(2 * self._doubted or POLL, _DOUBTED_AGAIN) if doubtful else 0.0
        self._look_again_at = time.monotonic() + self._doubted if doubtful else math.inf
        self._left_behind, self._reader = found.state, found.reader
        self._items.append(found)

    def _sight(self, left: Estimate | None) -> Sight:
        session_now = self._session
        alive = self._own.is_set() or certainly_held(self.run.path)
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

    def _stop_directly(self, request: Request) -> bool:
        """Stop this process's controller where the request for it cannot be written."""
        if request.action not in ("stop", "stop-now") or not self._own.is_set():
            return False
        self.stop(now=request.action == "stop-now")
        return True

    def _say(self, level: Level, text: str, *, unsent: bool = False) -> None:
        self._items.append(Said(at=self.clock(), level=level, text=text, unsent=unsent))
