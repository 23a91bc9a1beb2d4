"""How well a scout ranked a run's windows: of those that are finished, by their log-loss."""

from pathlib import Path

import pytest

from tests.harness.finished_runs import finished_run
from tests.harness.scout_estimates import give_estimate
from xsample_tui.stacking.findings.scout_agreement import scout_agreement


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
