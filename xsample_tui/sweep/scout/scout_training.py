"""Trains a run's scout in one worker, an epoch at a time, and evaluates it in all of them, some windows at a time.

It can end at any instant: it goes on from its last checkpoint, and ends with the bits that it would have had. What
has been evaluated and is not stored yet is evaluated again. A window's score depends on no other, so that the
estimate is the same whoever evaluates which.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import replace
from functools import cached_property
from typing import Any

from ...core.errors import XSampleError
from ...core.networks.keras_network import crop_shape
from ...core.scout.scout_estimate import ScoutEstimate, ScoutScores
from ...core.scout.scout_order import (
    MOST_IMAGES,
    STREAM,
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
from ..workers.worker_pool import WorkerPool
from ..workers.worker_slot import OutOfTouch, Slot, WorkerDied
from .scout_workers import EndedLease, Part, ScoutWorkers

TRAIN = "xsample_tui.training.scout.scout_runner:train"
SCORE = "xsample_tui.training.scout.scout_runner:score"
# Windows evaluated by one lease at most: so long a request to stop may have to wait.
AT_ONCE = 20
_MOST_DEATHS = 3


class ScoutFailed(XSampleError):
    """The scout cannot be trained: its loss is not finite, or its worker dies again and again."""


class ScoutTraining:
    """The work that a run's scout still needs.

    Args:
        run: the run, whose owner the caller is.
        worker_pool: knows the slots where its leases run; the caller opens and closes it.
        say: receives a line for every epoch and part of the evaluation.
        epochs: passes over the train images; None for as many as a window has.
        compare: whether a finished baseline is to be evaluated under the masks too.
        entries: ``module:function`` of an epoch and of scores; tests give their own.

    Attributes:
        estimate: the estimate so far; the run's own once :attr:`done`.
    """

    def __init__(
        self,
        run: RunFolder,
        worker_pool: WorkerPool,
        say: Callable[[str], None] = lambda line: None,
        *,
        epochs: int | None = None,
        compare: bool = True,
        entries: tuple[str, str] = (TRAIN, SCORE),
    ) -> None:
        self._run, self._say, self._entries = run, say, entries
        self._workers = ScoutWorkers(worker_pool)
        self._names, self._masks = window_masks_of(run.plan)
        self._epochs = epochs or scout_epochs(run.spec.training)
        self._plan = plan_key(run.plan)
        self._trial = scout_trial(run.spec, self._plan)
        self._source = WorkerImages.of(run)
        self._kept_at = -math.inf
        # How often in a row the worker that had a part has died: all workers may end at once, by no part's fault.
        self._deaths: Counter[Part] = Counter()
        # Of each window its log-loss and wrong images; what is still to be evaluated, with its crops' shape; which
        # shapes each worker has traced.
        self._scores: dict[int, tuple[float, int]] = {}
        self._parts: dict[Part, object] | None = None
        self._scored = ""
        self._traced: dict[int, set[object]] = {}
        found = stored_estimate(run.path)
        fits = found is not None and (found.plan, found.epochs) == (self._plan, self._epochs)
        self.estimate = found if fits else None
        self._state = None if fits else latest_state(run.path, self._trial.name, self._epochs)
        self._data = encode(self._state) if self._state is not None else None
        self._kept = self._state.epoch if self._state is not None else 0
        self._baseline = self._finished_baseline() if compare else None

    @property
    def futures(self) -> list[Future[Any]]:
        """The running leases."""
        return self._workers.futures

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        nothing = not self._names or (self.estimate is not None and self._baseline is None)
        return nothing and not self.futures

    @property
    def progress(self) -> ScoutProgress:
        """How far the scout itself is."""
        epoch = self._epochs - self._epochs_left if self.estimate is None else self._epochs
        evaluated = len(self._scores) if self.estimate is None else len(self._names)
        return ScoutProgress(epoch=epoch, epochs=self._epochs, evaluated=evaluated, windows=len(self._names))

    def turn(self, *, go_on: bool = True) -> None:
        """Take in the leases that have ended, store what is due, and order the next; to be called again and again.

        Args:
            go_on: whether to order the next; otherwise what a later start can go on from is stored at once.

        Raises:
            ScoutFailed: it cannot be trained.
            XSampleError: the run's images or plan are damaged.
            OSError: the disk does not take what was found, or a worker cannot read the images; the next call tries
                again.
        """
        failed = [error for ended in self._workers.ended() if (error := self._take_in(ended)) is not None]
        if failed:
            raise failed[0]
        if not self.futures:
            self._keep(force=not go_on)
        if go_on and not self.done:
            self._order()

    def abandon(self) -> None:
        """Give up the running leases, and end their workers; a later turn goes on from the last checkpoint."""
        self._workers.abandon()
        self._parts = None

    # -- ordering ------------------------------------------------------------------------------------------------

    @property
    def _epochs_left(self) -> int:
        return self._epochs - (self._state.epoch if self._state is not None else 0)

    def _order(self) -> None:
        idle = self._workers.idle()
        if self.estimate is None and self._epochs_left:
            if idle and not self.futures:
                # The same worker as long as it is there: it has what it has traced.
                idle.sort(key=lambda slot: id(slot) not in self._traced)
                self._traced = {id(idle[0]): set()}
                epoch = self._state.epoch if self._state is not None else 0
                order = self._order_of(epoch, self._data or self._given(), range(len(self._names)))
                self._workers.begin(idle[0], (), self._entries[0], order, self._source)
            return
        if self._parts is None and idle:
            self._parts = self._divided(len(idle) + len(self.futures))
        for slot in idle:
            if self._parts:
                self._score(slot, self._parts)

    def _divided(self, workers: int) -> dict[Part, object]:
        """Return what is still to be evaluated: parts of one crop shape each, so that few shapes are traced twice."""
        most = max(1, min(AT_ONCE, math.ceil(len(self._names) / workers)))
        alike: dict[object, list[int]] = {}
        for index in range(len(self._names)):
            if index not in self._scores:
                alike.setdefault(self._shape(index), []).append(index)
        cut = [
            (tuple(group[at : at + most]), shape)
            for shape, group in alike.items()
            for at in range(0, len(group), most)
        ]
        return dict(sorted(cut, key=lambda part: len(part[0]), reverse=True))

    def _shape(self, window: int) -> object:
        """Return what is traced once for all windows that have it."""
        return crop_shape(self._run.network, self._masks[window])

    def _score(self, slot: Slot, parts: dict[Part, object]) -> None:
        """Give a slot the part that suits it best: of a shape that it has traced, or that no other has."""
        mine = self._traced.setdefault(id(slot), set())
        traced = set().union(*self._traced.values())
        part = min(parts, key=lambda part: (parts[part] not in mine, parts[part] in traced))
        mine.add(parts.pop(part))
        state = self._weights if self.estimate is None else self._baseline
        self._workers.begin(slot, part, self._entries[1], self._order_of(self._epochs, state, part), self._source)

    @cached_property
    def _weights(self) -> bytes:
        """The trained state without its optimizer's, of which evaluation needs nothing."""
        assert self._state is not None
        return encode(replace(self._state, slots={}))

    def _order_of(self, epoch: int, state: bytes | None, windows: Iterable[int]) -> ScoutOrder:
        spec = self._run.spec
        return ScoutOrder(
            network=self._run.network,
            training=spec.training,
            seed=spec.seed,
            trial=self._trial,
            masks=self._masks[list(windows)],
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

    def _take_in(self, ended: EndedLease) -> Exception | None:
        """Take in what a lease gave; return the error that keeps the scout from going on, if there is one."""
        outcome = ended.outcome
        if isinstance(outcome, Exception) and ended.part and self._parts is not None:
            self._parts[ended.part] = self._shape(ended.part[0])
        if isinstance(outcome, WorkerDied):
            self._traced.pop(id(ended.slot), None)
            return self._died(outcome, ended.part)
        if isinstance(outcome, TrainingFailed):
            failed = ScoutFailed(f"the scout failed: {outcome}")
            failed.__cause__ = outcome
            return failed
        if isinstance(outcome, Exception):
            return outcome
        self._deaths.pop(ended.part, None)
        if isinstance(outcome, ScoutEpoch):
            self._state, self._data = decode(outcome.state), outcome.state
            self._say(
                f"scout epoch {outcome.epoch}/{self._epochs} loss {outcome.loss:.4f} "
                f"accuracy {outcome.accuracy:.4f} ({ended.seconds:.1f} s)"
            )
            return None
        self._scores |= zip(ended.part, zip(outcome.loss, outcome.errors, strict=True), strict=True)
        self._scored = outcome.trained
        what = "scout" if self.estimate is None else outcome.trained
        self._say(f"{what} evaluated under {len(self._scores)} of {len(self._names)} windows")
        return None

    def _keep(self, *, force: bool) -> None:
        """Store the estimate once every window is evaluated, and before that a checkpoint where one is due."""
        if self._scores and len(self._scores) == len(self._names):
            found = self._found()
            store_estimate(self._run.path, found)
            if self.estimate is not None:
                self._baseline = None
            self.estimate, self._scores, self._parts = found, {}, None
        elif self._state is not None and self._state.epoch != self._kept and self.estimate is None:
            due = time.monotonic() - self._kept_at >= self._run.spec.machine.checkpoint_seconds
            if force or due or not self._epochs_left:
                assert self._data is not None
                store_state(self._run.path, self._state, self._data)
                self._kept, self._kept_at = self._state.epoch, time.monotonic()

    def _found(self) -> ScoutEstimate:
        """Return the estimate, of which every window is evaluated now."""
        scores = ScoutScores(
            trained=self._scored if self.estimate is not None else STREAM,
            loss=tuple(self._scores[index][0] for index in range(len(self._names))),
            errors=tuple(self._scores[index][1] for index in range(len(self._names))),
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

    def _died(self, error: WorkerDied, part: Part) -> ScoutFailed | None:
        if not isinstance(error, OutOfTouch):
            self._deaths[part] += 1
        if self._deaths[part] >= _MOST_DEATHS:
            return ScoutFailed(f"the scout's worker died {self._deaths[part]} times in a row: {error}")
        self._say(f"scout: {error}; trying again")
        return None
