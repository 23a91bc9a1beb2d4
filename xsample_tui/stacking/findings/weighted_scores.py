"""The scores of models in which every class counts alike, from stored outputs."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.errors import XSampleError
from ...core.run_state.result_rows import Cell
from ...core.stats.class_weights import balanced_accuracy, balanced_log_loss
from ...store.run.run_folder import RunFolder
from ..pool.model_pool import ModelPool, open_pool


@dataclass(frozen=True)
class WeightedScore:
    """What a model achieves on the selection images where every class counts alike.

    Attributes:
        accuracy: the mean over the classes of the share of their images that are right.
        log_loss: the mean over the classes of their images' mean log-loss, in nats.
    """

    accuracy: float
    log_loss: float


def weighted_scores(models: ModelPool) -> dict[str, WeightedScore]:
    """Return each member's score by its name."""
    select = models.select
    accuracies = balanced_accuracy(select.correct, select.labels).tolist()
    losses = balanced_log_loss(select.true, select.labels).tolist()
    return {
        member.name: WeightedScore(accuracy, loss)
        for member, accuracy, loss in zip(models.members, accuracies, losses, strict=True)
    }


def add_weighted_scores(
    run: RunFolder, rows: list[dict[str, Cell]], models: ModelPool | None = None
) -> list[dict[str, Cell]]:
    """Return a run's rows of trials with ``balanced_accuracy`` and ``balanced_log_loss`` after ``val_errors``.

    Both are None for trials that are not finished, or whose outputs cannot be read.

    Args:
        run: the run.
        rows: of :func:`~xsample_tui.core.run_state.result_rows.rows`.
        models: a pool that holds the run's models, where one is open; None to read their outputs.
    """
    try:
        pool = models or open_pool(run, "run")
        own = {member.name for member in pool.members if member.run.path == run.path}
        scores = {name: score for name, score in weighted_scores(pool).items() if name in own}
    except (XSampleError, OSError):
        # What the trials' records say is given all the same.
        scores = {}
    found = []
    for row in rows:
        score = scores.get(str(row["trial"]))
        new: dict[str, Cell] = {}
        for name, value in row.items():
            new[name] = value
            if name == "val_errors":
                new["balanced_accuracy"] = None if score is None else score.accuracy
                new["balanced_log_loss"] = None if score is None else score.log_loss
        found.append(new)
    return found
