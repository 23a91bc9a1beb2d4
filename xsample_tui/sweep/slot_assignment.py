"""An assignment: a slot, its trial, and the part of the trial that is not on disk yet."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field

from ..core.errors import XSampleError
from ..core.run_state.run_events import EpochDone
from ..core.training.checkpoint_format import encode
from ..core.training.early_stopping import StoppingState
from ..core.training.lease import EnvironmentBroken, LeaseResult
from ..core.training.lease_stage import LeaseStage
from ..core.training.trial_state import TrialState
from ..store.control.heartbeat import WorkerState, WorkerStatus
from .pending_commits import Unsaved
from .workers.worker_slot import Slot
from .workers.worker_supervision import AttendedClock, WorkerWatch

# So many times in a row a worker must find a run damaged, some seconds apart.
_BELIEVED = 3


@dataclass
class SlotAssignment:
    """What the controller knows of one slot.

    Attributes:
        number: the slot's number, for people.
        slot: where leases run.
        clock: the controller's attended time.
        watch: what is known of the slot's worker.
        trial: the trial it has; None when free.
        future: the current lease.
        epoch: epochs the trial has behind it, as far as is known here.
        reported: epochs of it that viewers have received; more than ``epoch`` while a lease reports as it runs.
        committed: epochs of it that are on disk.
        committed_at: when they were written, by the controller's clock.
        warm: whether the worker holds the trial's state, so that it need not be sent.
        state: the checkpoint to send with the next lease, when the worker does not hold it.
        carried: the article's leaked state to begin with.
        epoch_seconds: how long the trial's last epoch took; 0 before the first.
        skip: whether to give the trial up once its epochs are on disk.
        forgot: whether the worker has lost the trial's state before; every epoch is committed then, so that the
            trial gets on even if it is lost each time.
        unsaved: a checkpoint that the disk did not take.
        astray: whether the worker does not hold what is needed, so that the trial is to go back to its state on disk
            before it goes on.
        not_before: attended time before which no lease is ordered.
        stumbles: how often in a row a lease could not be begun, for a reason that the trial has no part in.
        damage: how often in a row its worker found the run, or its packages, damaged.
    """

    number: int
    slot: Slot
    clock: AttendedClock
    trial: str | None = None
    future: Future[LeaseResult] | None = None
    epoch: int = 0
    reported: int = 0
    committed: int = 0
    committed_at: float = 0.0
    warm: bool = False
    state: bytes | None = None
    carried: StoppingState | None = None
    epoch_seconds: float = 0.0
    skip: bool = False
    forgot: bool = False
    unsaved: Unsaved | None = None
    astray: bool = False
    not_before: float = 0.0
    stumbles: int = 0
    damage: int = 0
    watch: WorkerWatch = field(init=False)

    def __post_init__(self) -> None:
        self.watch = WorkerWatch(self.clock)

    @property
    def worker_state(self) -> WorkerState:
        """What the slot's worker is doing, as far as can be seen."""
        return self.watch.state(heard_when_idle=self.slot.heeds)

    def status(self, images: int) -> WorkerStatus:
        """Return what viewers are shown of the slot's worker.

        Args:
            images: that an epoch trains on.
        """
        seconds = self.epoch_seconds if self.trial is not None else 0.0
        stage = self.slot.stage if self.worker_state == "training" else LeaseStage()
        if self.trial is not None and not seconds and stage.share > 0:
            # Its first epoch, with what was loaded and compiled before.
            seconds = self.watch.busy_for / stage.share
        return WorkerStatus(
            slot=self.number,
            name=self.slot.name or f"worker-{self.number}",
            host=self.slot.host,
            state="leaving" if self.slot.leaving else self.worker_state,
            trial=self.trial,
            rate=images / seconds if seconds else None,
            silence=round(self.watch.silence, 1) if self.future is not None or self.slot.heeds else 0.0,
            stage=stage.name,
            share=round(stage.share, 2),
        )

    @property
    def dirty(self) -> bool:
        """Whether the worker holds epochs that are not on disk."""
        return self.trial is not None and self.epoch > self.committed

    def hear(self, publish: Callable[[EpochDone], None]) -> None:
        """Publish the epochs that the current lease reports while it runs."""
        for event in self.slot.update():
            if self.future is not None and event.trial == self.trial:
                self.report(event, publish)

    def report(self, event: EpochDone, publish: Callable[[EpochDone], None]) -> None:
        """Publish an epoch, once."""
        if event.metrics.epoch > self.reported:
            self.reported, self.epoch_seconds = event.metrics.epoch, event.seconds
            publish(event)

    def begin(self, trial: str, state: TrialState | None, carried: StoppingState | None) -> None:
        """Give the slot a trial, with the state that is on disk."""
        self.trial, self.carried, self.epoch_seconds = trial, carried, 0.0
        self.skip = self.forgot = False
        self.restart(state)

    def restart(self, state: TrialState | None) -> None:
        """Go back to the state that is on disk."""
        self.epoch = self.reported = state.epoch if state else 0
        self.state = encode(state) if state else None
        self.warm = self.astray = False
        # A session may be short, and a worker short-lived: the first epoch of each is committed at once.
        self.saved(self.epoch, -math.inf)

    def stumble(self) -> float:
        """Take note that a lease could not be begun; return in how many seconds it is tried again, at most 60."""
        self.stumbles += 1
        pause = min(2.0 ** (self.stumbles - 1), 60.0)
        self.not_before = self.clock.now + pause
        return pause

    def believe_damage(self, error: XSampleError) -> bool:
        """Take note that a worker found the run damaged; return whether to believe it, the third time in a row.

        A worker that begins reads the run from its folder, and whatever is in the folder's place at that moment: a
        copy that is being made, say. Or it imports packages that are being upgraded.
        """
        self.damage += 1
        if isinstance(error, EnvironmentBroken):
            self.start_afresh()
        return self.damage >= _BELIEVED

    def start_afresh(self) -> None:
        """End a worker that may hold half of a package, or memory that it lost; a cluster's is another's to end."""
        if not self.slot.heeds:
            self.slot.kill()
            self.watch.renew()

    def took(self, result: LeaseResult) -> None:
        """Take note of a lease's result."""
        self.epoch, self.warm, self.state = result.epoch, True, None
        self.stumbles = self.damage = 0
        self.epoch_seconds = result.seconds[-1] if result.seconds else self.epoch_seconds

    def saved(self, epoch: int, now: float) -> None:
        """Take note of a commit."""
        self.committed, self.committed_at = epoch, now

    def free(self) -> None:
        """Take the trial away."""
        self.trial = self.future = self.state = self.carried = self.unsaved = None
        self.epoch = self.reported = self.committed = 0
        self.warm = self.skip = self.astray = False
        self.watch.rest()


def add_new_slots(assignments: list[SlotAssignment], slots: Iterable[Slot], clock: AttendedClock) -> None:
    """Add an assignment for each slot that has none yet, under the smallest number that is free."""
    known = {id(one.slot) for one in assignments}
    for slot in slots:
        if id(slot) not in known and not slot.gone:
            numbers = {one.number for one in assignments}
            number = next(n for n in range(len(numbers) + 1) if n not in numbers)
            assignments.append(SlotAssignment(number, slot, clock))
