"""Compares a run's scout with the windows that have been trained since; it judges nothing."""

from __future__ import annotations

from ...core.run_state.run_progress import Progress
from ...core.scout.scout_estimate import ScoutEstimate
from ...core.scout.scout_ranking import ScoutRanking, scout_ranking
from ...store.run.run_folder import RunFolder
from ...store.scout_files import stored_estimate


def scout_agreement(run: RunFolder, progress: Progress | None = None) -> ScoutRanking | None:
    """Return how well a run's scout ranked its finished windows; None without a scout, or with fewer than 4.

    Args:
        run: the run.
        progress: what is known of its trials; None to read their files.
    """
    estimate = stored_estimate(run.path)
    return None if estimate is None else agreement_of(estimate, progress or run.progress())


def agreement_of(estimate: ScoutEstimate, progress: Progress) -> ScoutRanking | None:
    """Return how well an estimate ranked the finished windows, by their log-loss on the selection images."""
    trained = {
        entry.trial.name: entry.kept.val_loss
        for entry in progress.windows
        if entry.status == "done" and entry.kept is not None
    }
    return scout_ranking(estimate, trained)
