"""Any number of runs side by side."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean

import pytest

from tests.harness.finished_runs import finish, finished_run
from tests.harness.runs import make_run
from xsample_tui.core.errors import InputError
from xsample_tui.stacking.blending.blend import blend_select
from xsample_tui.stacking.blending.blender_registry import blender
from xsample_tui.stacking.findings.comparison_sides import contrast_of
from xsample_tui.stacking.findings.runs_beside import MOST_RUNS, runs_beside
from xsample_tui.stacking.pool.control_runs import lay_out_control_runs
from xsample_tui.stacking.pool.member_selection import TopMembers
from xsample_tui.stacking.pool.model_pool import open_pool


def test_runs_are_judged_as_each_is_alone(tmp_path: Path) -> None:
    one = finished_run(tmp_path, "one")
    two = finished_run(tmp_path, "two", strength=lambda trial: 3.0 if trial.is_baseline else 2.0)
    other = finished_run(tmp_path, "other", seed=9, leave=("keep-r00-c00",))
    (seeds,) = lay_out_control_runs(one, "seeds", 9)
    for trial in seeds.document.trials:
        finish(seeds, trial, 2.5)
    a, b, c = runs_beside([one, two, other])
    assert [a.same_images, b.same_images, c.same_images] == [True, True, False]
    assert (len(a.accuracy), len(c.accuracy)) == (9, 8)
    pool = open_pool(two)
    blend = blend_select(pool.select, TopMembers(5, pool.pools().windows), blender("mean"), two.spec.seed)
    assert b.windows == blend.score
    # Three baselines are no blend of five; with the twins that were trained beside the run there are as many.
    assert b.seeds is None
    assert a.seeds is not None
    assert b.contrast is not None
    assert [w.gain for w in b.contrast.windows] == [w.gain for w in contrast_of(one, two).windows]
    assert a.contrast is None
    assert b.best is not None
    assert b.best[1] == max(b.accuracy.values())
    epoch, mean = b.curve("windows")[-1]
    assert epoch == 2
    assert mean == pytest.approx(fmean(b.accuracy.values()))
    assert b.curve("best")[-1] == (2, b.best[1])
    assert len(b.curve("baselines")) == 2


def test_a_run_without_results_has_none_and_says_why(tmp_path: Path) -> None:
    a, b = runs_beside([finished_run(tmp_path, "one"), make_run(tmp_path, "new")])
    assert (b.windows, b.best, b.baseline, b.curve("best")) == (None, None, None, ())
    assert "no trial is finished" in b.problem
    assert a.problem == ""


def test_runs_are_between_two_and_six_and_each_once(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    for runs in ([run], [run] * (MOST_RUNS + 1)):
        with pytest.raises(InputError, match=r"^runs: \d: compare from 2 to 6 runs"):
            runs_beside(runs)
    with pytest.raises(InputError, match=r"^runs: r: name each run once"):
        runs_beside([run, run])
