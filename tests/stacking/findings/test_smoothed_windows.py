"""The smoothed map of a run."""

from pathlib import Path

import pytest

from tests.harness.finished_runs import dataset, finished_run
from xsample_tui.core.training.trial_plan import Trial
from xsample_tui.stacking.findings.smoothed_windows import smoothed
from xsample_tui.stacking.pool.model_pool import ModelPool


def test_a_runs_windows_are_smoothed_the_same_each_time(tmp_path: Path) -> None:
    models = ModelPool(finished_run(tmp_path, baselines=6))
    one, two = smoothed(models), smoothed(models)
    assert one is not None
    assert two is not None
    assert one.facts() == two.facts()
    base = models.select.errors[models.pool("baselines")].mean()
    for name, gain, place in zip(one.names, one.gains, one.places.tolist(), strict=True):
        trial = models.members[models.index[name]].trial
        assert gain == pytest.approx(base - models.select.errors[models.index[name]])
        assert place == [trial.row, trial.col]
    assert one.step == 2
    assert one.images


def test_windows_that_are_better_on_one_side_are_found_there(tmp_path: Path) -> None:
    def strength(trial: Trial) -> float:
        return 9.0 if trial.col == 4 else 3.0

    run = finished_run(tmp_path, baselines=12, strength=strength, data=dataset(2000))
    found = smoothed(ModelPool(run))
    assert found is not None
    assert {"keep-r00-c04", "keep-r02-c04", "keep-r04-c04"} <= set(found.better)
    assert "rows 0 to 4" in found.sentence()


@pytest.mark.parametrize(
    "changes", [{"baselines": 1}, {"windows": {"only": ("keep-r00-c00", "keep-r00-c02", "keep-r02-c02")}}]
)
def test_too_little_gives_no_map(tmp_path: Path, changes: dict[str, object]) -> None:
    assert smoothed(ModelPool(finished_run(tmp_path, **changes))) is None  # type: ignore[arg-type]
