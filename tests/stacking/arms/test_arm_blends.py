"""The arms, their control runs and their comparison."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.harness.finished_runs import dataset, finish, finished_run
from tests.stacking.control_runs import complete
from xsample_tui.core.errors import InputError
from xsample_tui.core.networks.multiply_adds import training_arithmetic
from xsample_tui.core.training.trial_plan import Trial
from xsample_tui.stacking.arms.arm_blends import plan_arms
from xsample_tui.stacking.arms.arm_candidates import Candidates
from xsample_tui.stacking.arms.arm_comparison import ArmStudy, answer, compare_arms
from xsample_tui.stacking.blending.blender_registry import BLENDERS
from xsample_tui.stacking.pool.control_runs import lay_out_control_runs
from xsample_tui.stacking.pool.member_outputs import Outputs
from xsample_tui.stacking.pool.member_selection import TopMembers, best_windows
from xsample_tui.stacking.pool.model_pool import ModelPool, open_pool


@pytest.fixture
def models(tmp_path: Path) -> ModelPool:
    run = finished_run(tmp_path)
    return ModelPool(run, complete(run, 5))


def compared(models: ModelPool, k: int, blend: str = "mean", test: Outputs | None = None) -> ArmStudy:
    return compare_arms(Candidates.of(models), k, BLENDERS[blend], arms_command="xsample-tui arms r", test=test)


def cheap(models: ModelPool) -> Candidates:
    """Return the candidates as if a window's network took half the arithmetic; on 8x8 images it takes nearly all."""
    candidates = Candidates.of(models)
    return replace(candidates, work=tuple(1 if name.startswith("keep") else 2 for name in candidates.names))


def test_every_arm_has_its_members(models: ModelPool) -> None:
    study = compare_arms(cheap(models), 3, BLENDERS["mean"], arms_command="xsample-tui arms r")
    results = study.results
    assert study.missing == ()
    assert list(results) == ["A", "A*", "B", "M", "A=", "C", "D", "E", "F", "G"]
    kinds = {letter: {name.split("-")[0] for name in result.members} for letter, result in results.items()}
    assert kinds["A"] == kinds["A*"] == kinds["C"] == {"keep"}
    assert kinds["B"] == kinds["D"] == {"baseline"}
    assert kinds["M"] <= {"keep", "baseline"}
    assert (kinds["E"], kinds["F"]) == ({"random"}, {"placebo"})
    assert {letter: len(result.members) for letter, result in results.items()} == {
        **dict.fromkeys(results, 3),
        "A=": 6,
        "G": 1,
    }
    assert {letter: len(result.plan.pool) for letter, result in results.items()} == {
        "A": 9, "A*": 5, "B": 5, "M": 14, "A=": 9, "C": 9, "D": 5, "E": 5, "F": 5, "G": 14,
    }  # fmt: skip
    assert (results["A"].seconds, results["A"].pool_seconds) == (12, 36)
    for letter in ("A*", "C", "D"):
        assert results[letter].mean_errors is not None
        assert results[letter].sd_errors is not None
    assert results["A"].mean_errors is None
    best = min(
        (name for name in models.index if not name.startswith(("random", "placebo"))),
        key=lambda name: models.select.losses()[models.index[name]],
    )
    assert results["G"].members == (best,)


def test_small_windows_get_as_many_members_as_the_seeds_arithmetic_buys(models: ModelPool) -> None:
    candidates = cheap(models)
    study = compare_arms(candidates, 3, BLENDERS["mean"])
    assert len(study.results["A="].members) == 6
    assert "A= - B" in [found.name for found in study.comparisons]
    assert (study.results["A="].work, study.results["B"].work) == (6, 6)
    # Where a window costs what a whole image does, A= would be A itself.
    equal = compare_arms(replace(candidates, work=(1,) * len(candidates.work)), 3, BLENDERS["mean"])
    assert "A=" not in equal.results


