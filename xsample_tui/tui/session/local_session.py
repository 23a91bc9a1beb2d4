"""A run that this process can train: its controller's events and requests take no file."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from typing import Protocol

from ...core.errors import XSampleError, printable
from ...core.exit_codes import FAILED, exit_code
from ...core.run_state.requests import Action, Request
from ...core.run_state.run_events import Event, QueueChanged, TrialChanged, WindowsJoined
from ...store.control.heartbeat import Heartbeat
from ...store.control.run_lock import RunBusy
from ...store.run.run_folder import RunFolder
from ...sweep import detached_sweep, run_setup
from ...sweep.controller import Controller
from ...sweep.event_publisher import HEARTBEAT_EVERY
from .file_session import FileSession, sender
from .messages import ControllerEnded, ModelShared


class ControllerMaker(Protocol):
    """Makes the controller of a run; :func:`xsample_tui.sweep.run_setup.controller` is one."""

    def __call__(self, run: RunFolder, on_event: Callable[[Event], None], *, allow_drift: bool = False) -> Controller:
        """Return the controller."""


class HandOver(Protocol):
    """Moves a sweep to the background; :func:`xsample_tui.sweep.detached_sweep.hand_over` is one."""

    def __call__(self, run: RunFolder, *, paused: bool = False, allow_drift: bool = False) -> int:
        """Return the pid of the process that continues it."""


class LocalSession(FileSession):
    """One run that this process may train; while another does, or nobody, it is followed through its folder.

    :meth:`watch` and :meth:`train` block and run in threads of their own. Neither ends by an error: what fails is
    said, and what can be tried again is.

    Args:
        run: the run.
        make_controller: makes this process's own controller.
        clock: gives Unix time in seconds.
        hand_over: moves the sweep to a background process.

    Attributes:
        outcome: how this process's controller ended; None while it works or if it never started.
    """

    def __init__(
        self,
        run: RunFolder,
        make_controller: ControllerMaker = run_setup.controller,
        clock: Callable[[], float] = time.time,
        hand_over: HandOver = detached_sweep.hand_over,
    ) -> None:
        super().__init__(run, clock)
        self.outcome: ControllerEnded | None = None
        self._make_controller = make_controller
        self._hand_over = hand_over
        # After the stop: None to end, else hand over to the background, paused if True.
        self._handing: bool | None = None
        # Shared with the threads.
        self._failing: set[str] = set()
        self._training = threading.Event()
        self._begun = threading.Event()
        self._controller: Controller | None = None
        self._former: Controller | None = None
        self._shared = False
        # Requests on their way to the controller, which may have yet to be made. Signal handlers add to it too.
        self._requests: queue.SimpleQueue[Request] = queue.SimpleQueue()

    # -- the event loop's side -----------------------------------------------------------------------------------

    def send(self, action: Action, *trials: str, jobs: int | None = None) -> None:
        """Ask the controller for something: directly where it is this process's own."""
        if not self.working:
            super().send(action, *trials, jobs=jobs)
            return
        self.expect(action)
        self._submit(Request(action=action, trials=trials, jobs=jobs, sender=sender()))

    def stop(self, *, now: bool = False) -> None:
        """Stop this process's controller: for signals and for the interface's end.

        Epochs that are not waited for are not handed over either.
        """
        if now:
            self._handing = None
        if self._training.is_set():
            self._submit(Request(action="stop-now" if now else "stop"))

    def _submit(self, request: Request) -> None:
        self._requests.put(request)
        self._pass_on()

    def _pass_on(self) -> None:
        """Give the controller what waits for it; where there is none yet, it does so itself once it is made."""
        if (controller := self._controller) is not None:
            for request in self._waiting():
                controller.submit(request)

    def _waiting(self) -> list[Request]:
        """Return the requests that no controller has, oldest first; each is returned once."""
        found = []
        with contextlib.suppress(queue.Empty):
            while True:
                found.append(self._requests.get_nowait())
        return found

    def send_away(self) -> None:
        """Stop after the current epochs, and continue in a background process."""
        self._handing = self.state in ("pausing", "paused")
        self.send("stop")

    def begin(self) -> None:
        """Prepare for :meth:`train`, which is about to start in a thread."""
        self.begin_session()
        self.outcome = None
        self._handing = None
        self._waiting()
        self._begun.clear()
        self._training.set()

    def fail(self, fault: str) -> None:
        """Record that :meth:`train` could not be started."""
        self.outcome = ControllerEnded("crashed", FAILED, fault)
        self._training.clear()
        self.publish(self.outcome)

    def look_after(self) -> None:
        """Say what has waited for long, but for what a controller is asked that is still being made."""
        if not self._starting:
            super().look_after()

    def take_end(self, ended: ControllerEnded) -> None:
        """Take note of the end of this process's controller, and see to what was asked of it since."""
        super().take_end(ended)
        self._give_back(ended)

    # -- the threads' side ---------------------------------------------------------------------------------------

    def train(self, *, allow_drift: bool = False) -> None:
        """Run the controller until it ends; any exception becomes one line."""
        try:
            ended = self._train(allow_drift)
        except RunBusy as error:
            ended = ControllerEnded("running", FAILED, str(error), busy=True)
        except XSampleError as error:
            ended = ControllerEnded("crashed", error.exit_code, printable(error, 400))
        except Exception as error:
            ended = ControllerEnded(
                "crashed", FAILED, printable(f"the controller failed: {type(error).__name__}: {error}", 400)
            )
        self._former, self._controller = self._controller, None
        if self._handing is not None and ended.state == "stopped":
            ended = self._let_go(paused=self._handing, allow_drift=allow_drift)
        if ended.busy:
            self.say("warning", ended.fault)
        else:
            # Set here: the event loop, which would take the item, may be gone by now.
            self.outcome = ended
            self._outbox.forget("the controller has ended")
        self._training.clear()
        self._give_back(ended)
        if ended.state != "finished":
            # Epochs that were not committed are lost, so the records count. If the folder cannot be read now,
            # watch() tries again.
            with contextlib.suppress(Exception):
                self._look()
        self.publish(ended)
        self._pump.wake()

    def _give_back(self, ended: ControllerEnded) -> None:
        """Leave what no controller here carried out for whoever is next; a pause or a stop is not for them."""
        late = self._former.unobeyed() if self._former is not None else []
        for request in (*late, *self._waiting()):
            if request.trials or ended.busy:
                self._outbox.add(request)
            elif request.sender:
                self.say("warning", f"{request.action} was not sent: the controller has ended")

    def _let_go(self, *, paused: bool, allow_drift: bool) -> ControllerEnded:
        """Hand the sweep over after this process's controller has committed everything and ended."""
        try:
            pid = self._hand_over(self.run, paused=paused, allow_drift=allow_drift)
        except Exception as error:
            refusal = f"cannot continue in the background: {printable(error, 300)}"
            self.say("error", refusal)
            return ControllerEnded("stopped", FAILED, refusal=refusal)
        return ControllerEnded("running", 0, background=pid)

    def _train(self, allow_drift: bool) -> ControllerEnded:
        # Requests about trials made before the start must be in the inbox at the controller's first check.
        self._outbox.carry(only_trials=True)
        self._shared = False
        controller = self._make_controller(self.run, self._hear, allow_drift=allow_drift)
        controller.on_heartbeat = self._pump.wake
        self._controller = controller
        self._pass_on()
        state = controller.work()
        # A mark that cannot be read now counts as none, so failures from events count too.
        marked = {trial.name for trial in self.run.document.trials if self._has_failed(trial.name)}
        overdue = (controller.limits.deadline or 0.0) if controller.overdue else 0.0
        return ControllerEnded(state, exit_code(state, len(marked | self._failing)), overdue=overdue)

    def _has_failed(self, trial: str) -> bool:
        try:
            return self.run.marked(trial).status == "failed"
        except OSError:
            return False

    def _hear(self, event: Event) -> None:
        controller = self._controller
        if isinstance(event, WindowsJoined):
            self._shared = False
        if not self._shared and controller is not None and controller.progress is not None:
            # From here on the trials that are shown are the controller's own.
            self._shared = True
            self.publish(ModelShared(controller.progress))
        self.publish(event)
        if isinstance(event, TrialChanged):
            (self._failing.add if event.status == "failed" else self._failing.discard)(event.trial)
        # A controller publishes its queue once it has dropped the requests to the controller before it.
        if isinstance(event, QueueChanged) and not self._begun.is_set():
            self._begun.set()
            self._pump.wake()

    def _pause(self) -> float:
        # Each heartbeat of the own controller begins a turn; without any, its silence must be noticed too.
        return HEARTBEAT_EVERY if self._own else super()._pause()

    def _read_heartbeat(self) -> Heartbeat | None:
        controller = self._controller
        return controller.heartbeat if self._own and controller is not None else super()._read_heartbeat()

    @property
    def _own(self) -> bool:
        return self._training.is_set()

    @property
    def _starting(self) -> bool:
        """Whether this process's controller has yet to drop the requests to the one before it."""
        return self._own and not self._begun.is_set()

    def _carry(self) -> None:
        self._outbox.carry(only_trials=self._starting)
