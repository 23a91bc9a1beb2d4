"""The sweep controller: the loop that trains a run and carries out requests.

The one writer of a run's folder. It blocks the thread it runs in, never imports TensorFlow, and can end at any
instant without loss: resuming is running it again.
"""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Callable, Sequence
from typing import Literal

from ..core.networks.keras_network import KerasNetwork
from ..core.run_state.requests import Request
from ..core.run_state.run_events import Event, Logged, RunState
from ..core.run_state.run_progress import Progress
from ..core.run_state.session_limits import SessionLimits, clock_time
from ..core.size_text import size
from ..store.control.heartbeat import Heartbeat
from ..store.control.request_inbox import RequestInbox
from ..store.control.run_lock import RunLock
from ..store.control_run_names import parts_of
from ..store.files import leftover_files
from ..store.run.run_folder import RunFolder
from ..store.run.stored_inputs import unshared_size
from ..store.run.sync_again import drop_superseded, settle
from .event_publisher import EventPublisher
from .finish_hook import FinishHook
from .hold_and_retry import HoldAndRetry
from .log_rotation import RotatedLogs
from .request_handler import RequestHandler
from .request_queue import RequestQueue
from .scheduler import Scheduler
from .scout.scout_step import ScoutStep
from .scout.scout_training import SCORE, TRAIN
from .trial_queue import TrialQueue
from .workers.worker_pool import LocalPool, WorkerPool
from .workers.worker_slot import SlotMaker

LEASE = "xsample_tui.training.lease_runner:run"
# Commits look for themselves whether the run's folder is in its place.
_LOOK_EVERY = 1.0


