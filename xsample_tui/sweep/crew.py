"""The crew: the slots, the trials they have, and the leases that go back and forth."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import Future

from ..core.errors import XSampleError, printable
from ..core.event import EpochDone
from ..core.lease import LeaseOrder, LeaseResult, StateMissing, TrainingFailed
from ..store.folder import RunFolder
from ..store.mark import MarkStatus
from ..store.pulse import WorkerSight, WorkerState
from ..store.source import FolderSource
from .assignment import Assignment
from .commits import Commits, Unsaved
from .herald import Herald
from .queue import TrialQueue
from .records import Records
from .roster import Roster
from .slot import CannotStart, OutOfTouch, WorkerDied
from .supervision import Attempts, AttendedClock, Lull, after

# A lease that heeds requests lasts from one commit to the next, but a request that gets lost must not cost more.
LEASE_SECONDS = 60.0


class Crew:
    """Gives trials to slots, orders their epochs, and commits what comes back.

    Args:
        run: the run, whose owner the caller is.
        herald: is told what happens.
        queue: the trials that wait.
        roster: knows the slots.
        lease: ``module:function`` that slots run.
        drifted: fingerprint differences for every state committed to name.
        check_place: raises OSError where the run's folder is not in its place any more.

    Attributes:
        training: whether trials are to go on with the next epoch; False while pausing or stopping.
        broken: why no trial can be trained here; empty while that is not known.
    """

    def __init__(
        self,
        run: RunFolder,
        herald: Herald,
        queue: TrialQueue,
        roster: Roster,
        lease: str,
        drifted: tuple[str, ...],
        check_place: Callable[[], None] = lambda: None,
    ) -> None:
        self.training = True
        self.broken = ""
        self._run = run
        self._herald = herald
        self._queue = queue
        self._lease = lease
        self._drifted = drifted
        self._plan = run.plan
        self._trials = {trial.name: trial for trial in self._plan.trials}
        self._network = run.network
        self._source = FolderSource.of(run)
        self._roster = roster
        self._assignments: list[Assignment] = []
        self._commits = Commits(run, herald, check_place)
        self._clock = AttendedClock()
        self._attempts = Attempts()
        self._lull = Lull(self._clock)
        self._images = len(self._plan.split.fit)
        self._records = Records(run, herald, self._clock, check_place)

    # -- what is under way ---------------------------------------------------------------------------------------

    @property
    def futures(self) -> list[Future[LeaseResult]]:
        """The leases under way."""
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
        return self._roster.dashboard

    @property
    def stalled(self) -> bool:
        """Whether trials are to be trained but no worker gives a sign of life."""
        return self._lull.lasts(self._state(assignment) for assignment in self._assignments)

    @staticmethod
    def _state(assignment: Assignment) -> WorkerState:
        return assignment.watch.state(heard_when_idle=assignment.slot.heeds)

    def sights(self) -> tuple[WorkerSight, ...]:
        """Return what is seen of each worker."""
        return tuple(map(self._sight, sorted(self._assignments, key=lambda a: a.number)))

    def _sight(self, assignment: Assignment) -> WorkerSight:
        slot, state = assignment.slot, self._state(assignment)
        rate = self._images / assignment.epoch_seconds if assignment.epoch_seconds else None
        return WorkerSight(
            slot=assignment.number,
            name=slot.name or f"worker-{assignment.number}",
            host=slot.host,
            state=state,
            trial=assignment.trial,
            rate=rate if assignment.trial is not None else None,
            silence=round(assignment.watch.silence, 1) if assignment.future is not None or slot.heeds else 0.0,
        )

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
        self._hear()
        self._harvest()
        self._watch()
        if not in_place:
            return
        self._save_again()
        if self.training and not self.broken:
            self._dispatch()
        else:
            self._settle()

    def go_on(self) -> None:
        """Train on after a pause."""
        self.training = True
        for number, trial in self.running.items():
            self._herald.change(trial, "running", slot=number)

    def abandon(self) -> None:
        """Give up what is under way: it is trained again from its last commit, when the run is resumed."""
        for assignment in self._assignments:
            assignment.slot.kill()
            if assignment.trial is not None:
                self._herald.change(assignment.trial, "paused")
            assignment.free()

    def skip(self, name: str) -> bool:
        """Give a trial up after its epoch under way, and mark it; return whether a slot has it."""
        holder = next((a for a in self._assignments if a.trial == name), None)
        if holder is None:
            return False
        holder.skip = True
        holder.slot.hasten()
        if holder.future is None and not holder.dirty and holder.unsaved is None:
            self._release(holder)
        return True

    def mark(self, name: str, status: MarkStatus, message: str = "") -> None:
        """Mark a trial failed or skipped, or take its mark back."""
        self._commits.mark(name, status, message)
        if status == "none":
            self._attempts.forget(name)
        else:
            self._herald.change(name, status, message)

    def _muster(self) -> None:
        """Take on slots that have come, and let go of those that have left."""
        for level, text in self._roster.notes():
            self._herald.log(level, text)
        for assignment in list(self._assignments):
            # What the disk has not taken yet is kept, whatever became of the worker.
            if assignment.slot.gone and assignment.future is None and assignment.unsaved is None:
                self._assignments.remove(assignment)
                self._take_back(assignment)
        known = {id(a.slot) for a in self._assignments}
        for slot in self._roster.slots():
            if id(slot) not in known and not slot.gone:
                numbers = {a.number for a in self._assignments}
                number = next(n for n in range(len(numbers) + 1) if n not in numbers)
                self._assignments.append(Assignment(number, slot, self._clock))

    def _take_back(self, assignment: Assignment) -> None:
        """Let the trial of a slot that has left go on elsewhere, from its last commit."""
        name = assignment.trial
        if name is None:
            return
        if assignment.skip:
            self._release(assignment)
            return
        self._queue.to_front([name])
        self._herald.change(name, "paused")
        self._herald.reorder(self._queue.order)

    def _hear(self) -> None:
        """Pass on the epochs that leases tell of while they run."""
        for assignment in self._assignments:
            for event in assignment.slot.heard():
                if assignment.future is not None and event.trial == assignment.trial:
                    self._tell(assignment, event)

    def _tell(self, assignment: Assignment, event: EpochDone) -> None:
        if event.metrics.epoch > assignment.told:
            assignment.told, assignment.epoch_seconds = event.metrics.epoch, event.seconds
            self._herald.tell(event)

    def _harvest(self) -> None:
        for assignment in self._assignments:
            future = assignment.future
            if future is None or not future.done():
                continue
            assignment.future = None
            assignment.watch.rest()
            try:
                result = future.result()
            except StateMissing:
                assignment.forgot = assignment.astray = True
            except OutOfTouch:
                # The roster says why, once for all slots, and they are gone.
                assignment.warm = False
            except WorkerDied as error:
                assignment.watch.look(assignment.slot.sign())
                self._worker_died(assignment, str(error), started=not isinstance(error, CannotStart))
            except TrainingFailed as error:
                self._fail(assignment, str(error))
            except OSError as error:
                # The worker could not read the images, say: that is not the trial's fault.
                self._stumble(assignment, f"{type(error).__name__}: {printable(error, 200)}")
            except XSampleError as error:
                # The run's images or its plan are damaged: no trial can be trained.
                self.broken = str(error)
                assignment.astray = True
            except Exception as error:
                self._fail(assignment, f"{type(error).__name__}: {printable(error, 300)}")
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
            if assignment.future is not None or assignment.unsaved is not None or assignment.slot.gone:
                continue
            if self._clock.now < assignment.not_before:
                continue
            if assignment.trial is not None and assignment.astray:
                assignment.restart(self._records.restore(assignment.trial))
            if assignment.trial is not None or self._assign(assignment):
                self._order(assignment, epochs=self._epochs(assignment))

    def _settle(self) -> None:
        """While pausing or stopping: fetch and commit what only workers hold, then let the trials rest."""
        for assignment in self._assignments:
            if assignment.future is not None:
                assignment.slot.hasten()
                continue
            if assignment.trial is None or assignment.unsaved is not None or assignment.slot.gone:
                continue
            if assignment.dirty and not assignment.astray:
                self._order(assignment, epochs=0)
            elif self._herald.progress.trials[assignment.trial].status == "running":
                self._herald.change(assignment.trial, "paused")

    # -- leases --------------------------------------------------------------------------------------------------

    def _assign(self, assignment: Assignment) -> bool:
        """Give a free slot the next trial; return whether there was one."""
        if self._run.spec.leaks and self.running:
            # Where a trial's result depends on the trial before, only one can be under way.
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
            if state is not None and state.finished:
                # It was at its end already when its mark was taken back.
                self._herald.change(name, "done", state.stop_reason or "")
                continue
            assignment.begin(name, state, carried)
            self._herald.change(name, "running", slot=assignment.number)
            self._herald.reorder(self._queue.order)
            return True
        return False

    def _epochs(self, assignment: Assignment) -> int:
        """Return how many epochs the next lease has: one, or up to the next commit where a lease heeds requests."""
        if not assignment.slot.heeds or not assignment.epoch_seconds:
            return 1
        seconds = min(self._run.spec.machine.checkpoint_seconds, LEASE_SECONDS)
        return max(1, math.ceil(seconds / assignment.epoch_seconds))

    def _order(self, assignment: Assignment, *, epochs: int) -> None:
        assert assignment.trial is not None
        spec = self._run.spec
        now = time.monotonic()
        due = now + epochs * assignment.epoch_seconds - assignment.committed_at >= spec.machine.checkpoint_seconds
        order = LeaseOrder(
            network=self._network,
            training=spec.training,
            seed=spec.seed,
            trial=self._trials[assignment.trial],
            mask=self._plan.mask(assignment.trial),
            epoch=assignment.epoch,
            epochs=epochs,
            state=None if assignment.warm else assignment.state,
            want_state=epochs == 0 or due or not self.training or assignment.skip or assignment.forgot,
            carried=assignment.carried,
            threads=spec.machine.threads,
            drifted=(*self._drifted, *assignment.slot.drifted),
        )
        assignment.watch.order()
        assignment.future = assignment.slot.submit(self._lease, order, self._source)

    def _take_in(self, assignment: Assignment, result: LeaseResult) -> None:
        assert assignment.trial == result.trial
        assignment.took(result)
        self._attempts.got_on(result.trial, result.seconds)
        for note in result.notes:
            self._herald.log("info", note)
        for metrics, seconds in zip(result.metrics, result.seconds, strict=True):
            event = EpochDone(at=time.time(), trial=result.trial, metrics=metrics, seconds=seconds)
            self._tell(assignment, event)
        going_on = result.stop_reason is None and self.training and not assignment.skip
        if going_on and assignment.unsaved is None and not assignment.slot.gone:
            # The worker goes on while this thread writes.
            self._order(assignment, epochs=self._epochs(assignment))
        if result.state is not None:
            self._save(assignment, Unsaved(result.trial, result.epoch, result.state, result.stop_reason))
        elif assignment.skip and not assignment.slot.gone:
            self._order(assignment, epochs=0)

    def _save(self, assignment: Assignment, unsaved: Unsaved) -> None:
        """Commit a checkpoint; if the disk does not take it, keep it, and the trial waits until it does."""
        if why := self._commits.commit(unsaved):
            if assignment.unsaved is None:
                self._herald.log(
                    "error", f"{unsaved.trial}: epoch {unsaved.epoch} {why}; it waits in memory and goes on by itself"
                )
                self._herald.change(unsaved.trial, "paused", why)
            assignment.unsaved = unsaved
            return
        if assignment.unsaved is not None:
            assignment.unsaved = None
            self._herald.log("info", f"{unsaved.trial}: epoch {unsaved.epoch} is written; going on")
            if self.training:
                self._herald.change(unsaved.trial, "running", slot=assignment.number)
        assignment.saved(unsaved.epoch, time.monotonic())
        if unsaved.stop_reason is not None:
            assignment.free()
            self._herald.change(unsaved.trial, "done", unsaved.stop_reason)
        elif assignment.skip:
            self._release(assignment)

    def _save_again(self) -> None:
        if not self._commits.due:
            return
        self._commits.mark_again()
        for assignment in self._assignments:
            if assignment.unsaved is not None and assignment.future is None:
                self._save(assignment, assignment.unsaved)

    def _worker_died(self, assignment: Assignment, why: str, *, started: bool = True) -> None:
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
            case "failed" if not any(entry.history for entry in self._herald.progress.trials.values()):
                self.broken = f"every worker ends before its first epoch: {why}"
                assignment.astray = True
            case "failed":
                self._attempts.forget(name)
                self._fail(assignment, f"{why}, {deaths} times in a row")
            case "last" if waiting and not assignment.unsaved:
                self._herald.log("warning", f"{name}: {why}, {deaths} times in a row; it waits for the others to end")
                assignment.free()
                self._queue.to_end(name)
                self._herald.change(name, "paused")
                self._herald.reorder(self._queue.order)
            case _:
                assignment.astray = not assignment.slot.gone
                where = f"trying again from epoch {assignment.committed} in a new worker"
                self._herald.log("warning", f"{name}: {why}; {where}")

    def _stumble(self, assignment: Assignment, why: str) -> None:
        """Try again after a while: a lease could not be begun, for a reason that the trial has no part in."""
        first = assignment.stumbles == 0
        pause = assignment.stumble()
        assignment.astray = not assignment.slot.gone
        if first:
            self._herald.log("error", f"{assignment.trial}: {why}; tried again in {pause:.0f} s, and until it works")

    def _fail(self, assignment: Assignment, message: str) -> None:
        assert assignment.trial is not None
        name = assignment.trial
        assignment.free()
        self.mark(name, "failed", message)
        self._herald.log("error", f"{name} failed: {message}")

    def _release(self, assignment: Assignment) -> None:
        assert assignment.trial is not None
        name = assignment.trial
        assignment.free()
        self.mark(name, "skipped")
