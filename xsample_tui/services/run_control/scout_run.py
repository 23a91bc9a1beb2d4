"""Trains and evaluates a run's scout, and says what it found."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from typing import Any

from ...core.errors import ArgumentError, InputError
from ...core.scout.scout_estimate import ScoutEstimate
from ...core.scout.scout_ranking import ScoutRanking
from ...stacking.findings.scout_agreement import scout_agreement
from ...store.control.run_lock import RunLock
from ...store.run.run_folder import RunFolder
from ...sweep.cluster.cluster_address import ClusterAddress
from ...sweep.machine.training_packages import need_training_packages
from ...sweep.scout.scout_training import ScoutTraining
from ...sweep.workers.worker_pool import LocalPool, WorkerPool
from ...sweep.workers.worker_slot import ProcessSlot


@dataclass(frozen=True)
class ScoutAnswer:
    """A run's scout.

    Attributes:
        run: the run.
        estimate: how well one network does under each of its windows.
        ranking: how well that agrees with the windows that are trained; None with fewer than 4.
    """

    run: RunFolder
    estimate: ScoutEstimate
    ranking: ScoutRanking | None

    def facts(self) -> dict[str, Any]:
        """Return everything as plain values for JSON."""
        estimate = self.estimate
        facts = estimate.model_dump(mode="json") | {"rank": [estimate.rank[window] for window in estimate.windows]}
        return {"run": self.run.name} | facts | {"ranking": self.ranking and self.ranking.facts()}

    def rows(self) -> list[dict[str, Any]]:
        """Return a row a window, the least log-loss first.

        Each has ``rank``, ``window``, ``row``, ``col``, ``log_loss`` (nats), ``errors``, and ``baseline_log_loss``,
        None where no baseline was evaluated.
        """
        estimate = self.estimate
        trials = {trial.name: trial for trial in self.run.document.trials}
        errors = dict(zip(estimate.windows, estimate.scout.errors, strict=True))
        unmasked = dict(zip(estimate.windows, estimate.baseline.loss, strict=True)) if estimate.baseline else {}
        return [
            {
                "rank": estimate.rank[window],
                "window": window,
                "row": trials[window].row,
                "col": trials[window].col,
                "log_loss": estimate.loss[window],
                "errors": errors[window],
                "baseline_log_loss": unmasked.get(window),
            }
            for window in sorted(estimate.windows, key=estimate.rank.__getitem__)
        ]


def scout_run(
    run: RunFolder,
    epochs: int | None = None,
    where: ClusterAddress | None = None,
    *,
    say: Callable[[str], None] = lambda line: None,
) -> ScoutAnswer:
    """Return a run's scout; what is missing of it is trained and evaluated first, in worker processes.

    Args:
        run: the run.
        epochs: passes over the train images; None for as many as a window has.
        where: the cluster that trains and evaluates; None for as many workers of this machine as the run has.
        say: receives a line for every epoch and part of the evaluation.

    Raises:
        InputError: epochs out of range, the run has no windows, or there is no way to the cluster.
        RunBusy: something trains it now.
        ScoutFailed: it cannot be trained.
    """
    if epochs is not None and not 1 <= epochs <= 100_000:
        raise ArgumentError("epochs", epochs, "choose from 1 to 100,000")
    if all(trial.is_baseline for trial in run.document.trials):
        raise InputError("run", run.name, "has no windows to estimate; name a run that has")
    owner = RunLock(run.path, say)
    try:
        run.make_folders()
        worker_pool = _worker_pool(run, where)
        work = ScoutTraining(run, worker_pool, say, epochs=epochs)
        try:
            if not work.done:
                if where is None:
                    need_training_packages()
                worker_pool.open(lambda: True)
                worker_pool.resize(run.spec.machine.jobs, ())
            while not work.done:
                # New workers of a cluster are looked for now and then, without a lease too.
                wait(work.futures or [Future()], timeout=0.1, return_when=FIRST_COMPLETED)
                work.turn()
                for _, note in worker_pool.notes():
                    say(note)
        finally:
            worker_pool.close()
    finally:
        owner.release()
    assert work.estimate is not None
    return ScoutAnswer(run, work.estimate, scout_agreement(run))


def _worker_pool(run: RunFolder, where: ClusterAddress | None) -> WorkerPool:
    """Return the workers that train and evaluate; of this machine there are none until they are needed."""
    if where is not None:
        # Imported here: nothing of it is needed on one machine.
        from ...sweep.cluster.dask_pool import DaskPool

        return DaskPool(where, run)
    logs = run.path.resolve() / "logs"
    machine = run.spec.machine
    return LocalPool(lambda number: ProcessSlot(logs / f"scout-{number}.log", machine, number), 0)
