"""A run's trials and epochs as rows of tables."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from .run_progress import Progress, TrialProgress

if TYPE_CHECKING:
    import pandas as pd

Cell = str | int | float | None
_COUNTS = ("row", "col", "height", "width", "epoch", "val_errors", "stream", "paired_gain")


def rows(progress: Progress) -> list[dict[str, Cell]]:
    """Return one row a trial, in the plan's order; what is not known yet is None.

    ``epoch`` and the metrics are those of the epoch whose weights the trial keeps (or has, while it runs);
    ``gain`` is how many images more than the baselines' mean it has right there, ``paired_gain`` how many more than
    its ``twin``, the whole-image network of the same stream. ``protocol`` is ``article``
    where test data stopped and selected, so that no score of the row is sound; else ``honest``.
    """
    return [_row(progress, entry) for entry in progress.trials.values()]


def history(progress: Progress) -> list[dict[str, Cell]]:
    """Return one row an epoch of every trial, in the plan's order; ``seconds`` of wall time."""
    return [
        {
            "trial": entry.trial.name,
            "kind": entry.trial.kind,
            "row": entry.trial.row,
            "col": entry.trial.col,
            **dataclasses.asdict(metrics),
            "seconds": seconds,
        }
        for entry in progress.trials.values()
        for metrics, seconds in zip(entry.history, entry.seconds, strict=True)
    ]


def frame(table: list[dict[str, Cell]]) -> pd.DataFrame:
    """Return rows as a pandas frame, in which counts stay whole numbers where some are not known."""
    # Imported late: it takes a third of a second, and only this needs it.
    import pandas as pd

    made = pd.DataFrame(table)
    for column in (name for name in _COUNTS if name in made):
        made[column] = made[column].astype("Int64")
    return made


def _row(progress: Progress, entry: TrialProgress) -> dict[str, Cell]:
    trial, kept, twin = entry.trial, entry.kept, progress.twin(entry.trial.name)
    return {
        "trial": trial.name,
        "kind": trial.kind,
        "row": trial.row,
        "col": trial.col,
        "height": trial.height,
        "width": trial.width,
        "status": entry.status,
        "message": entry.message,
        "epochs": len(entry.history),
        "epoch": kept.epoch if kept else None,
        "loss": kept.loss if kept else None,
        "accuracy": kept.accuracy if kept else None,
        "val_loss": kept.val_loss if kept else None,
        "val_accuracy": kept.val_accuracy if kept else None,
        "val_errors": kept.val_errors if kept else None,
        "gain": progress.gain(trial.name),
        "stream": trial.stream,
        "twin": None if twin is None else twin.trial.name,
        "paired_gain": progress.paired_gain(trial.name),
        "pixels_zeroed": trial.pixels_zeroed,
        "ink_removed": trial.ink_removed,
        "images_touched": trial.images_touched,
        "seconds": sum(entry.seconds),
        "protocol": "article" if progress.spec.article_protocol else "honest",
    }
