"""A run as one side of a comparison."""

from pathlib import Path

import numpy as np
import pytest

from tests.harness.finished_runs import dataset, finish, finished_run
from xsample_tui.core.comparison.comparison_text import sentences
from xsample_tui.stacking.findings.comparison_sides import contrast_of, side_of
from xsample_tui.stacking.pool.control_runs import lay_out_control_runs
from xsample_tui.stacking.pool.model_pool import ModelPool


def test_the_twins_that_arms_trained_are_baselines_of_a_comparison_too(tmp_path: Path) -> None:
    run, other = (finished_run(tmp_path, name, data=dataset(800)) for name in ("a", "b"))
    (twins,) = lay_out_control_runs(run, "seeds", 9)
    for trial in twins.document.trials:
        finish(twins, trial, 3.0)
    found = contrast_of(run, other)
    floors = found.a.floor(), found.b.floor()
    assert floors[0] is not None
    assert floors[1] is not None
    assert (floors[0].count, floors[1].count) == (9, 3)


def test_outputs_are_in_the_order_of_the_data(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    side = side_of(run)
    assert side.outputs is not None
    wrong = side.outputs()
    select = run.plan.split.select
    state, _ = run.latest("keep-r00-c02")
    assert state is not None
    expected = state.softmax["select"].argmax(axis=1) != run.dataset.labels[select]
    assert wrong["keep-r00-c02"].tolist() == expected[np.argsort(select)].tolist()
    assert wrong.keys() == {member.name for member in ModelPool(run).members}


def test_replicates_that_arms_trained_in_both_runs_are_compared_too(tmp_path: Path) -> None:
    windows = ["keep-r00-c00", "keep-r04-c04"]
    runs = [finished_run(tmp_path, name, data=dataset(800)) for name in ("a", "b")]
    for run, count in zip(runs, (2, 3), strict=True):
        (again,) = lay_out_control_runs(run, "replicates", 9, replicated=windows, replicates=count)
        for trial in again.document.trials:
            finish(again, trial, 3.0)
    found = contrast_of(*runs)
    assert found.outputs
    assert {window.name for window in found.windows if window.trainings == 3 and window.twins} == set(windows)
    assert {window.trainings for window in found.windows if window.name not in windows} == {1}
    first = found.windows[0]
    table = side_of(runs[0]).outputs
    assert table is not None
    errors = [rows.sum() for name, rows in table().items() if name.startswith("keep-r00-c00")]
    assert len(errors) == 3
    assert first.a == pytest.approx(np.mean(errors) / found.a.images)
    assert any(
        "2 of 9 were trained 3 times in both runs; means are compared, by pairs" in s for s in sentences(found)
    )


def test_replicates_that_cannot_be_read_are_none(tmp_path: Path) -> None:
    run = finished_run(tmp_path, "a", data=dataset(800))
    (again,) = lay_out_control_runs(run, "replicates", 9, replicated=["keep-r00-c00"], replicates=1)
    for trial in again.document.trials:
        finish(again, trial, 3.0)
    assert [entry.trial.replicate for entry in side_of(run).replicates] == [1]
    (again.path / "spec.json").write_text("{")
    assert side_of(run).replicates == ()
