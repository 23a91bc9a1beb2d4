"""Collects the values of a trial that the filter and the sort order of the table use."""

from __future__ import annotations

from ...core.run_state.run_progress import TrialProgress
from ..heatmap.heatmap_metrics import METRICS
from ..session.run_session import RunSession
from ..view_models.filter_language import Facts


def facts_of(run_session: RunSession, entry: TrialProgress, *, marked: bool) -> Facts:
    """Return a trial's values by the names of the filter language; None for a value that it does not have."""
    trial, kept, test = entry.trial, entry.kept, run_session.baseline_test
    judged = test.judged.get(trial.name)
    return {
        "name": trial.name,
        "kind": trial.kind,
        "state": entry.status,
        "verdict": test.verdict(entry),
        "marked": "yes" if marked else None,
        "acc": kept.val_accuracy if kept else None,
        "loss": kept.val_loss if kept else None,
        "train_acc": kept.accuracy if kept else None,
        "train_loss": kept.loss if kept else None,
        "errors": kept.val_errors if kept else None,
        "gain": test.gain(entry),
        "class_gain": test.gain(entry, "class"),
        "z": METRICS["z"].value(run_session, entry),
        "rank": test.ranks.get(trial.name),
        "p": judged.p if judged else None,
        "p_holm": judged.p_holm if judged else None,
        "paired": run_session.progress.paired_gain(trial.name),
        "ink": None if trial.is_baseline else trial.ink_removed,
        "epoch": len(entry.history),
        "seconds": sum(entry.seconds),
        "row": trial.row,
        "col": trial.col,
    }
