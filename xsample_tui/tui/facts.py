"""Facts: what filters and orders ask of a trial, as the table shows it."""

from __future__ import annotations

from ..core.filter import Facts
from ..core.progress import TrialProgress
from .link import Link


def facts_of(link: Link, entry: TrialProgress, *, marked: bool) -> Facts:
    """Return a trial's facts by the names of the filter language; None for what it has not got."""
    trial, kept = entry.trial, entry.kept
    return {
        "name": trial.name,
        "kind": trial.kind,
        "state": entry.status,
        "verdict": link.yardstick.verdict(entry),
        "marked": "yes" if marked else None,
        "acc": kept.val_accuracy if kept else None,
        "loss": kept.val_loss if kept else None,
        "train_acc": kept.accuracy if kept else None,
        "train_loss": kept.loss if kept else None,
        "errors": kept.val_errors if kept else None,
        "gain": link.yardstick.gain(entry),
        "paired": link.progress.paired_gain(trial.name),
        "ink": None if trial.is_baseline else trial.ink_removed,
        "epoch": len(entry.history),
        "seconds": sum(entry.seconds),
        "row": trial.row,
        "col": trial.col,
    }
