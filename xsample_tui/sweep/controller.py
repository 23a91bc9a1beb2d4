"""The sweep controller: hands leases to slots, commits what comes back, and does what the inbox asks.

The one writer of a run's folder. It blocks the thread it runs in, never imports TensorFlow, and can end at any
instant without loss: resuming is running it again.
"""

from __future__ import annotations

import contextlib
import functools
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Literal

from ..core.event import Event, Logged, RunState
from ..core.lease import LeaseResult
from ..core.request import Request
from ..store import leftovers
from ..store.folder import RunFolder
from ..store.inbox import Inbox
from ..store.owner import Owner
from .crew import Crew
from .guard import Guard
from .herald import Herald
from .holding import Holding
from .logs import Logs
from .queue import TrialQueue
from .roster import FixedRoster, Roster
from .slot import SlotMaker
from .steering import Steering

LEASE = "xsample_tui.training.lease:run"
_TICK = 0.1
# Commits look for themselves whether the run's folder is in its place.
_LOOK_EVERY = 1.0


class Controller:
    """Runs one sweep to its end, or until it is stopped.

    Args:
        run: the run; this controller becomes its owner while :meth:`work` lasts.
        slots: the roster of slots, or what makes the slot of a number on this machine.
        on_event: is told every event, in the thread that calls :meth:`work`.
        drifted: fingerprint differences that were waved through; every state committed from now on names them.
        notes: what the log is to say at the beginning.
        lease: ``module:function`` that workers run; tests give their own.
        on_finish: shell command for the sweep's end, failure or stall; empty for none.
    """

    def __init__(
        self,
        run: RunFolder,
        slots: SlotMaker | Roster,
        on_event: Callable[[Event], None] = lambda event: None,
        *,
        drifted: tuple[str, ...] = (),
        notes: Sequence[str] = (),
        lease: str = LEASE,
        on_finish: str = "",
    ) -> None:
        self._run = run
        self._slots = slots
        self._on_event = on_event
        self._drifted = drifted
        self._notes = notes
        self._lease = lease
        self.guard = Guard(run.path, on_finish)
        self._stop = threading.Event()
        self._stop_now = threading.Event()

    def stop(self, *, now: bool = False) -> None:
        """Ask for a stop from any thread or signal handler: after the epochs under way, or at once."""
        if now:
            self._stop_now.set()
        self._stop.set()

    def work(self) -> RunState:
        """Run the sweep; return ``finished`` or ``stopped``.

        Raises:
            RunBusy: another controller holds the run.
            DamagedRun: the run's pictures or plan are not those it was laid out with.
            XSampleError: there is no way to the cluster.
        """
        run = self._run
        with contextlib.ExitStack() as stack:
            owner = Owner(run.path, self._tell)
            stack.callback(owner.release)
            run.make_folders()
            leftovers.clear(run.path)
            stack.enter_context(self.guard)
            roster = self._roster()
            stack.callback(roster.close)
            roster.open(lambda: not self._stop.is_set())
            herald = Herald(run, self._on_event)
            stack.callback(herald.close)
            queue = TrialQueue(run.plan.trials, herald.progress.queue)
            crew = Crew(run, herald, queue, roster, self._lease, self._drifted, owner.check_place)
            steering = Steering(crew, queue, herald, fixed_order=run.spec.leaks)
            herald.enter("running")
            doubtful = [herald.progress.doubtful] if herald.progress.doubts else []
            for note in (*self._notes, *self.guard.notes, *doubtful):
                herald.log("warning", note)
            return self._loop(owner, crew, queue, steering, herald)

    def _loop(
        self, owner: Owner, crew: Crew, queue: TrialQueue, steering: Steering, herald: Herald
    ) -> Literal["finished", "stopped"]:
        """Turn after turn, until the sweep has ended; no error of the system ends it."""
        holding = Holding(herald.log)
        inbox, logs = Inbox(self._run.path), Logs(self._run.path / "logs")
        holding.attempt("left-over checkpoints", self._run.drop_superseded)
        # What was left for an earlier session counts only where it is about trials.
        holding.attempt("requests", lambda: self._listen(inbox, steering, herald, only_trials=True))
        herald.reorder(queue.order)
        in_place, look_at = True, 0.0
        while True:
            if self._stop.is_set():
                steering.aim("stop")
            if self._stop_now.is_set():
                crew.abandon()
            if time.monotonic() >= look_at or not in_place:
                look_at = time.monotonic() + _LOOK_EVERY
                in_place = holding.attempt("the run's folder", owner.check_place)
            if in_place:
                holding.attempt("requests", lambda: self._listen(inbox, steering, herald))
            turned = holding.attempt("training", functools.partial(crew.turn, in_place=in_place))
            if crew.broken and steering.goal != "stop":
                herald.log("error", f"stopped: no trial can be trained: {crew.broken}")
                steering.aim("stop")
            ended = self._ended(crew, queue, steering, herald, in_place=in_place)
            if in_place:
                herald.beat(crew, queue.order)
                holding.attempt("logs", logs.bound)
            if ended is not None:
                herald.enter(ended)
                if in_place:
                    herald.beat(crew, queue.order, force=True)
                return ended
            # What nobody takes in yet would wake it at once, again and again.
            self._rest(crew.futures if turned else [])

    def _tell(self, line: str) -> None:
        """Say what is waited for before the run is held, and with it its feed."""
        with contextlib.suppress(OSError):
            self._on_event(Logged(at=time.time(), level="info", text=line))

    def _roster(self) -> Roster:
        if isinstance(self._slots, Roster):
            return self._slots
        # Where a trial's result depends on the trial before, only one can be under way.
        spec = self._run.spec
        return FixedRoster(self._slots, 1 if spec.leaks else spec.machine.jobs)

    @staticmethod
    def _listen(inbox: Inbox, steering: Steering, herald: Herald, *, only_trials: bool = False) -> None:
        for request in inbox.take():
            if not isinstance(request, Request):
                herald.log("warning", request)
            elif request.trials or not only_trials:
                steering.obey(request)

    @staticmethod
    def _ended(
        crew: Crew, queue: TrialQueue, steering: Steering, herald: Herald, *, in_place: bool
    ) -> Literal["finished", "stopped"] | None:
        """Return how the sweep has ended; None while it has not."""
        if crew.futures:
            return None
        if steering.goal == "stop":
            for name in crew.unsaved:
                herald.log("error", f"{name}: stopped with epochs unwritten; resume trains them again")
            return "stopped"
        if crew.unsaved or not in_place:
            return None
        if not len(queue) and not crew.running:
            return "finished"
        if steering.goal == "pause":
            herald.enter("paused")
        return None

    @staticmethod
    def _rest(futures: list[Future[LeaseResult]]) -> None:
        """Wait for a lease to end, or for a tick."""
        if futures:
            wait(futures, timeout=_TICK, return_when=FIRST_COMPLETED)
        else:
            time.sleep(_TICK)
