"""The scheduler: gives trials to workers, orders their epochs, and commits the results."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future

from ..core.errors import XSampleError, printable
from ..core.run_state.run_events import EpochDone
from ..core.training.lease import LeaseResult, StateMissing, TrainingFailed
from ..store.control.heartbeat import WorkerStatus
from ..store.files.stored_logs import write_failure
from ..store.run.run_folder import RunFolder
from ..store.run.trial_mark import MarkStatus
from ..store.run.worker_images import WorkerImages
from .event_publisher import EventPublisher
from .halving.rung_step import RungStep
from .lease_orders import LeaseOrders
from .pending_commits import PendingCommits, Unsaved
from .slot_assignment import SlotAssignment, add_new_slots
from .trial_queue import TrialQueue
from .trial_records import TrialRecords
from .workers.worker_pool import WorkerPool
from .workers.worker_process import trace_of
from .workers.worker_slot import CannotStart, OutOfTouch, WorkerDied
from .workers.worker_supervision import Attempts, AttendedClock, StallDetector, after


class Scheduler:
    """Gives trials to slots, orders their epochs, and commits what comes back.

    Args:
        run: the run, whose owner the caller is.
        publisher: receives what happens.
        queue: the trials that wait.
        worker_pool: knows the slots.
        lease: ``module:function`` that slots run.
        drifted: fingerprint differences for every state committed to name.
        check_place: raises OSError where the run's folder is not in its place any more.

    Attributes:
        training: whether trials are to begin their next epoch; False while pausing or stopping.
        broken: why no trial can be trained here; empty while that is not known.
    """

    def __init__(
        self,
        run: RunFolder,
        publisher: EventPublisher,
        queue: TrialQueue,
        worker_pool: WorkerPool,
        lease: str,
        drifted: tuple[str, ...],
        check_place: Callable[[], None] = lambda: None,
    ) -> None:
        self.training = True
        self.broken = ""
        self._run = run
        self._publisher = publisher
        self._queue = queue
        self._lease = lease
        self._rungs = RungStep(run, publisher, queue)
        self._orders = LeaseOrders(run, drifted, self._rungs.limit)
        self._source = WorkerImages.of(run)
        self._worker_pool = worker_pool
        self._assignments: list[SlotAssignment] = []
        self._commits = PendingCommits(run, publisher, check_place)
        self._clock = AttendedClock()
        self._attempts = Attempts()
        self._stall = StallDetector(self._clock)
        self._images = len(run.plan.split.fit)
        self._records = TrialRecords(run, publisher, self._clock, check_place)

    # -- current leases -----------------------------------------------------------------------------------------

    @property
    def futures(self) -> list[Future[LeaseResult]]:
        """The current leases."""
        return [a.future for a in self._assignments if a.future is not None]

    @property
    def running(self) -> dict[int, str]:
        """Trial names by slot."""
        return {a.number: a.trial for a in self._assignments if a.trial is not None}

    @property
    def unsaved(self) -> list[str]:
        """Trials with a checkpoint or a mark that the disk did not take."""
        return [a.unsaved.trial for a in self._assignments if a.unsaved is not None] + self._commits.unsaved_marks

    @property
    def dashboard(self) -> str:
        """Address of the cluster's own page; empty where there is none."""
        return self._worker_pool.dashboard

    @property
    def stalled(self) -> bool:
        """Whether trials are to be trained but no worker gives a sign of life."""
        return self._stall.lasts(assignment.worker_state for assignment in self._assignments)

    def workers(self) -> tuple[WorkerStatus, ...]:
        """Return what is seen of each worker."""
        return tuple(one.status(self._images) for one in sorted(self._assignments, key=lambda a: a.number))

    def turn(self, *, in_place: bool = True) -> None:
        """Take in what has ended, and order what is next.

        Args:
            in_place: whether the run's folder is where it was; while it is not, nothing new is begun.

        Raises:
            OSError: a trial's files cannot be read; nothing is lost by it, and the next turn goes on.
        """
        self._clock.tick()
        self._muster()
        for assignment in self._assignments:
            assignment.watch.look(assignment.slot.sign())
            assignment.hear(self._publisher.publish)
        self._harvest()
        self._watch()
        if not in_place:
            return
        self._save_again()
        trains = self.training and not self.broken
        self._settle([one for one in self._assignments if one.slot.leaving or not trains])
        # Nothing begins before the windows have joined that are to join.
        self._rungs.turn(self.running.values())
        if trains:
            self._dispatch()

    def resize(self, count: int) -> str:
        """Have so many workers from now on; return why that cannot be, empty where it can.

        What a worker that leaves has trained is committed first, and its trial goes on elsewhere.
        """
        return self._worker_pool.resize(count, [one.slot for one in self._assignments if one.trial is None])

    def go_on(self) -> None:
        """Train on after a pause."""
        self.training = True
        for number, trial in self.running.items():
            self._publisher.change(trial, "running", slot=number)

    def abandon(self) -> None:
        """Give up the current leases: they are trained again from their last commits when the run is resumed."""
        for assignment in self._assignments:
            assignment.slot.kill()
            if assignment.trial is not None:
                self._publisher.change(assignment.trial, "paused")
            assignment.free()

    def skip(self, name: str, *, wanted: bool = True) -> bool:
        """Give a trial up after its current epoch, and mark it, or do not after all; return whether a slot has it."""
        holder = next((a for a in self._assignments if a.trial == name), None)
        if holder is None:
            return False
        holder.skip = wanted
        holder.slot.hasten()
        if wanted and holder.future is None and not holder.dirty and holder.unsaved is None:
            self._release(holder)
        return True

    def mark(self, name: str, status: MarkStatus, message: str = "") -> None:
        """Mark a trial failed or skipped, or take its mark back."""
        self._commits.mark(name, status, message)
        if status == "none":
            self._attempts.forget(name)
        else:
            self._publisher.change(name, status, message)

    def _muster(self) -> None:
        """Take on slots that have come, and let go of those that have left."""
        for level, text in self._worker_pool.notes():
            self._publisher.log(level, text)
        for assignment in list(self._assignments):
            # What the disk has not taken yet is kept, whatever became of the worker.
            if assignment.slot.gone and assignment.future is None and assignment.unsaved is None:
                self._assignments.remove(assignment)
                self._take_back(assignment)
        add_new_slots(self._assignments, self._worker_pool.slots(), self._clock)

    def _take_back(self, assignment: SlotAssignment) -> None:
        """Let the trial of a slot that has left go on elsewhere, from its last commit."""
        name = assignment.trial
        if name is None:
            return
        if assignment.skip:
            self._release(assignment)
            return
        self._queue.to_front([name])
        self._publisher.change(name, "paused")
        self._publisher.reorder(self._queue.order)

    def _harvest(self) -> None:
        for assignment in self._assignments:
            future = assignment.future
            if future is None or not future.done():
                continue
            assignment.future = None
            assignment.watch.rest()
            try:
                result = assignment.slot.result(future)
            except StateMissing:
                assignment.forgot = assignment.astray = True
            except OutOfTouch:
                # The worker pool says why, once for all slots, and they are gone.
                assignment.warm = False
            except WorkerDied as error:
                assignment.watch.look(assignment.slot.sign())
                self._worker_died(assignment, str(error), started=not isinstance(error, CannotStart))
            except TrainingFailed as error:
                self._fail(assignment, str(error), trace_of(error))
            except OSError as error:
                # The worker could not read the images, or had no memory: that is not the trial's fault.
                if error.errno == errno.ENOMEM:
                    assignment.start_afresh()
                self._stumble(assignment, f"{type(error).__name__}: {printable(error, 200)}")
            except XSampleError as error:
                # The images, the plan or what is installed are damaged, unless another folder was in their place.
                if assignment.believe_damage(error):
                    self.broken, assignment.astray = str(error), True
                else:
                    self._stumble(assignment, str(error))
            except Exception as error:
                self._fail(assignment, f"{type(error).__name__}: {printable(error, 300)}", trace_of(error))
            else:
                self._take_in(assignment, result)

    def _watch(self) -> None:
        """Give up on workers that are dead to the world."""
        for assignment in self._assignments:
            if assignment.future is None or assignment.future.done():
                continue
            if why := assignment.watch.ends(self._attempts.slowest):
                assignment.future = None
                self._worker_died(assignment, why)

    def _dispatch(self) -> None:
        for assignment in self._assignments:
            slot = assignment.slot
            if assignment.future is not None or assignment.unsaved is not None or slot.gone or slot.leaving:
                continue
            if self._clock.now < assignment.not_before:
                continue
            if assignment.trial is not None and assignment.astray:
                assignment.restart(self._records.restore(assignment.trial))
            if assignment.trial is not None or self._assign(assignment):
                self._order(assignment, epochs=self._orders.epochs(assignment))

    def _settle(self, assignments: Iterable[SlotAssignment]) -> None:
        """While pausing, stopping or leaving: fetch and commit what only workers hold, then let the trials rest."""
        trials = self._publisher.progress.trials
        for assignment in assignments:
            if assignment.future is not None:
                assignment.slot.hasten()
            elif assignment.unsaved is not None or assignment.slot.gone:
                continue
            elif assignment.dirty and not assignment.astray:
                self._order(assignment, epochs=0)
            elif assignment.slot.leaving:
                assignment.slot.gone = True
            elif assignment.trial is not None and trials[assignment.trial].status == "running":
                self._publisher.change(assignment.trial, "paused")

    # -- leases --------------------------------------------------------------------------------------------------

    def _assign(self, assignment: SlotAssignment) -> bool:
        """Give a free slot the next trial; return whether there was one."""
        if self._run.spec.leaks and self.running:
            # Where a trial's result depends on the trial before, only one can run at a time.
            return False
        for name in self._queue.order:
            try:
                state = self._records.restore(name)
                carried = self._records.carried(name) if state is None and self._run.spec.leaks else None
            except OSError:
                if self._run.spec.leaks or name == self._queue.order[-1]:
                    raise
                # Others can be read perhaps; this one is asked for again.
                continue
            self._queue.remove(name)
            if not self._rungs.take_up(name, state):
                continue
            if state is not None and state.finished:
                # It was at its end already when its mark was taken back.
                self._publisher.change(name, "done", state.stop_reason or "")
                continue
            assignment.begin(name, state, carried)
            self._publisher.change(name, "running", slot=assignment.number)
            self._publisher.reorder(self._queue.order)
            return True
        return False

    def _order(self, assignment: SlotAssignment, *, epochs: int) -> None:
        order = self._orders.order(assignment, epochs=epochs, last=not self.training or assignment.slot.leaving)
        assignment.watch.order()
        assignment.future = assignment.slot.submit(self._lease, order, self._source)

    def _take_in(self, assignment: SlotAssignment, result: LeaseResult) -> None:
        assert assignment.trial == result.trial
        assignment.took(result)
        self._attempts.got_on(result.trial, result.seconds)
        for note in result.notes:
            self._publisher.log("info", note)
        for metrics, seconds in zip(result.metrics, result.seconds, strict=True):
            event = EpochDone(at=time.time(), trial=result.trial, metrics=metrics, seconds=seconds)
            assignment.report(event, self._publisher.publish)
        resting = not self.training or assignment.skip or assignment.slot.leaving
        going_on = not (resting or result.stop_reason or self._rungs.reached(result.trial, result.epoch))
        if going_on and assignment.unsaved is None and not assignment.slot.gone:
            # The worker goes on while this thread writes.
            self._order(assignment, epochs=self._orders.epochs(assignment))
        if result.state is not None:
            self._save(assignment, Unsaved(result.trial, result.epoch, result.state, result.stop_reason))
        elif assignment.skip and not assignment.slot.gone:
            self._order(assignment, epochs=0)

    def _save(self, assignment: SlotAssignment, unsaved: Unsaved) -> None:
        """Commit a checkpoint; if the disk does not take it, keep it, and the trial waits until it does."""
        if why := self._commits.commit(unsaved):
            if assignment.unsaved is None:
                self._publisher.log(
                    "error", f"{unsaved.trial}: epoch {unsaved.epoch} {why}; kept in memory until it can be written"
                )
                self._publisher.change(unsaved.trial, "paused", why)
            assignment.unsaved = unsaved
            return
        if assignment.unsaved is not None:
            assignment.unsaved = None
            self._publisher.log("info", f"{unsaved.trial}: epoch {unsaved.epoch} is written; training continues")
            if self.training:
                self._publisher.change(unsaved.trial, "running", slot=assignment.number)
        assignment.saved(unsaved.epoch, time.monotonic())
        if unsaved.stop_reason is not None:
            assignment.free()
            self._publisher.change(unsaved.trial, "done", unsaved.stop_reason)
        elif assignment.skip:
            self._release(assignment)
        elif self._rungs.reached(unsaved.trial, unsaved.epoch):
            assignment.free()
            self._publisher.change(unsaved.trial, "paused", self._rungs.words(unsaved.trial))

    def _save_again(self) -> None:
        if not self._commits.due:
            return
        self._commits.mark_again()
        for assignment in self._assignments:
            if assignment.unsaved is not None and assignment.future is None:
                self._save(assignment, assignment.unsaved)

    def _worker_died(self, assignment: SlotAssignment, why: str, *, started: bool = True) -> None:
        assert assignment.trial is not None
        started = started and assignment.watch.begun
        assignment.slot.kill()
        assignment.watch.renew()
        if not started:
            self._stumble(assignment, why)
            return
        name, waiting = assignment.trial, len(self._queue) and not self._run.spec.leaks
        deaths = self._attempts.died(name)
        match after(deaths):
            case "failed" if not any(entry.history for entry in self._publisher.progress.trials.values()):
                self.broken, assignment.astray = f"every worker dies before its first epoch: {why}", True
            case "failed":
                self._attempts.forget(name)
                self._fail(assignment, f"{why}, {deaths} times in a row")
            case "last" if waiting and not assignment.unsaved:
                self._publisher.log(
                    "warning", f"{name}: {why}, {deaths} times in a row; it runs again after the others"
                )
                assignment.free()
                self._queue.to_end(name)
                self._publisher.change(name, "paused")
                self._publisher.reorder(self._queue.order)
            case _:
                assignment.astray = not assignment.slot.gone
                where = f"retrying from epoch {assignment.committed} in a new worker"
                self._publisher.log("warning", f"{name}: {why}; {where}")

    def _stumble(self, assignment: SlotAssignment, why: str) -> None:
        """Try again after a while: a lease could not be begun, for a reason that the trial has no part in."""
        first, pause = assignment.stumbles == 0, assignment.stumble()
        assignment.astray = not assignment.slot.gone
        if first:
            self._publisher.log("error", f"{assignment.trial}: {why}; retrying in {pause:.0f} s")

    def _fail(self, assignment: SlotAssignment, message: str, trace: str = "") -> None:
        name = str(assignment.trial)
        write_failure(self._run.path, name, assignment.slot.name, message, trace)
        assignment.free()
        self.mark(name, "failed", message)

    def _release(self, assignment: SlotAssignment) -> None:
        name = str(assignment.trial)
        assignment.free()
        self.mark(name, "skipped")
