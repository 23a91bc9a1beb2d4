"""Knows which windows of a run wait at a rung or are parked there, from their histories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..halving.rung_decisions import Decisions, Standing, decide
from .run_progress import Progress, TrialProgress

NOTHING = Decisions({}, ())


def decisions(progress: Progress) -> Decisions:
    """Return what the histories of a run's windows decide; nothing where every window is trained to its end.

    It is computed once for each version of the progress. Baselines are never parked. A run that holds the twins of a
    sweep's windows alone has them go through the rungs.
    """
    spec = progress.spec
    if not spec.has_rungs:
        return NOTHING
    version = progress.version
    if progress.rungs is not None and progress.rungs[0] == version:
        return progress.rungs[1]
    entries = progress.windows or progress.baselines
    found = decide(
        spec.training.epochs,
        spec.halving_factor,
        spec.halving_least,
        {entry.trial.name: [metrics.stop_loss for metrics in entry.history] for entry in entries},
        {entry.trial.name for entry in entries if entry.status in ("failed", "skipped")},
        {entry.trial.name: entry.trial.joined for entry in entries},
    )
    progress.rungs = version, found
    return found


def to_join(progress: Progress) -> tuple[int, int]:
    """Return how many windows can still join at rungs, and how many epochs more are trained then, at most."""
    spec, windows = progress.spec, [entry.trial.window for entry in progress.windows if not entry.trial.joined]
    decided = len(decisions(progress).decided)
    if spec.search != "refine" or not windows:
        return 0, 0
    places = [window for window in windows if window is not None]
    shape = max(window.row + window.height for window in places), max(window.col + window.width for window in places)
    most = spec.rung_totals(len(windows), shape, decided)
    return sum(most.joined), most.epochs - spec.rung_totals(len(windows)).epochs


def waits(entry: TrialProgress, standings: Mapping[str, Standing]) -> bool:
    """Whether a trial has all epochs that it may have for now."""
    standing = standings.get(entry.trial.name)
    return standing is not None and len(entry.history) >= standing.limit


def waiting_words(limit: int, epochs: int) -> str:
    """Return what a trial waits for at a rung that is not decided yet."""
    return f"waits until every window has {limit} of {epochs} epochs"


def resting(entry: TrialProgress, standing: Standing, epochs: int) -> TrialProgress:
    """Return a trial that nobody trains now, with the status and the message that its standing gives it."""
    if standing.parked:
        return replace(entry, status="parked", message=f"behind at the rung of epoch {standing.limit}", slot=None)
    if entry.history and len(entry.history) >= standing.limit:
        words = waiting_words(standing.limit, epochs)
        return replace(entry, status="paused", message=words, slot=None)
    return replace(entry, status="paused" if entry.history else "pending", message="", slot=None)


def park(progress: Progress) -> Mapping[str, Standing]:
    """Give the windows that rest the status that their standing gives them; return the standings.

    Trials whose files could not be read keep what is said of them.
    """
    standings = decisions(progress).standings
    for name, standing in standings.items():
        entry = progress.trials[name]
        if entry.status in ("pending", "paused") and name not in progress.doubts:
            progress.trials[name] = resting(entry, standing, progress.spec.training.epochs)
    return standings
