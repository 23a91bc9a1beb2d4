"""The sweep controller: hands leases to slots, commits what comes back, and does what the inbox asks.

The one writer of a run's folder. It blocks the thread it runs in, never imports TensorFlow, and can end at any
instant without loss: resuming is running it again.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, wait
from typing import Literal

from ..core.checkpoint import DamagedCheckpoint
from ..core.errors import printable
from ..core.event import EpochDone, Event, RunState
from ..core.lease import LeaseOrder, LeaseResult, StateMissing, TrainingFailed
from ..core.network import article_network
from ..core.request import Request
from ..core.state import TrialState
from ..core.stopping import StoppingState
from ..store.folder import MarkStatus, RunFolder
from ..store.inbox import Inbox
from ..store.owner import Owner
from ..store.source import FolderSource
from .assignment import Assignment, Unsaved
from .herald import Herald
from .queue import TrialQueue
from .slot import SlotMaker, WorkerDied

LEASE = "xsample_tui.training.lease:run"
DEATHS_ALLOWED = 3
_TICK = 0.1
_SAVE_AGAIN_EVERY = 3.0

Goal = Literal["run", "pause", "stop"]


class Controller:
    """Runs one sweep to its end, or until it is stopped.

    Args:
        run: the run; this controller becomes its owner while :meth:`work` lasts.
        make_slot: makes the slot of a number.
        on_event: is told every event, in the thread that calls :meth:`work`.
        drifted: fingerprint differences that were waved through; every state committed from now on names them.
        lease: ``module:function`` that workers run; tests give their own.
    """

    def __init__(
        self,
        run: RunFolder,
        make_slot: SlotMaker,
        on_event: Callable[[Event], None] = lambda event: None,
        *,
        drifted: tuple[str, ...] = (),
        lease: str = LEASE,
    ) -> None:
        self._run = run
        self._make_slot = make_slot
        self._on_event = on_event
        self._drifted = drifted
        self._lease = lease
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
        """
        with contextlib.ExitStack() as stack:
            stack.callback(Owner(self._run.path).release)
            herald = Herald(self._run, self._on_event)
            stack.callback(herald.close)
            sweep = _Sweep(self._run, herald, self._make_slot, self._lease, self._drifted)
            stack.callback(sweep.close)
            return self._turn(sweep)

    def _turn(self, sweep: _Sweep) -> RunState:
        sweep.begin()
        while (ended := sweep.step()) is None:
            if self._stop_now.is_set():
                ended = sweep.abandon()
                break
            if self._stop.is_set():
                sweep.aim("stop")
            sweep.rest()
        sweep.end(ended)
        return ended


