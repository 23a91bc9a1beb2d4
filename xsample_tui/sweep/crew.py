"""The crew: the slots, the trials they have, and the leases that go back and forth."""

from __future__ import annotations

import contextlib
import math
import time
from concurrent.futures import Future

from ..core.checkpoint import DamagedCheckpoint
from ..core.errors import printable
from ..core.event import EpochDone
from ..core.lease import LeaseOrder, LeaseResult, StateMissing, TrainingFailed
from ..core.state import TrialState
from ..core.stopping import StoppingState
from ..store.folder import MarkStatus, RunFolder
from ..store.pulse import WorkerSight
from ..store.source import FolderSource
from .assignment import Assignment, Unsaved
from .herald import Herald
from .patience import Patience
from .queue import TrialQueue
from .roster import Roster
from .sight import Lull, sight
from .slot import OutOfTouch, WorkerDied

# A lease that heeds requests lasts from one commit to the next, but a request that gets lost must not cost more.
LEASE_SECONDS = 60.0
_SAVE_AGAIN_EVERY = 3.0


class Crew:
    """Gives trials to slots, orders their epochs, and commits what comes back.

    Args:
        run: the run, whose owner the caller is.
        herald: is told what happens.
        queue: the trials that wait.
        roster: knows the slots.
        lease: ``module:function`` that slots run.
        drifted: fingerprint differences for every state committed to name.

    Attributes:
        training: whether trials are to go on with the next epoch; False while pausing or stopping.
    """

    def __init__(
        self,
        run: RunFolder,
        herald: Herald,
        queue: TrialQueue,
        roster: Roster,
        lease: str,
        drifted: tuple[str, ...],
    ) -> None:
        self.training = True
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
        self._patience = Patience()
        self._lull = Lull()
        self._pictures = len(self._plan.split.fit)
        self._save_at = 0.0

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
        """Trials with a checkpoint that the disk did not take."""
        return [a.unsaved.trial for a in self._assignments if a.unsaved is not None]

    @property
    def dashboard(self) -> str:
        """Address of the cluster's own page; empty where there is none."""
        return self._roster.dashboard

    @property
    def stalled(self) -> bool:
        """Whether trials are to be trained but no worker gives a sign of life."""
        return self._lull.lasts(self._assignments)

    def sights(self) -> tuple[WorkerSight, ...]:
        """Return what is seen of each worker."""
        return tuple(sight(a, self._pictures) for a in sorted(self._assignments, key=lambda a: a.number))

    def turn(self) -> None:
        """Take in what has ended, and order what is next."""
        self._muster()
        self._hear()
        self._harvest()
        self._watch()
        self._save_again()
        if self.training:
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
        try:
            self._run.mark(name, status, message)
        except OSError as error:
            self._herald.log("error", f"{name}: its mark cannot be written: {printable(error)}")
        if status != "none":
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
                self._assignments.append(Assignment(number, slot))

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
            try:
                result = future.result()
            except StateMissing:
                assignment.forgot = True
                self._roll_back(assignment)
            except OutOfTouch:
                # The roster says why, once for all slots, and they are gone.
                assignment.warm = False
            except WorkerDied as error:
                self._worker_died(assignment, str(error))
            except TrainingFailed as error:
                self._fail(assignment, str(error))
            except Exception as error:
                self._fail(assignment, f"{type(error).__name__}: {printable(error, 300)}")
            else:
                self._take_in(assignment, result)

    def _watch(self) -> None:
        """Give up on workers that are dead to the world."""
        for assignment in self._assignments:
            if assignment.future is None or assignment.future.done():
                continue
            busy = time.monotonic() - assignment.ordered_at
            why = self._patience.ends(assignment.slot.silence(), busy)
            if why:
                assignment.future = None
                self._worker_died(assignment, why)

    def _dispatch(self) -> None:
        for assignment in self._assignments:
            if assignment.future is not None or assignment.unsaved is not None or assignment.slot.gone:
                continue
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
            if assignment.dirty:
                self._order(assignment, epochs=0)
            elif self._herald.progress.trials[assignment.trial].status == "running":
                self._herald.change(assignment.trial, "paused")

    # -- leases --------------------------------------------------------------------------------------------------

    def _assign(self, assignment: Assignment) -> bool:
        """Give a free slot the next trial; return whether there was one."""
        if self._run.spec.leaks and self.running:
            # Where a trial's result depends on the trial before, only one can be under way.
            return False
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
        assignment.ordered_at = now
        assignment.future = assignment.slot.submit(self._lease, order, self._source)

    def _take_in(self, assignment: Assignment, result: LeaseResult) -> None:
        assert assignment.trial == result.trial
        assignment.took(result)
        self._patience.got_on(result.trial, result.seconds)
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
            if self.training:
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
        assert assignment.trial is not None
        assignment.slot.kill()
        name = assignment.trial
        if (deaths := self._patience.died(name)) is not None:
            self._fail(assignment, f"{why}, {deaths} times in a row")
            return
        if not assignment.slot.gone:
            self._roll_back(assignment)
        where = f"trying again from epoch {assignment.committed} in a new worker"
        self._herald.log("warning", f"{name}: {why}; {where}")

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
