"""Arms of a sweep by successive halving: what each blend chooses from has gone through the same rungs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.harness.inline_slot import InlineSlot
from tests.harness.runs import digests, make_run
from xsample_tui.core.errors import InputError
from xsample_tui.core.run_state.rung_standings import decisions
from xsample_tui.services.arm_question import pool_size
from xsample_tui.stacking.arms.arm_blends import plan_arms
from xsample_tui.stacking.arms.arm_candidates import Candidates
from xsample_tui.stacking.arms.arm_comparison import compare_arms
from xsample_tui.stacking.blending.blender_registry import blender
from xsample_tui.stacking.findings.run_summary import summary
from xsample_tui.stacking.findings.smoothed_windows import smoothed
from xsample_tui.stacking.findings.window_classes import window_classes
from xsample_tui.stacking.findings.window_judgement import judge
from xsample_tui.stacking.pool.control_runs import (
    control_runs_of,
    lay_out_control_runs,
    missing,
    progress_with_controls,
    window_count,
)
from xsample_tui.stacking.pool.model_pool import ModelPool, open_pool
from xsample_tui.stacking.pool.run_extension import extend_run
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.controller import Controller

WINDOWS, ON = 9, 4


def train(run: RunFolder) -> None:
    assert (
        Controller(run, lambda number: InlineSlot(), lease="tests.harness.fake_lease:run_judged").work() == "finished"
    )


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run of 3 baselines and 9 windows, of which 4 came through the rung after epoch 1 of 3."""
    made = make_run(
        tmp_path, windows={"stride": 2}, baselines=3, search="halving", halving_factor=3, halving_least=ON
    )
    train(made)
    return made


def names(models: ModelPool, members: tuple[int, ...]) -> set[str]:
    return {models.members[index].name for index in members}


def test_every_test_counts_the_parked_windows(run: RunFolder) -> None:
    models = open_pool(run)
    assert (len(models.parked), models.screened) == (WINDOWS - ON, WINDOWS)
    found = judge(models)
    assert (len(found.windows), found.screened, found.parked) == (ON, WINDOWS, (1,) * (WINDOWS - ON))
    least = min(max(window.p, window.mcnemar_p) for window in found.windows)
    assert min(window.p_holm for window in found.windows) == pytest.approx(min(WINDOWS * least, 1))
    assert (
        "successive halving: 5 of 9 windows are parked (5 after epoch 1); they are no results, and tests are "
        "corrected for all 9; intervals hold for the trainings that rungs chose, and a window that confirm trains "
        "again gains less on average"
    ) in found.sentences()
    assert any("after correction for 9" in line for line in found.sentences())
    by_class = window_classes(models)
    assert by_class.p_holm.min() == pytest.approx(min(by_class.p.min() * WINDOWS * by_class.p.shape[1], 1))
    assert smoothed(models) is None, "its band holds for windows that nobody chose"


def test_without_twins_that_went_through_the_rungs_there_is_no_verdict(run: RunFolder) -> None:
    said = summary(run)
    assert said.verdict == "no verdict"
    assert said.lines[0].startswith("No verdict on blending windows: these came through rungs")
    assert said.lines[1].startswith("What would give a verdict: xsample-tui arms r")
    with pytest.raises(InputError, match="baselines are finished"):
        plan_arms(Candidates.of(open_pool(run)), 3)


def test_twins_go_through_the_same_rungs(run: RunFolder) -> None:
    assert missing(run).trials["seeds"] == WINDOWS
    (seeds,) = lay_out_control_runs(run, "seeds", WINDOWS)
    assert len(seeds.document.trials) == WINDOWS
    assert (seeds.spec.search, seeds.spec.halving_factor, seeds.spec.halving_least) == ("halving", 3, ON)
    # The run's own baselines are among them, and copied.
    assert seeds.progress().counts()["done"] == 3
    train(seeds)
    losses = {e.trial.name: e.history[0].stop_loss or 0.0 for e in seeds.progress().baselines}
    best = set(sorted(losses, key=lambda name: losses[name])[:ON])
    models = open_pool(run)
    pools = models.pools(rungs=True)
    assert names(models, pools.seeds) == best
    assert len(pools.windows) == ON
    # Noise is measured from networks that nothing has chosen.
    own = {"baseline-s00", "baseline-s01", "baseline-s02"}
    assert names(models, models.pools().seeds) == own
    assert {entry.trial.name for entry in progress_with_controls(run).seeds} == own
    study = compare_arms(Candidates.of(models), 3, blender("mean"))
    assert study.primary.name == "A - B"
    assert {len(study.results[letter].plan.pool) for letter in "AB"} == {ON}
    assert study.primary.verdict != "no verdict"
    assert (
        "Successive halving: 4 of 9 windows and 4 of as many whole-image networks came through the same rungs, and "
        "each blend chooses among these"
    ) in study.answer
    assert missing(run).trials["seeds"] == 0
    lay_out_control_runs(run, "seeds", WINDOWS)
    assert len(control_runs_of(run)["seeds"]) == 1