class _Sweep:
    """One session of a controller: its slots, its queue, and what it is aiming at."""

    def __init__(
        self, run: RunFolder, herald: Herald, make_slot: SlotMaker, lease: str, drifted: tuple[str, ...]
    ) -> None:
        self._run = run
        self._herald = herald
        self._lease = lease
        self._drifted = drifted
        self._inbox = Inbox(run.path)
        self._plan = run.plan
        self._trials = {trial.name: trial for trial in self._plan.trials}
        self._network = article_network(run.dataset.shape, run.document.classes)
        self._source = FolderSource.of(run)
        self._queue = TrialQueue(self._plan.trials, herald.progress.queue)
        # Where a trial's result depends on the trial before, only one can be under way.
        jobs = 1 if run.spec.leaks else run.spec.machine.jobs
        self._assignments = [Assignment(number, make_slot(number)) for number in range(jobs)]
        self._goal: Goal = "run"
        self._save_at = 0.0

    # -- the loop ------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Start: requests left for an earlier session count only where they are about trials."""
        self._herald.enter("running")
        for request in self._inbox.take():
            if isinstance(request, Request) and request.trials:
                self._obey(request)
        self._herald.reorder(self._queue.order)

    def step(self) -> RunState | None:
        """Take one turn; return the final state at the sweep's end."""
        for request in self._inbox.take():
            if isinstance(request, Request):
                self._obey(request)
            else:
                self._herald.log("warning", request)
        self._harvest()
        self._save_again()
        if self._goal == "run":
            self._dispatch()
        else:
            self._settle()
        return self._ended()

    def rest(self) -> None:
        """Wait for a lease to end, or for a tick."""
        self._beat()
        futures = [a.future for a in self._assignments if a.future is not None]
        if futures:
            wait(futures, timeout=_TICK, return_when=FIRST_COMPLETED)
        else:
            time.sleep(_TICK)

    def aim(self, goal: Goal) -> None:
        """Aim at running, pausing or stopping; a stop is final."""
        if goal == self._goal or self._goal == "stop":
            return
        self._goal = goal
        self._herald.enter({"run": "running", "pause": "pausing", "stop": "stopping"}[goal])  # type: ignore[arg-type]
        if goal == "run":
            for assignment in self._assignments:
                if assignment.trial is not None:
                    self._herald.change(assignment.trial, "running", slot=assignment.number)

    def abandon(self) -> RunState:
        """Stop without waiting: epochs under way are trained again after resume."""
        for assignment in self._assignments:
            assignment.slot.kill()
            if assignment.trial is not None:
                self._herald.change(assignment.trial, "paused")
        return "stopped"

    def end(self, state: RunState) -> None:
        """Say how it ended."""
        self._herald.enter(state)
        self._beat(force=True)

    def close(self) -> None:
        """End the workers."""
        for assignment in self._assignments:
            assignment.slot.close()

    def _beat(self, *, force: bool = False) -> None:
        running = {a.number: a.trial for a in self._assignments if a.trial is not None}
        self._herald.beat(running, self._queue.order, force=force)

    def _ended(self) -> RunState | None:
        if any(a.future is not None for a in self._assignments):
            return None
        unsaved = [a for a in self._assignments if a.unsaved is not None]
        if self._goal == "stop":
            for assignment in unsaved:
                self._herald.log(
                    "error", f"{assignment.trial}: stopped with epochs unwritten; resume trains them again"
                )
            return "stopped"
        if unsaved:
            return None
        if not len(self._queue) and all(a.trial is None for a in self._assignments):
            return "finished"
        if self._goal == "pause":
            self._herald.enter("paused")
        return None

    def _harvest(self) -> None:
        for assignment in self._assignments:
            future = assignment.future
            if future is None or not future.done():
                continue
            assignment.future = None
            try:
                result = future.result()
            except StateMissing:
                assignment.forgot = True
                self._roll_back(assignment)
            except WorkerDied as error:
                self._worker_died(assignment, str(error))
            except TrainingFailed as error:
                self._fail(assignment, str(error))
            except Exception as error:
                self._fail(assignment, f"{type(error).__name__}: {printable(error, 300)}")
            else:
                self._take_in(assignment, result)

    def _dispatch(self) -> None:
        for assignment in self._assignments:
            if assignment.future is not None or assignment.unsaved is not None:
                continue
            if assignment.trial is not None or self._assign(assignment):
                self._order(assignment, epochs=1)

    def _settle(self) -> None:
        """While pausing or stopping: fetch and commit what only workers hold, then let the trials rest."""
        for assignment in self._assignments:
            if assignment.future is not None or assignment.trial is None or assignment.unsaved is not None:
                continue
            if assignment.dirty:
                self._order(assignment, epochs=0)
            elif self._herald.progress.trials[assignment.trial].status == "running":
                self._herald.change(assignment.trial, "paused")

    # -- leases --------------------------------------------------------------------------------------------------

    def _assign(self, assignment: Assignment) -> bool:
        """Give a free slot the next trial; return whether there was one."""
        while (name := self._queue.take()) is not None:
            state = self._restore(name)
            if state is not None and state.finished:
                # It was at its end already when its mark was taken back.
                self._herald.change(name, "done", state.stop_reason or "")
                continue
            carried = self._carried(name) if state is None and self._run.spec.leaks else None
            assignment.begin(name, state, carried, time.monotonic())
            self._herald.change(name, "running", slot=assignment.number)
            self._herald.reorder(self._queue.order)
            return True
        return False

    def _restore(self, name: str) -> TrialState | None:
        """Return a trial's newest whole state; damaged ones are put aside and reported."""
        state, problems = self._run.latest(name)
        for problem in problems:
            self._herald.log("warning", problem)
        if problems:
            with contextlib.suppress(OSError):
                self._run.put_aside(name, state.epoch if state else -1)
        return state

    def _carried(self, name: str) -> StoppingState | None:
        """Return the final stopping state of the nearest trial before this one that is done."""
        names = list(self._trials)
        for before in reversed(names[: names.index(name)]):
            record = self._run.record(before)
            if record is not None and record.finished:
                return record.stopping
        return None

    def _order(self, assignment: Assignment, *, epochs: int) -> None:
        assert assignment.trial is not None
        spec = self._run.spec
        now = time.monotonic()
        due = now + assignment.epoch_seconds - assignment.committed_at >= spec.machine.checkpoint_seconds
        order = LeaseOrder(
            network=self._network,
            training=spec.training,
            seed=spec.seed,
            trial=self._trials[assignment.trial],
            mask=self._plan.mask(assignment.trial),
            epoch=assignment.epoch,
            epochs=epochs,
            state=None if assignment.warm else assignment.state,
            want_state=epochs == 0 or due or self._goal != "run" or assignment.skip or assignment.forgot,
            carried=assignment.carried,
            threads=spec.machine.threads,
            drifted=self._drifted,
        )
        assignment.future = assignment.slot.submit(self._lease, order, self._source)

    def _take_in(self, assignment: Assignment, result: LeaseResult) -> None:
        assert assignment.trial == result.trial
        assignment.took(result)
        for note in result.notes:
            self._herald.log("info", note)
        for metrics, seconds in zip(result.metrics, result.seconds, strict=True):
            self._herald.tell(EpochDone(at=time.time(), trial=result.trial, metrics=metrics, seconds=seconds))
        going_on = result.stop_reason is None and self._goal == "run" and not assignment.skip
        if going_on and assignment.unsaved is None:
            # The worker goes on while this thread writes.
            self._order(assignment, epochs=1)
        if result.state is not None:
            self._save(assignment, Unsaved(result.trial, result.epoch, result.state, result.stop_reason))
        elif assignment.skip:
            self._order(assignment, epochs=0)

    def _save(self, assignment: Assignment, unsaved: Unsaved) -> None:
        """Commit a checkpoint; if the disk does not take it, keep it, and the trial waits until it does."""
        finished = unsaved.stop_reason is not None
        try:
            self._run.commit(unsaved.trial, unsaved.epoch, unsaved.data, finished=finished)
        except (OSError, DamagedCheckpoint) as error:
            self._save_at = time.monotonic() + _SAVE_AGAIN_EVERY
            if assignment.unsaved is None:
                why = f"cannot be written: {printable(error)}"
                self._herald.log(
                    "error", f"{unsaved.trial}: epoch {unsaved.epoch} {why}; it waits in memory and goes on by itself"
                )
                self._herald.change(unsaved.trial, "paused", why)
            assignment.unsaved = unsaved
            return
        if assignment.unsaved is not None:
            assignment.unsaved = None
            self._herald.log("info", f"{unsaved.trial}: epoch {unsaved.epoch} is written; going on")
            if self._goal == "run":
                self._herald.change(unsaved.trial, "running", slot=assignment.number)
        assignment.saved(unsaved.epoch, time.monotonic())
        if finished:
            assignment.free()
            self._herald.change(unsaved.trial, "done", unsaved.stop_reason or "")
        elif assignment.skip:
            self._release(assignment)

    def _save_again(self) -> None:
        if time.monotonic() < self._save_at:
            return
        for assignment in self._assignments:
            if assignment.unsaved is not None and assignment.future is None:
                self._save(assignment, assignment.unsaved)

    def _roll_back(self, assignment: Assignment) -> None:
        """Go back to the state on disk: the worker does not hold the one it was to continue."""
        assert assignment.trial is not None
        state = self._restore(assignment.trial)
        assignment.restart(state, time.monotonic())

    def _worker_died(self, assignment: Assignment, why: str) -> None:
        assignment.slot.kill()
        assignment.deaths += 1
        if assignment.deaths >= DEATHS_ALLOWED:
            self._fail(assignment, f"{why}, {assignment.deaths} times in a row")
            return
        self._roll_back(assignment)
        name, epoch = assignment.trial, assignment.epoch
        self._herald.log("warning", f"{name}: {why}; trying again from epoch {epoch} in a new worker")

    def _fail(self, assignment: Assignment, message: str) -> None:
        assert assignment.trial is not None
        name = assignment.trial
        assignment.free()
        self._mark(name, "failed", message)
        self._herald.log("error", f"{name} failed: {message}")

    # -- requests ------------------------------------------------------------------------------------------------

    def _obey(self, request: Request) -> None:
        who = f" (asked by {printable(request.sender, 40)})" if request.sender else ""
        match request.action:
            case "pause" if self._goal == "run":
                self._herald.log("info", f"pausing after the epochs under way{who}")
                self.aim("pause")
            case "unpause" if self._goal == "pause":
                self._herald.log("info", f"going on{who}")
                self.aim("run")
            case "stop":
                self._herald.log("info", f"stopping after the epochs under way{who}")
                self.aim("stop")
            case "stop-now":
                self._herald.log("info", f"stopping at once{who}")
                self.abandon()
                for assignment in self._assignments:
                    assignment.free()
                self.aim("stop")
            case "skip" | "retry" | "front":
                known = tuple(name for name in request.trials if name in self._trials)
                for name in request.trials:
                    if name not in known:
                        self._herald.log("warning", f"{request.action}: there is no trial {printable(name)}")
                if request.action == "front":
                    self._to_front(known)
                else:
                    for name in known:
                        (self._skip if request.action == "skip" else self._retry)(name)
                self._herald.reorder(self._queue.order)
            case _:
                pass

    def _skip(self, name: str) -> None:
        status = self._herald.progress.trials[name].status
        holder = next((a for a in self._assignments if a.trial == name), None)
        if holder is not None:
            holder.skip = True
            if holder.future is None and not holder.dirty and holder.unsaved is None:
                self._release(holder)
            else:
                self._herald.log("info", f"{name} will be skipped after the epoch under way")
        elif status in ("pending", "paused", "failed"):
            self._queue.remove(name)
            self._mark(name, "skipped")
        else:
            self._herald.log("warning", f"{name} is {status}: nothing to skip")

    def _release(self, assignment: Assignment) -> None:
        assert assignment.trial is not None
        name = assignment.trial
        assignment.free()
        self._mark(name, "skipped")

    def _retry(self, name: str) -> None:
        entry = self._herald.progress.trials[name]
        if entry.status not in ("failed", "skipped"):
            self._herald.log(
                "warning", f"{name} is {entry.status}: only failed and skipped trials can be tried again"
            )
            return
        self._mark(name, "none")
        self._queue.to_front([name])
        self._herald.change(name, "paused" if entry.history else "pending")

    def _to_front(self, names: tuple[str, ...]) -> None:
        if self._run.spec.leaks:
            self._herald.log("warning", "the article's stopping rule leaks from trial to trial: their order is fixed")
            return
        for name in names:
            if name not in self._queue:
                self._herald.log("warning", f"front: {name} does not wait in the queue")
        self._queue.to_front([name for name in names if name in self._queue])

    def _mark(self, name: str, status: MarkStatus, message: str = "") -> None:
        try:
            self._run.mark(name, status, message)
        except OSError as error:
            self._herald.log(
                "error", f"{name}: its mark cannot be written: {printable(error)}; it holds till the end"
            )
        if status != "none":
            self._herald.change(name, status, message)
