"""Simulated workers: the tests' lease, whose results come when simulated time has passed, if they come."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from random import Random
from typing import Any

from tests.harness import fake_lease
from xsample_tui.core.run_state.run_events import EpochDone, Level
from xsample_tui.core.training.epoch_metrics import EpochMetrics
from xsample_tui.core.training.lease import LeaseOrder
from xsample_tui.core.training.trial_state import TrialState
from xsample_tui.sweep.workers import worker_process
from xsample_tui.sweep.workers.worker_pool import WorkerPool
from xsample_tui.sweep.workers.worker_slot import CannotStart, OutOfTouch, Slot, WorkerDied

from .clock import Clock

SIGN_EVERY = 1.0
# What the scheduler takes for the trial's own fault is more deaths in a row than this, without an epoch between them.
MOST_DEATHS = 4


_ERRORS: dict[str, Exception] = {
    "images": OSError(5, "Input/output error", "dataset.npz"),
    "memory": MemoryError("Unable to allocate 1 GiB"),
    "threads": RuntimeError("can't start new thread"),
    "room on the GPU": type("ResourceExhaustedError", (Exception,), {})("OOM when allocating"),
    "packages": ModuleNotFoundError("No module named 'tensorflow'"),
    "a GPU": type("InternalError", (Exception,), {})("the GPU fails"),
}
BLIND, STARVED, WITHOUT = "images", ("memory", "threads", "room on the GPU"), ("packages", "a GPU")


class Worker(Slot):
    """A slot whose worker may die, hang, be suspended, or not start.

    Args:
        number: of the slot.
        clock: of the machine.
        chance: how long epochs take.
        cluster: whether it is one of a cluster: leases heed requests, and it may be out of touch.
        pace: how many times as long as usual its epochs take.
        deaths: how often in a row each trial's worker was ended; shared by all workers.

    Attributes:
        suspended_until: monotonic time at which it goes on; set by :meth:`suspend`.
        refuses_until: monotonic time until which no process can be started.
        hung: whether it will never answer again.
        trial: of its last lease.
    """

    def __init__(
        self, number: int, clock: Clock, chance: Random, deaths: dict[str, int], *, cluster: bool, pace: float = 1.0
    ) -> None:
        self.name, self.host = f"worker-{number}", "simulated"
        self.heeds = cluster
        self.suspended_until = self.refuses_until = self._lacks_until = 0.0
        self._lacks = BLIND
        self.hung = False
        # Its sign of life when it was suspended or hung: it gives no other meanwhile.
        self._last_sign: object = None
        self.deaths = deaths
        self._clock = clock
        self._chance = chance
        self._pace = pace
        self._held: dict[str, TrialState] = {}
        self._started_at: float | None = clock.now if cluster else None
        self._lag = 0.0
        self._future: Future[Any] | None = None
        self.trial = ""
        self._life = 0
        self._hasten = False
        self._told: list[EpochDone] = []
        # What the epochs of the current lease gave so far.
        self._metrics: tuple[EpochMetrics, ...] = ()
        self._seconds: tuple[float, ...] = ()

    # -- the scheduler's side ------------------------------------------------------------------------------------

    def submit(self, entry: str, *arguments: Any) -> Future[Any]:
        """Compute the lease now, and give its result when its time has passed."""
        order: LeaseOrder = arguments[0]
        future: Future[Any] = Future()
        if self.gone:
            future.set_exception(OutOfTouch("the worker left"))
            return future
        if self._clock.now < self.refuses_until:
            future.set_exception(CannotStart("Resource temporarily unavailable"))
            return future
        if self._started_at is None:
            self._started_at = self._clock.now + self._chance.uniform(0.1, 30.0)
        self._future, self.trial, self._hasten, self._told = future, order.trial.name, False, []
        self._metrics, self._seconds = (), ()
        begin = max(self._started_at, self._clock.now)
        self._step(self._life, order, begin)
        return future

    def sign(self) -> object:
        """Return what a live worker's signs of life come to."""
        if self.hung or self._clock.now < self.suspended_until:
            return self._last_sign
        if self._started_at is None or self._clock.now < self._started_at:
            return None
        return int((self._clock.now - self._started_at) / SIGN_EVERY)

    def hasten(self) -> None:
        """End the lease after its current epoch."""
        self._hasten = True

    def update(self) -> list[EpochDone]:
        """Return the epochs published since the last call."""
        told, self._told = self._told, []
        return told

    def kill(self) -> None:
        """End the worker, on the scheduler's behalf."""
        if self.heeds:
            self.gone = True
        self._end()

    # -- the adversary's side ------------------------------------------------------------------------------------

    def die(self) -> bool:
        """End the worker from outside; return whether that is done: not so often that the trial seems to be why."""
        if self._future is not None:
            if self.deaths.get(self.trial, 0) >= MOST_DEATHS:
                return False
            # One that has not begun is not the trial's to answer for.
            if self.sign() is not None:
                self.deaths[self.trial] = self.deaths.get(self.trial, 0) + 1
        future, self._future = self._future, None
        self.gone = self.heeds
        self._end()
        if future is not None:
            future.set_exception(WorkerDied("the worker ended: SIGKILL(-9)"))
        return True

    def suspend(self, seconds: float) -> None:
        """Stop the worker for some seconds, from now on."""
        self._last_sign = self.sign()
        self.suspended_until = self._clock.now + seconds

    def hang(self) -> bool:
        """Let the worker never answer again; return whether that is done."""
        if self._future is None or self.hung or self.deaths.get(self.trial, 0) >= MOST_DEATHS:
            return False
        self.deaths[self.trial] = self.deaths.get(self.trial, 0) + 1
        self._last_sign, self.hung = self.sign(), True
        return True

    def lack(self, what: str, seconds: float) -> bool:
        """Let every lease end by an error for some seconds; return that this is done.

        Args:
            what: of :data:`BLIND`, :data:`STARVED` and :data:`WITHOUT`.
            seconds: how long.
        """
        self._lacks, self._lacks_until = what, self._clock.now + seconds
        return True

    def leave(self) -> None:
        """Leave the cluster for good."""
        future, self._future = self._future, None
        self.gone = True
        self._end()
        if future is not None:
            future.set_exception(OutOfTouch("the worker left"))

    def _end(self) -> None:
        self._life += 1
        self._held, self._started_at, self.hung, self._future = {}, None, False, None
        self.suspended_until = 0.0

    def _step(self, life: int, order: LeaseOrder, begin: float) -> None:
        """Train one epoch of a lease, or only give the state back."""
        seconds = 0.05
        if order.epochs:
            seconds = self._chance.choice((0.5, 2.0, 8.0)) * self._chance.uniform(0.5, 1.5) * self._pace
        self._clock.at(begin + seconds, lambda: self._finish(life, order, begin))

    def _finish(self, life: int, order: LeaseOrder, begin: float) -> None:
        future = self._future
        if life != self._life or future is None or self.hung:
            return
        if self._clock.now < self.suspended_until:
            self._clock.at(self.suspended_until + 0.01, lambda: self._finish(life, order, begin))
            return
        if self._clock.now < self._lacks_until:
            self._future = None
            error = _ERRORS[self._lacks]
            future.set_exception(worker_process._not_the_trials(error, begun=True) or error)
            return
        last = order.epochs <= 1 or self._hasten
        one = replace(order, epochs=min(order.epochs, 1), want_state=order.want_state and last)
        before, fake_lease.held = fake_lease.held, self._held
        try:
            result = fake_lease.run(one, None)
        except Exception as error:
            self._future = None
            future.set_exception(error)
            return
        finally:
            fake_lease.held = before
        self.deaths.pop(order.trial.name, None)
        # The tests' lease takes no simulated time.
        took = (self._clock.now - begin,) * len(result.metrics)
        self._metrics, self._seconds = self._metrics + result.metrics, self._seconds + took
        if result.stop_reason is None and not last:
            for metrics, seconds in zip(result.metrics, took, strict=True):
                name = order.trial.name
                self._told.append(EpochDone(at=self._clock.wall, trial=name, metrics=metrics, seconds=seconds))
            self._step(life, replace(order, epoch=result.epoch, epochs=order.epochs - 1, state=None), self._clock.now)
            return
        self._future = None
        future.set_result(replace(result, metrics=self._metrics, seconds=self._seconds))


class Workers(WorkerPool):
    """The workers of a simulated machine or cluster.

    Args:
        count: how many at first.
        clock, chance, deaths: as of :class:`Worker`.
        cluster: whether they come and go.
        pace: as of :class:`Worker`.
    """

    def __init__(
        self, count: int, clock: Clock, chance: Random, deaths: dict[str, int], *, cluster: bool, pace: float = 1.0
    ) -> None:
        self._make = functools.partial(Worker, clock=clock, chance=chance, deaths=deaths, cluster=cluster, pace=pace)
        self._numbers = count
        self._notes: list[tuple[Level, str]] = []
        self.cluster = cluster
        self.workers = [self._make(number) for number in range(count)]

    def slots(self) -> Sequence[Slot]:
        """Return the slots there are now."""
        if self.cluster:
            for index, worker in enumerate(self.workers):
                # A worker that was given up comes back as another slot, as from Dask's nanny.
                if worker.gone:
                    self.workers[index] = self._make(self._numbers)
                    self._numbers += 1
        return list(self.workers)

    def notes(self) -> list[tuple[Level, str]]:
        """Return nothing: what happens to workers is the adversary's to know."""
        return []
