"""Estimates of a scout."""

from __future__ import annotations

from xsample_tui.core.scout.scout_estimate import ScoutEstimate, ScoutScores
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.scout_files import store_estimate


def estimate(loss: tuple[float, ...], baseline: tuple[float, ...] | None = None) -> ScoutEstimate:
    names = tuple(f"w{number}" for number in range(len(loss)))
    errors = tuple(range(len(loss)))
    unmasked = None if baseline is None else ScoutScores(trained="baseline-s00", loss=baseline, errors=errors)
    scout = ScoutScores(trained="scout", loss=loss, errors=errors)
    return ScoutEstimate(windows=names, epochs=2, images=10, plan="p", digest="d", scout=scout, baseline=unmasked)


def give_estimate(run: RunFolder, *, turned: bool = False) -> ScoutEstimate:
    """Store an estimate that ranks the windows as they did, or the other way round."""
    progress = run.progress()
    names = tuple(trial.name for trial in run.document.trials if not trial.is_baseline)
    kept = [progress.trials[name].kept for name in names]
    loss = tuple((-1 if turned else 1) * one.val_loss if one is not None else 0.0 for one in kept)
    scores = ScoutScores(trained="scout", loss=loss, errors=tuple(range(len(names))))
    found = ScoutEstimate(windows=names, epochs=2, images=9, plan="p", digest="d" * 64, scout=scores)
    store_estimate(run.path, found)
    return found
