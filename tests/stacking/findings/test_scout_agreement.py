"""How well a scout ranked a run's windows: of those that are finished, by their log-loss."""

from pathlib import Path

import pytest

from tests.harness.finished_runs import finished_run
from xsample_tui.core.scout.scout_estimate import ScoutEstimate, ScoutScores
from xsample_tui.stacking.findings.scout_agreement import scout_agreement
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.scout_files import store_estimate


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


def test_it_compares_the_finished_windows(tmp_path: Path) -> None:
    run = finished_run(tmp_path, leave=("keep-r00-c00",))
    assert scout_agreement(run) is None
    give_estimate(run)
    found = scout_agreement(run)
    assert found is not None
    assert found.windows == 8
    assert found.spearman == pytest.approx(1)
    give_estimate(run, turned=True)
    found = scout_agreement(run, run.progress())
    assert found is not None
    assert found.spearman == pytest.approx(-1)


def test_with_too_few_windows_it_says_nothing(tmp_path: Path) -> None:
    names = [f"keep-r0{row}-c0{col}" for row in (0, 2, 4) for col in (0, 2, 4)]
    run = finished_run(tmp_path, leave=tuple(names[3:]))
    give_estimate(run)
    assert scout_agreement(run) is None