def test_equal_compute_is_the_same_on_every_machine(models: ModelPool) -> None:
    candidates = cheap(models)
    slow = replace(candidates, seconds=tuple(float(i * i + 1) for i in range(len(candidates.names))))
    here, there = (compare_arms(each, 3, BLENDERS["mean"]).results["A="] for each in (candidates, slow))
    assert here.members == there.members
    assert here.work == there.work
    assert here.seconds != there.seconds
    counted = Candidates.of(models)
    work = dict(zip(counted.names, counted.work, strict=True))
    network, fit = models.run.network, len(models.run.plan.split.fit)
    member = models.members[models.index["baseline-s00"]]
    mask = np.ones(network.shape[:2], np.bool_)
    assert work["baseline-s00"] == training_arithmetic(network, mask, fit, member.epoch)
    assert all(work[name] < work["baseline-s00"] for name in work if name.startswith("keep"))


def test_arms_that_cannot_be_had_are_named(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    plans, missing = plan_arms(Candidates.of(ModelPool(run)), 3)
    assert [plan.letter for plan in plans] == ["A", "A*", "B", "M", "C", "D", "G"]
    assert missing == ["E left out: 0 of 3 trials", "F left out: 0 of 3 trials"]
    with pytest.raises(InputError, match="only 3 baselines are finished"):
        plan_arms(Candidates.of(ModelPool(run)), 4)


def test_random_masks_are_matched_to_any_mask(tmp_path: Path) -> None:
    run = finished_run(tmp_path, windows={"mask": "occlude"})
    plans, missing = plan_arms(Candidates.of(ModelPool(run, complete(run, 5))), 3)
    assert "E" in [plan.letter for plan in plans]
    assert missing == []


def test_equal_arms_are_not_resolved_and_unequal_ones_are(tmp_path: Path) -> None:
    def strength(trial: Trial) -> float:
        return 3.0 if trial.is_baseline else 6.0

    for name, made, expected in (("same", None, "not resolved"), ("better", strength, "helps")):
        options: dict[str, Any] = {"strength": made} if made else {}
        models = ModelPool(finished_run(tmp_path, name, baselines=9, data=dataset(2000), **options))
        study = compared(models, 5)
        assert [found.name for found in study.comparisons] == ["A - B", "C - D", "M - B", "A - C", "B - D", "A - G"]
        first, results = study.primary, study.results
        assert (first.verdict, first.rank) == (expected, "primary")
        assert {found.rank for found in study.comparisons[1:]} == {"secondary"}
        assert first.difference.over == "seeds (assumed) and images"
        assert first.over_images.over == "images alone"
        assert first.over_images.sd <= first.difference.sd
        assert (
            first.only_first - first.only_second == results["B"].blend.score.errors - results["A"].blend.score.errors
        )
        assert first.log_loss.low <= first.log_loss.difference <= first.log_loss.high
        assert study.answer[0].startswith({"helps": "Blending windows helps: "}.get(expected, "Not resolved: "))
        assert "of these 9 windows make" in study.answer[0]
        assert "over seeds (assumed) and images)" in study.answer[0]
        assert "is found in 4 of 5 such sweeps" in study.answer[1]


def test_the_best_of_both_are_the_seeds_only_where_no_fold_chose_a_window(tmp_path: Path) -> None:
    def strength(trial: Trial) -> float:
        return 6.0 if trial.is_baseline else 1.0

    study = compared(ModelPool(finished_run(tmp_path, baselines=9, data=dataset(2000), strength=strength)), 5)
    assert any("(M - B): no window is among the best of both" in line for line in study.answer)
    both = study.results["M"]
    assert both.members == study.results["B"].members
    # As where the images of one fold are judged by members that the other folds chose otherwise.
    elsewhere = replace(both, losses=both.losses + np.where(np.arange(len(both.losses)) < 5, 0.1, 0))
    lines = answer(study.candidates, {**study.results, "M": elsewhere}, list(study.comparisons), "r")
    assert not any("no window is among" in line for line in lines)
    assert any(line.startswith("Windows and seeds (M - B): ") for line in lines)


def test_replicates_measure_what_was_assumed(tmp_path: Path) -> None:
    run = finished_run(tmp_path, baselines=9)
    best = best_windows(open_pool(run), 6)
    (again,) = lay_out_control_runs(run, "replicates", 9, replicated=best, replicates=2)
    for trial in again.document.trials:
        finish(again, trial, 3.0)
    study = compared(open_pool(run), 3)
    assert not any(line.startswith("No window was trained from further streams") for line in study.answer)
    measured = [result.streams for letter in "AB" if (result := study.results[letter]).streams is not None]
    assert [part[0].assumed for part in measured] == [False, False]
    # Three members at a time of six windows, each in three versions: two degrees of freedom for each that counts.
    assert 6 <= measured[0][0].freedom <= 12
    assert measured[1][0].freedom == len(study.candidates.all_seeds) - 1
    # Measured or not, what cannot be distinguished from 0 is said.
    hidden = sum(part[0].total - part[0].within for part in measured) <= 0
    assert (study.primary.difference.over == "seeds (assumed) and images") == hidden


def test_fewer_than_four_seeds_give_no_verdict(tmp_path: Path) -> None:
    study = compared(ModelPool(finished_run(tmp_path, strength=lambda trial: 3.0 if trial.is_baseline else 9.0)), 3)
    assert {found.verdict for found in study.comparisons} == {"no verdict"}
    assert study.primary.difference.over == "images alone"
    assert study.answer[0].startswith("No verdict on blending windows: fewer than 4 whole-image networks")
    assert "xsample-tui arms r" in study.answer[1]


def test_a_blend_of_all_whole_image_networks_gives_no_verdict_either(tmp_path: Path) -> None:
    run = finished_run(tmp_path, baselines=5, strength=lambda trial: 3.0 if trial.is_baseline else 9.0)
    study = compared(ModelPool(run), 5)
    assert study.primary.difference.over == "images alone"
    said = "No verdict on blending windows: all 5 whole-image networks are in the blend, and without one more "
    assert study.answer[0].startswith(said)
    assert compared(ModelPool(run), 4).primary.verdict != "no verdict"


def test_the_answer_is_from_equal_pools(models: ModelPool) -> None:
    study = compared(models, 3, "vote")
    assert (study.primary.name, study.primary.rank) == ("A* - B", "exploratory")
    assert study.primary.mcnemar_p is None
    unequal = next(found for found in study.comparisons if found.name == "A - B")
    assert (unequal.verdict, unequal.note) == ("no verdict", "A had 9 candidates, B 5, which favours A")
    assert study.answer[-1] == "Exploratory: the analysis fixed in advance is the mean of k = 5"


def test_more_seeds_than_windows_are_drawn_down(tmp_path: Path) -> None:
    run = finished_run(tmp_path, baselines=12, streams="named")
    study = compared(ModelPool(run), 4)
    assert study.primary.name == "A - B*"
    assert len(study.results["B*"].plan.pool) == 9
    assert any(line.startswith("This run was created by 0.1.0") for line in study.answer)


def test_a_shared_draw_of_initial_weights_is_said(tmp_path: Path) -> None:
    study = compared(ModelPool(finished_run(tmp_path, baselines=9, streams="shared")), 4)
    assert "All networks start from the same initial weights: the answer holds for these weights" in study.answer


def test_arms_are_the_same_every_time(models: ModelPool) -> None:
    first, second = (compared(models, 3) for _ in range(2))
    assert first.comparisons == second.comparisons
    assert first.answer == second.answer


def test_on_test_the_members_are_those_that_select_chose(models: ModelPool) -> None:
    test = models.open_test("arms", "mean")
    arm = compared(models, 3, test=test).results["A"]
    chosen = TopMembers(3, tuple(int(i) for i in models.pool("windows"))).choose(models.select)
    assert list(arm.members) == [models.members[i].name for i in chosen]
    assert arm.blend.outputs.split == "test"
    assert arm.blend.predicted.tolist() == np.mean(test.softmax[chosen], axis=0).argmax(axis=1).tolist()


@pytest.mark.parametrize("blend", ["caruana", "simplex", "logistic"])
def test_fitted_blends_have_arms_too(models: ModelPool, blend: str) -> None:
    study = compared(models, 3, blend)
    assert study.primary.difference.over == "seeds (assumed) and images"
    assert study.primary.rank == "exploratory"
    assert study.results["C"].mean_errors is None
