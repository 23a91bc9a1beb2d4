"""Trains and evaluates a run's scout in a worker: a lease at a time, from its last checkpoint to its estimate.

It can end at any instant: it goes on from its last checkpoint, and ends with the bits that it would have had. What
has been evaluated and is not stored yet is evaluated again.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from ...core.errors import XSampleError
from ...core.scout.scout_estimate import ScoutEstimate, ScoutScores
from ...core.scout.scout_order import (
    MOST_IMAGES,
    STREAM,
    Masks,
    ScoutEpoch,
    ScoutOrder,
    plan_key,
    scout_epochs,
    scout_trial,
    window_masks_of,
)
from ...core.scout.scout_progress import ScoutProgress
from ...core.training.checkpoint_format import decode, encode
from ...core.training.early_stopping import StoppingState
from ...core.training.lease import TrainingFailed
from ...core.training.trial_state import TrialState
from ...store.run.run_folder import RunFolder
from ...store.run.worker_images import WorkerImages
from ...store.scout_files import latest_state, store_estimate, store_state, stored_estimate
from ..workers.worker_slot import Slot, WorkerDied
from ..workers.worker_supervision import AttendedClock, WorkerWatch

TRAIN = "xsample_tui.training.scout.scout_runner:train"
SCORE = "xsample_tui.training.scout.scout_runner:score"
# Windows evaluated by one lease: so long a request to stop may have to wait.
AT_ONCE = 20
_MOST_DEATHS = 3


class ScoutFailed(XSampleError):
    """The scout cannot be trained: its loss is not finite, or its worker dies again and again."""


class ScoutTraining:
    """The work that a run's scout still needs.

    Args:
        run: the run, whose owner the caller is.
        make_slot: makes the slot where its leases run, once there is anything to run.
        say: receives a line for every epoch and part of the evaluation.
        epochs: passes over the train images; None for as many as a window has.
        compare: whether a finished baseline is to be evaluated under the masks too.
        entries: ``module:function`` of an epoch and of scores; tests give their own.

    Attributes:
        future: the running lease; None between two.
        estimate: the estimate so far; the run's own once :attr:`done`.
    """

    def __init__(
        self,
        run: RunFolder,
        make_slot: Callable[[], Slot],
        say: Callable[[str], None] = lambda line: None,
        *,
        epochs: int | None = None,
        compare: bool = True,
        entries: tuple[str, str] = (TRAIN, SCORE),
    ) -> None:
        self.future: Future[Any] | None = None
        self._run, self._make_slot, self._say, self._entries = run, make_slot, say, entries
        self._slot: Slot | None = None
        self._names, self._masks = window_masks_of(run.plan)
        self._epochs = epochs or scout_epochs(run.spec.training)
        self._plan = plan_key(run.plan)
        self._trial = scout_trial(run.spec, self._plan)
        self._source = WorkerImages.of(run)
        self._clock = AttendedClock()
        self._watch = WorkerWatch(self._clock)
        self._deaths, self._slowest, self._began = 0, 0.0, 0.0
        self._kept_at = -math.inf
        self._scores: list[ScoutScores] = []
        found = stored_estimate(run.path)
        fits = found is not None and (found.plan, found.epochs) == (self._plan, self._epochs)
        self.estimate = found if fits else None
        self._state = None if fits else latest_state(run.path, self._trial.name, self._epochs)
        self._data = encode(self._state) if self._state is not None else None
        self._kept = self._state.epoch if self._state is not None else 0
        self._baseline = self._finished_baseline() if compare else None

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        return self.future is None and (not self._names or (self.estimate is not None and self._baseline is None))

    @property
    def progress(self) -> ScoutProgress:
        """How far the scout itself is."""
        epoch = self._epochs - self._epochs_left if self.estimate is None else self._epochs
        evaluated = len(self._scored) if self.estimate is None else len(self._names)
        return ScoutProgress(epoch=epoch, epochs=self._epochs, evaluated=evaluated, windows=len(self._names))

    def turn(self, *, go_on: bool = True) -> None:
        """Take in the lease that has ended, store what is due, and order the next; to be called again and again.

        Args:
            go_on: whether to order the next; otherwise what a later start can go on from is stored at once.

        Raises:
            ScoutFailed: it cannot be trained.
            XSampleError: the run's images or plan are damaged.
            OSError: the disk does not take what was found, or the worker cannot read the images; the next call tries
                again.
        """
        self._clock.tick()
        if self._slot is not None:
            self._watch.look(self._slot.sign())
        if self.future is not None and self.future.done():
            ended, self.future = self.future, None
            self._watch.rest()
            self._take_in(ended)
        elif self.future is not None and (why := self._watch.ends(self._slowest)):
            self.future = None
            self._died(why)
        if self.future is None:
            self._keep(force=not go_on)
            if go_on and not self.done:
                self._order()

    def abandon(self) -> None:
        """Give up the running lease, and end the worker; a later turn goes on from the last checkpoint."""
        self.future = None
        self._watch.rest()
        if self._slot is not None:
            self._slot.kill()

    def close(self) -> None:
        """End the worker."""
        self.abandon()
        if self._slot is not None:
            self._slot.close()

    # -- ordering ------------------------------------------------------------------------------------------------

    @property
    def _epochs_left(self) -> int:
        return self._epochs - (self._state.epoch if self._state is not None else 0)

    def _order(self) -> None:
        if self.estimate is None and self._epochs_left:
            epoch = self._state.epoch if self._state is not None else 0
            self._submit(self._entries[0], self._order_of(epoch, self._data or self._given()))
        else:
            at = len(self._scored)
            masks = self._masks[at : at + AT_ONCE]
            state = self._data if self.estimate is None else self._baseline
            self._submit(self._entries[1], self._order_of(self._epochs, state, masks))

    def _submit(self, entry: str, order: ScoutOrder) -> None:
        if self._slot is None:
            self._slot = self._make_slot()
        self._watch.order()
        self._began = time.monotonic()
        self.future = self._slot.submit(entry, order, self._source)

    def _order_of(self, epoch: int, state: bytes | None, masks: Masks | None = None) -> ScoutOrder:
        spec = self._run.spec
        return ScoutOrder(
            network=self._run.network,
            training=spec.training,
            seed=spec.seed,
            trial=self._trial,
            masks=self._masks if masks is None else masks,
            epoch=epoch,
            state=state,
            threads=spec.machine.threads,
        )

    def _given(self) -> bytes | None:
        """Return the state that brings a Keras model's own weights; None where initial weights are drawn."""
        if self._run.initial is None:
            return None
        return encode(TrialState(self._trial.name, 0, self._run.initial, {}, StoppingState()))

    def _finished_baseline(self) -> bytes | None:
        """Return the state of the first finished baseline, to be evaluated under the masks; None for no need."""
        if self.estimate is not None and self.estimate.baseline is not None:
            return None
        for trial in self._run.document.trials:
            record = self._run.record(trial.name) if trial.is_baseline else None
            if record is not None and record.finished:
                state, _ = self._run.latest(trial.name)
                return None if state is None else encode(state)
        return None

    # -- results -------------------------------------------------------------------------------------------------

    def _take_in(self, future: Future[Any]) -> None:
        assert self._slot is not None
        try:
            result = self._slot.result(future)
        except WorkerDied as error:
            self._died(str(error))
            return
        except TrainingFailed as error:
            raise ScoutFailed(f"the scout failed: {error}") from error
        self._deaths, seconds = 0, time.monotonic() - self._began
        self._slowest = max(self._slowest, seconds)
        if isinstance(result, ScoutEpoch):
            self._state, self._data = decode(result.state), result.state
            self._say(
                f"scout epoch {result.epoch}/{self._epochs} loss {result.loss:.4f} "
                f"accuracy {result.accuracy:.4f} ({seconds:.1f} s)"
            )
            return
        self._scores.append(result)
        what = "scout" if self.estimate is None else result.trained
        self._say(f"{what} evaluated under {len(self._scored)} of {len(self._names)} windows")

    @property
    def _scored(self) -> list[float]:
        return [loss for part in self._scores for loss in part.loss]

    def _keep(self, *, force: bool) -> None:
        """Store the estimate once every window is evaluated, and before that a checkpoint where one is due."""
        if self._scores and len(self._scored) == len(self._names):
            found = self._found()
            store_estimate(self._run.path, found)
            if self.estimate is not None:
                self._baseline = None
            self.estimate, self._scores = found, []
        elif self._state is not None and self._state.epoch != self._kept and self.estimate is None:
            due = time.monotonic() - self._kept_at >= self._run.spec.machine.checkpoint_seconds
            if force or due or not self._epochs_left:
                assert self._data is not None
                store_state(self._run.path, self._state, self._data)
                self._kept, self._kept_at = self._state.epoch, time.monotonic()

    def _found(self) -> ScoutEstimate:
        """Return the estimate, of which every window is evaluated now."""
        scores = ScoutScores(
            trained=self._scores[0].trained if self.estimate is not None else STREAM,
            loss=tuple(self._scored),
            errors=tuple(count for part in self._scores for count in part.errors),
        )
        if self.estimate is not None:
            return self.estimate.model_copy(update={"baseline": scores})
        assert self._state is not None
        return ScoutEstimate(
            windows=self._names,
            epochs=self._epochs,
            images=min(MOST_IMAGES, len(self._run.plan.split.fit)),
            plan=self._plan,
            digest=self._state.digest(),
            scout=scores,
        )

    def _died(self, why: str) -> None:
        if self._slot is not None:
            self._slot.kill()
        self._watch.renew()
        self._deaths += 1
        if self._deaths >= _MOST_DEATHS:
            raise ScoutFailed(f"the scout's worker died {self._deaths} times in a row: {why}")
        self._say(f"scout: {why}; trying again")