def test_random_masks_go_through_them_too_and_replicates_do_not(run: RunFolder) -> None:
    (random,) = lay_out_control_runs(run, "random", WINDOWS)
    train(random)
    models = open_pool(run)
    assert len(models.pools(rungs=True).random) == ON
    best = names(models, models.pools().windows)
    (again,) = lay_out_control_runs(run, "replicates", WINDOWS, replicated=sorted(best)[:2], replicates=1)
    assert again.spec.search == "all"


def test_trained_on_all_of_them_are(run: RunFolder) -> None:
    (seeds,) = lay_out_control_runs(run, "seeds", WINDOWS)
    train(seeds)
    found = extend_run(run, parked=True)
    assert [folder.name for folder in found.controls] == ["r-seeds"]
    for folder in (found.folder, *found.controls):
        train(folder)
    models = open_pool(found.folder)
    pools = models.pools()
    assert (len(pools.windows), len(pools.matched), models.parked) == (WINDOWS, WINDOWS, [])
    assert judge(models).screened == WINDOWS


def test_a_pool_of_another_size_is_refused(run: RunFolder) -> None:
    assert pool_size(run, 3, None) == WINDOWS
    with pytest.raises(InputError, match="pool: 5: 9 windows go through rungs"):
        pool_size(run, 3, 5)


@pytest.fixture
def refined(tmp_path: Path) -> RunFolder:
    """A run of 3 baselines and 4 windows, of which 3 came through the rung after epoch 1 of 6, and others joined."""
    settings: dict[str, Any] = {"search": "refine", "halving_factor": 3, "halving_least": 3}
    made = make_run(tmp_path, windows={"stride": 4}, training={"epochs": 6}, baselines=3, **settings)
    train(made)
    return made


def decided(run: RunFolder) -> tuple[tuple[int, int, int], ...]:
    return decisions(run.progress()).decided


def test_twins_of_windows_that_joined_join_where_these_did(refined: RunFolder) -> None:
    count = window_count(refined)
    joined = {trial.stream: trial.joined for trial in refined.document.trials if not trial.is_baseline}
    assert set(joined.values()) == {0, 1}
    assert count > 4
    (seeds,) = lay_out_control_runs(refined, "seeds", count)
    assert {trial.stream: trial.joined for trial in seeds.document.trials} == joined
    assert seeds.spec.search == "halving"
    # The run's own baselines are copied, at whatever rung they join.
    assert seeds.progress().counts()["done"] == 3
    (random,) = lay_out_control_runs(refined, "random", count)
    for folder in (seeds, random):
        train(folder)
        # As many go on and are parked at each rung, and none joins by itself.
        assert decided(folder) == decided(refined)
        assert len(folder.document.trials) == count
    models = open_pool(refined)
    pools = models.pools(rungs=True)
    assert len(pools.windows) == len(pools.seeds) == len(pools.random) == decided(refined)[-1][1]
    assert judge(models).screened == models.screened == count
    study = compare_arms(Candidates.of(models), 2, blender("mean"))
    assert study.primary.name == "A - B"
    assert missing(refined).trials["seeds"] == missing(refined).trials["random"] == 0


def test_further_windows_get_twins_in_the_same_control_run(refined: RunFolder) -> None:
    (seeds,) = lay_out_control_runs(refined, "seeds", window_count(refined))
    train(seeds)
    before = digests(seeds)
    count = window_count(refined)
    run = extend_run(refined, windows=("keep-r01-c01", "keep-r03-c03")).folder
    train(run)
    (again,) = lay_out_control_runs(run, "seeds", window_count(run))
    assert again.name == seeds.name
    assert len(again.document.trials) == window_count(run) >= count + 2
    train(RunFolder(again.path))
    assert [sum(counts[1:]) for counts in decided(RunFolder(again.path))] == [sum(c[1:]) for c in decided(run)]
    # Of those that go on no further epochs are lost.
    kept = digests(RunFolder(again.path))
    assert before.keys() < kept.keys()
    pools = open_pool(run).pools(rungs=True)
    assert len(pools.windows) == len(pools.seeds)
