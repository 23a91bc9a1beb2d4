"""What a draft can find is said in the same words by the command and by the form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.finished_runs import finished_run
from tests.harness.interface import make_shown_run
from xsample_tui.core.run_state.eta import Estimate
from xsample_tui.core.run_state.run_progress import Progress
from xsample_tui.core.stats.detectable_effects import ASSUMED, ASSUMED_ERRORS
from xsample_tui.services.what_can_be_found import expected_errors, what_can_be_found
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.measuring.cost_estimate import CostEstimate

COST = CostEstimate(36, 10, 1e6, Estimate(1.0, 2.0, 3.0), False, 2, 1.0, 0.0, 1000)


def test_without_a_finished_run_on_the_data_the_number_of_errors_is_assumed(tmp_path: Path) -> None:
    assert expected_errors(tmp_path, "demo") == (ASSUMED_ERRORS, ASSUMED)
    assert ASSUMED in what_can_be_found(COST, tmp_path, "demo")[-1] + what_can_be_found(COST, tmp_path, "demo")[0]


def test_a_finished_run_on_the_data_gives_the_number_of_errors(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    share, origin = expected_errors(run.path.parent, run.spec.source)
    errors = [entry.kept.val_errors for entry in run.progress().baselines if entry.kept]
    images = len(run.plan.split.select)
    assert abs(share - sum(errors) / len(errors) / images) < 1e-9
    assert origin == f"as in {run.name}"
    assert expected_errors(run.path.parent, "another source") == (ASSUMED_ERRORS, ASSUMED)


def test_only_runs_on_the_data_are_read_and_one_that_cannot_be_read_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = finished_run(tmp_path)
    runs = run.path.parent
    make_shown_run(runs, "newer", source="another source")
    make_shown_run(runs, "unreadable", source=run.spec.source)
    (runs / "damaged").mkdir()
    (runs / "damaged" / "spec.json").write_text("{")
    read: list[str] = []
    whole = RunFolder.progress

    def progress(self: RunFolder) -> Progress:
        read.append(self.name)
        if self.name == "unreadable":
            raise PermissionError(13, "Permission denied")
        return whole(self)

    monkeypatch.setattr(RunFolder, "progress", progress)
    assert expected_errors(runs, run.spec.source)[1] == f"as in {run.name}"
    assert read == ["unreadable", run.name]
