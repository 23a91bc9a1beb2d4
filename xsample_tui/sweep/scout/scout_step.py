"""A sweep's first step, where it is asked for: the scout is trained before the trials, by the same workers."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from ...core.errors import XSampleError
from ...core.run_state.run_events import Event, Level, Logged, ScoutEnded
from ...core.scout.best_order import best_order
from ...core.scout.promising_order import promising_order
from ...core.scout.scout_estimate import ScoutEstimate
from ...core.scout.scout_progress import ScoutProgress
from ...core.training.training_order import SCOUTED
from ...store.run.run_folder import RunFolder
from ..trial_queue import TrialQueue
from ..workers.worker_pool import WorkerPool
from .scout_training import SCORE, TRAIN, ScoutTraining


class ScoutStep:
    """Knows whether a run still waits for its scout, and trains it turn by turn.

    Args:
        run: the run, whose owner the caller is.
        worker_pool: knows the slots of the sweep.
        queue: the trials that wait; ordered by the estimate where the spec says so.
        publish: receives what happens.
        entries: as of :class:`~xsample_tui.sweep.scout.scout_training.ScoutTraining`.

    Attributes:
        active: whether trials are to wait.
    """

    def __init__(
        self,
        run: RunFolder,
        worker_pool: WorkerPool,
        queue: TrialQueue,
        publish: Callable[[Event], None],
        entries: tuple[str, str] = (TRAIN, SCORE),
    ) -> None:
        self._run, self._worker_pool, self._queue = run, worker_pool, queue
        self._publish, self._entries = publish, entries
        self._training: ScoutTraining | None = None
        self.active = run.spec.scout and len(queue) > 0

    @property
    def futures(self) -> list[Future[Any]]:
        """The running leases."""
        return self._training.futures if self._training is not None else []

    @property
    def progress(self) -> ScoutProgress | None:
        """How far the scout is; None where no trial waits for it."""
        return self._training.progress if self.active and self._training is not None else None

    def turn(self, *, go_on: bool, now: bool = False) -> None:
        """Take in what has ended, and order what is next; once the estimate is there, trials wait no more.

        A scout that cannot be trained is said, and the trials are trained without it.

        Args:
            go_on: whether the sweep goes on; otherwise what it has is kept for a later session.
            now: whether the running leases are to be given up.

        Raises:
            OSError: of the disk, or of a worker's; a later turn tries again.
        """
        if not self.active:
            return
        try:
            if self._training is None:
                if not go_on:
                    return
                self._begin()
            if self._training is None:
                return
            if now:
                self._training.abandon()
            self._training.turn(go_on=go_on)
        except XSampleError as error:
            self._log("error", f"{error}; windows are trained without an estimate")
            self.close()
            return
        if self._training.done and (estimate := self._training.estimate) is not None:
            self._publish(ScoutEnded(at=time.time(), estimate=estimate))
            self._ended(estimate)

    def close(self) -> None:
        """Give up what still runs; trials wait no more."""
        self.active = False
        if self._training is not None:
            self._training.abandon()

    def _begin(self) -> None:
        made = ScoutTraining(self._run, self._worker_pool, self._say, compare=False, entries=self._entries)
        if made.done:
            self._ended(made.estimate)
        else:
            self._log("info", "the scout is trained first: one network under all windows in turn")
            self._training = made

    def _say(self, line: str) -> None:
        self._log("info", line)

    def _log(self, level: Level, line: str) -> None:
        self._publish(Logged(at=time.time(), level=level, text=line))

    def _ended(self, estimate: ScoutEstimate | None) -> None:
        """Order the trials by the estimate, where that is wanted; what a user has put first stays first."""
        self.close()
        order = self._run.spec.order
        if estimate is None or order not in SCOUTED:
            return
        document = self._run.document
        places = {
            trial.name: (trial.row, trial.col) if trial.row is not None and trial.col is not None else None
            for trial in document.trials
        }
        # Of all trials, so that a sweep that is resumed has the order that it had.
        arranged = best_order if order == "best" else promising_order
        self._queue.rearrange(arranged(document.training_order, places, estimate.loss))