class Controller:
    """Runs one sweep to its end, or until it is stopped.

    Args:
        run: the run; this controller becomes its owner while :meth:`work` lasts.
        slots: the pool of slots, or what makes the slot of a number on this machine.
        on_event: receives every event, in the thread that calls :meth:`work`.
        drifted: fingerprint differences that were waved through; every state committed from now on names them.
        notes: what the log is to say at the beginning.
        lease: ``module:function`` that workers run; tests give their own.
        on_finish: shell command for the sweep's end, failure or stall; empty for none.
        limits: when it is to stop, and with how many workers it begins.
        scout: ``module:function`` of a scout's epoch and of its scores.
        logs: keeps the logs small; None for the run's, with the usual size.
        tick: seconds after which the loop looks around where nothing wakes it.

    Attributes:
        progress: what it knows of the run; None before :meth:`work` has begun. Its thread changes it, others may read
            the trials in it.
        overdue: whether the deadline has stopped it.
        heartbeat: what it said of itself last, as other processes read it in the run's folder; None before it did.
        on_heartbeat: is called, in the thread of :meth:`work`, whenever ``heartbeat`` is new; set it before.
    """

    def __init__(
        self,
        run: RunFolder,
        slots: SlotMaker | WorkerPool,
        on_event: Callable[[Event], None] = lambda event: None,
        *,
        drifted: tuple[str, ...] = (),
        notes: Sequence[str] = (),
        lease: str = LEASE,
        on_finish: str = "",
        limits: SessionLimits | None = None,
        scout: tuple[str, str] = (TRAIN, SCORE),
        logs: RotatedLogs | None = None,
        tick: float = 0.1,
    ) -> None:
        self._tick = tick
        self._logs = logs or RotatedLogs(run.path / "logs")
        self._run = run
        self._slots = slots
        self._on_event = on_event
        self._drifted = drifted
        self._notes = notes
        self._lease = lease
        self._scout = scout
        self.guard = FinishHook(run.path, on_finish)
        self.progress: Progress | None = None
        self.overdue = False
        self.heartbeat: Heartbeat | None = None
        self.on_heartbeat: Callable[[], object] = lambda: None
        self.limits = limits or SessionLimits()
        self._requests = RequestQueue()
        self._stopping = False

    def submit(self, request: Request) -> None:
        """Ask for something from any thread or signal handler of this process; the loop wakes for it at once.

        Other processes leave their requests in the run's folder.
        """
        if request.action in ("stop", "stop-now"):
            self._stopping = True
        self._requests.put(request)

    def stop(self, *, now: bool = False) -> None:
        """Ask for a stop after the current epochs, or immediately."""
        self.submit(Request(action="stop-now" if now else "stop"))

    def _note_heartbeat(self, heartbeat: Heartbeat) -> None:
        self.heartbeat = heartbeat
        self.on_heartbeat()

    def unobeyed(self) -> list[Request]:
        """Return, once :meth:`work` has ended, what was submitted too late, oldest first; each is returned once."""
        late = []
        while (request := self._requests.first) is not None:
            late.append(request)
            self._requests.drop_first()
        return late

    def work(self) -> RunState:
        """Run the sweep; return ``finished`` or ``stopped``.

        Raises:
            RunBusy: another controller holds the run.
            DamagedRun: the run's images or plan are not those it was laid out with.
            XSampleError: there is no way to the cluster.
        """
        run = self._run
        with contextlib.ExitStack() as stack:
            owner = RunLock(run.path, self._note_waiting)
            stack.callback(owner.release)
            # Now nobody else extends it.
            run.reread()
            run.make_folders()
            leftover_files.clear(run.path)
            stack.enter_context(self.guard)
            worker_pool = self._worker_pool()
            stack.callback(worker_pool.close)
            worker_pool.open(lambda: not (self._stopping or self.limits.reached))
            limits = self.limits
            publisher = EventPublisher(run, self._on_event, lambda: limits.deadline, self._note_heartbeat)
            stack.callback(publisher.close)
            self.progress = publisher.progress
            queue = TrialQueue(publisher.progress.queue)
            scheduler = Scheduler(run, publisher, queue, worker_pool, self._lease, self._drifted, owner.check_place)
            scouting = ScoutStep(run, worker_pool, queue, publisher.publish, self._scout)
            stack.callback(scouting.close)
            handler = RequestHandler(scheduler, queue, publisher, fixed_order=run.spec.leaks)
            publisher.enter("running")
            doubtful = [publisher.progress.doubtful] if publisher.progress.doubts else []
            for note in (*self._notes, *self.guard.notes, *doubtful):
                publisher.log("warning", note)
            if isinstance(run.network, KerasNetwork):
                for note in run.network.notes():
                    publisher.log("info", note)
            first = parts_of(run.name)
            if first and (run.path.parent / first[0]).exists() and (count := unshared_size(run.path)):
                why = "which lies on another file system, or on one without links"
                publisher.log("info", f"{size(count)} of images are a copy of those of {first[0]}, {why}")
            return self._loop(owner, scheduler, scouting, queue, handler, publisher)

    def _loop(
        self,
        owner: RunLock,
        scheduler: Scheduler,
        scouting: ScoutStep,
        queue: TrialQueue,
        handler: RequestHandler,
        publisher: EventPublisher,
    ) -> Literal["finished", "stopped"]:
        """Turn after turn, until the sweep has ended; no error of the system ends it."""
        holding = HoldAndRetry(publisher.log)
        inbox, logs = RequestInbox(self._run.path), self._logs
        holding.attempt("left-over checkpoints", lambda: drop_superseded(self._run))
        # What was left for an earlier session counts only where it is about trials.
        holding.attempt("requests", lambda: self._listen(inbox, handler, publisher, only_trials=True))
        publisher.reorder(queue.order)
        in_place, look_at, settled = True, 0.0, False
        while True:
            holding.attempt("requests of this process", lambda: self._obey(handler))
            if time.monotonic() >= look_at or not in_place:
                look_at = time.monotonic() + _LOOK_EVERY
                in_place = holding.attempt("the run's folder", owner.check_place)
            if in_place:
                settled = settled or holding.attempt("earlier checkpoints", lambda: settle(self._run))
                holding.attempt("requests", lambda: self._listen(inbox, handler, publisher))
            if scouting.active and in_place:
                self._turn_scout(scouting, holding, queue, handler, publisher)
            # No trial begins before the scout has ended.
            trains = in_place and not scouting.active
            turned = holding.attempt("training", functools.partial(scheduler.turn, in_place=trains))
            if self.limits.reached and handler.goal != "stop" and (len(queue) or scheduler.running):
                self.overdue = True
                at = clock_time(self.limits.deadline or 0.0, time.time())
                publisher.log("info", f"the deadline, {at}, is reached: stopping after the current epochs")
                handler.aim("stop")
            if scheduler.broken and handler.goal != "stop":
                publisher.log("error", f"stopped: no trial can be trained: {scheduler.broken}")
                handler.aim("stop")
            ended = None
            if not scouting.futures:
                # What could not be taken in, or what is to join, is left to do.
                able = in_place and turned
                ended = self._ended(scheduler, queue, handler, publisher, in_place=able, settled=settled)
            if in_place:
                publisher.beat(scheduler, queue.order, handler.asked, scout=scouting.progress)
                holding.attempt("logs", logs.bound)
            if ended is not None:
                publisher.enter(ended)
                if in_place:
                    publisher.beat(scheduler, queue.order, handler.asked, scout=scouting.progress, force=True)
                return ended
            # What nobody takes in yet is tried again at the next tick.
            self._requests.rest([*scheduler.futures, *scouting.futures] if turned else (), self._tick)

    @staticmethod
    def _turn_scout(
        scouting: ScoutStep,
        holding: HoldAndRetry,
        queue: TrialQueue,
        handler: RequestHandler,
        publisher: EventPublisher,
    ) -> None:
        step = functools.partial(scouting.turn, go_on=handler.goal == "run", now=handler.immediately)
        holding.attempt("the scout", step)
        if not scouting.active:
            publisher.reorder(queue.order)

    def _note_waiting(self, line: str) -> None:
        """Say what is waited for before the run is held, and with it its event log."""
        with contextlib.suppress(OSError):
            self._on_event(Logged(at=time.time(), level="info", text=line))

    def _worker_pool(self) -> WorkerPool:
        if isinstance(self._slots, WorkerPool):
            return self._slots
        # Where a trial's result depends on the trial before, only one can run at a time.
        spec = self._run.spec
        return LocalPool(self._slots, 1 if spec.leaks else self.limits.jobs or spec.machine.jobs)

    def _obey(self, handler: RequestHandler) -> None:
        """Carry out what was submitted; what an error of the system keeps from it stays first."""
        while (request := self._requests.first) is not None:
            handler.obey(request)
            self._requests.drop_first()

    @staticmethod
    def _listen(
        inbox: RequestInbox, handler: RequestHandler, publisher: EventPublisher, *, only_trials: bool = False
    ) -> None:
        for request in inbox.take():
            if not isinstance(request, Request):
                publisher.log("warning", request)
            elif request.trials or not only_trials:
                handler.obey(request)

    @staticmethod
    def _ended(
        scheduler: Scheduler,
        queue: TrialQueue,
        handler: RequestHandler,
        publisher: EventPublisher,
        *,
        in_place: bool,
        settled: bool,
    ) -> Literal["finished", "stopped"] | None:
        """Return how the sweep has ended; None while it has not.

        Args:
            in_place: whether the run's folder is where it was, and the last turn went through.
            settled: whether what an earlier controller left is durable.
        """
        if scheduler.futures:
            return None
        if handler.goal == "stop":
            for name in scheduler.unsaved:
                publisher.log("error", f"{name}: stopped with unsaved epochs; resume trains them again")
            return "stopped"
        if scheduler.unsaved or not in_place:
            return None
        if not len(queue) and not scheduler.running:
            return "finished" if settled else None
        if handler.goal == "pause":
            publisher.enter("paused")
        return None
