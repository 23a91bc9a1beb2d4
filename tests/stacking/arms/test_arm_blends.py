"""The arms, their companions and their comparison."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.harness.finished_runs import dataset, finish, finished_run
from tests.harness.runs import LEASE
from tests.stacking.conftest import Command
from xsample_tui.cli.commands import arms as arms_command
from xsample_tui.core.errors import InputError
from xsample_tui.core.networks.multiply_adds import training_arithmetic
from xsample_tui.core.run_state.session_limits import SessionLimits
from xsample_tui.core.training.trial_plan import Trial
from xsample_tui.stacking.arms.arm_blends import plan_arms
from xsample_tui.stacking.arms.arm_candidates import Candidates
from xsample_tui.stacking.arms.arm_comparison import ArmStudy, answer, compare_arms
from xsample_tui.stacking.blending.blender_registry import BLENDERS
from xsample_tui.stacking.pool.control_runs import control_runs_of, lay_out_control_runs, seconds_needed
from xsample_tui.stacking.pool.member_outputs import Outputs
from xsample_tui.stacking.pool.member_selection import TopMembers, best_windows
from xsample_tui.stacking.pool.model_pool import ModelPool, open_pool
from xsample_tui.store.control_run_names import ControlKind
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep import run_setup
from xsample_tui.sweep.cluster.cluster_address import ClusterAddress
from xsample_tui.sweep.controller import Controller


def complete(run: RunFolder, count: int, **strength: float) -> list[RunFolder]:
    """Lay out the companions of a run and finish their trials."""
    found = []
    kinds: tuple[ControlKind, ...] = ("seeds", "random", "placebo")
    for kind in kinds:
        (folder,) = lay_out_control_runs(run, kind, count)
        for trial in folder.document.trials:
            finish(folder, trial, strength.get(kind, 3.0))
        found.append(folder)
    return found


def test_companions_are_the_run_but_for_masks_and_seeds(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    seeds, random, placebo = complete(run, 5)
    windows = {trial.window: trial for trial in run.document.trials if not trial.is_baseline}
    twins = {trial.stream: trial for trial in (*run.document.trials, *seeds.document.trials) if trial.is_baseline}
    for control_run, kind in ((random, "random"), (placebo, "placebo")):
        trials = control_run.document.trials
        assert [trial.kind for trial in trials] == [kind] * 5
        assert {trial.window for trial in trials} < windows.keys()
        for trial in trials:
            # The same stream as the window at its place, and as a whole-image network.
            assert (trial.stream, trial.init_seed) == (windows[trial.window].stream, windows[trial.window].init_seed)
            if trial.stream in twins:
                assert twins[trial.stream].init_seed == trial.init_seed
    ink = {(trial.row, trial.col): trial.ink_removed for trial in run.document.trials if not trial.is_baseline}
    for trial in random.document.trials:
        assert trial.ink_removed == pytest.approx(ink[trial.row, trial.col], abs=0.02)
    assert all(trial.ink_removed < 0.001 for trial in placebo.document.trials)
    for control_run in (seeds, random, placebo):
        assert control_run.spec.training == run.spec.training
        assert control_run.spec.machine == run.spec.machine
        assert control_run.document.split_digest == run.document.split_digest
        assert control_run.document.dataset_digest == run.document.dataset_digest
        assert control_run.document.fingerprint == run.document.fingerprint
    assert {kind: [folder.name for folder in folders] for kind, folders in control_runs_of(run).items()} == {
        "seeds": ["r-seeds"], "replicates": [], "random": ["r-random"], "placebo": ["r-placebo"],
    }  # fmt: skip


def test_every_window_gets_its_twin_and_the_best_get_replicates_with_theirs(tmp_path: Path) -> None:
    run = finished_run(tmp_path, windows={"mask": "occlude"})
    for folder in lay_out_control_runs(run, "seeds", 9):
        for trial in folder.document.trials:
            finish(folder, trial, 3.0)
    best = best_windows(open_pool(run), 2)
    (again,) = lay_out_control_runs(run, "replicates", 9, replicated=best, replicates=2)
    assert again.name == "r-replicates"
    for trial in again.document.trials:
        finish(again, trial, 3.0)
    models = open_pool(run)
    pools = models.pools()
    assert len(pools.windows) == len(pools.seeds) == len(pools.matched) == 9
    for window in pools.windows:
        twin = models.members[pools.twins[window]].trial
        assert (twin.kind, twin.stream) == ("baseline", models.members[window].trial.stream)
    assert {models.members[window].name for window in pools.replicates} == set(best)
    for window, replicates in pools.replicates.items():
        for replicate in replicates:
            trial, twin = models.members[replicate].trial, models.members[pools.twins[replicate]].trial
            assert trial.window == models.members[window].trial.window
            assert trial.stream == twin.stream
            assert trial.init_seed == twin.init_seed
            assert (run.plan.mask(models.members[window].name) == again.plan.mask(trial.name)).all()
    assert set(models.controls) == {"r-seeds", "r-replicates"}
    # A window may be replicated later as well; what is there is not trained again.
    more = lay_out_control_runs(run, "replicates", 9, replicated=[*best, "occlude-r04-c04"], replicates=2)
    assert [folder.name for folder in more][1:] in ([], ["r-replicates-2"])


def test_masks_of_other_kinds_have_random_controls_of_equal_ink(tmp_path: Path) -> None:
    run = finished_run(tmp_path, windows={"mask": "occlude"})
    (random,) = lay_out_control_runs(run, "random", 9)
    ink = {trial.window: trial.ink_removed for trial in run.document.trials}
    for trial in random.document.trials:
        assert trial.ink_removed == pytest.approx(ink[trial.window], abs=0.02)
    for kind in ("random", "placebo"):
        own = finished_run(tmp_path, f"own-{kind}", windows={"mask": kind})
        assert lay_out_control_runs(own, kind, 9) == ()
        pools = ModelPool(own).pools()
        assert (pools.random, pools.placebo) == ((), ())


def test_windows_can_be_restricted_to_a_range_of_ink(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    models = open_pool(run)
    shares = sorted(trial.ink_removed for trial in run.document.trials if not trial.is_baseline)
    some = models.pools((shares[2], shares[4]))
    assert len(some.windows) == 3
    assert some.seeds == models.pools().seeds
    with pytest.raises(InputError, match=r"ink: 0\.99\.\.1: no finished window is in this range; they remove"):
        models.pools((0.99, 1.0))


def test_a_run_of_0_1_0_has_no_twins_and_no_replicates(tmp_path: Path) -> None:
    run = finished_run(tmp_path, streams="named")
    (seeds,) = lay_out_control_runs(run, "seeds", 5)
    assert [trial.name for trial in seeds.document.trials] == ["baseline-s03", "baseline-s04"]
    (random,) = lay_out_control_runs(run, "random", 9)
    assert {trial.init_seed for trial in random.document.trials} == {run.document.trials[-1].init_seed}
    pools = open_pool(run).pools()
    assert pools.named
    assert (pools.twins, pools.matched) == ({}, ())
    with pytest.raises(InputError, match=r"was created by 0\.1\.0"):
        lay_out_control_runs(run, "replicates", 9, replicated=["keep-r00-c00"])


def test_a_companion_is_laid_out_once_and_only_where_it_is_needed(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    (first,) = lay_out_control_runs(run, "random", 4)
    again = lay_out_control_runs(run, "random", 4)
    assert [folder.document for folder in again] == [first.document]
    # More of them go into a further run; none is trained twice.
    _, second = lay_out_control_runs(run, "random", 9)
    assert second.name == "r-random-2"
    names = [trial.name for folder in (first, second) for trial in folder.document.trials]
    assert len(names) == len(set(names)) == 9


def test_a_run_of_the_same_name_that_was_trained_otherwise_is_refused(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    finished_run(tmp_path, "r-seeds", seed=4)
    with pytest.raises(InputError, match="r-seeds: differs from r in its seed"):
        control_runs_of(run)


def test_time_needed_is_the_baselines(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    assert seconds_needed(run, 10) == 40
    names = tuple(trial.name for trial in run.document.trials)
    assert seconds_needed(finished_run(tmp_path, "new", leave=names), 10) is None


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
    # Measured or not, what could not be told from 0 is said.
    hidden = sum(part[0].total - part[0].within for part in measured) <= 0
    assert (study.primary.difference.over == "seeds (assumed) and images") == hidden


def test_fewer_than_four_seeds_give_no_verdict(tmp_path: Path) -> None:
    study = compared(ModelPool(finished_run(tmp_path, strength=lambda trial: 3.0 if trial.is_baseline else 9.0)), 3)
    assert {found.verdict for found in study.comparisons} == {"no verdict"}
    assert study.primary.difference.over == "images alone"
    assert study.answer[0].startswith("No verdict on blending windows: fewer than 4 whole-image networks")
    assert "xsample-tui arms r" in study.answer[1]


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1..20 %", (0.01, 0.2)),
        ("0.01..0.2", (0.01, 0.2)),
        ("0..1", (0, 1)),
        (" 5 .. 5% ", (0.05, 0.05)),
        (None, None),
    ],
)
def test_a_range_of_ink_is_read(text: str, expected: tuple[float, float]) -> None:
    assert arms_command.read_ink(text) == expected
    assert arms_command.read_ink(None) is None


@pytest.mark.parametrize("text", ["", "20", "20..1 %", "1..20", "-1..2 %", "a..b", "1...2 %", "nan..1"])
def test_what_is_no_range_of_ink_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="ink"):
        arms_command.read_ink(text)


def test_the_command_reports_without_training(command: Command, tmp_path: Path) -> None:
    run = finished_run(tmp_path / "runs")
    complete(run, 5)
    done = command("arms", "r", "--k", 3, "--no-train", "--json")
    assert done.code == 0
    facts = done.json
    assert [arm["arm"] for arm in facts["arms"]] == ["A", "A*", "B", "M", "C", "D", "E", "F", "G"]
    assert facts["primary"] == "A* - B"
    assert facts["verdict"] == facts["comparisons"][0]["verdict"]
    assert facts["comparisons"][0]["rank"] == "exploratory"
    assert facts["models"] == "r and r-seeds, r-random, r-placebo"
    assert facts["comparisons"][0]["minimum_detectable"] > 0
    assert facts["ledger"]["openings"] == 0
    text = command("arms", "r", "--k", 3, "--no-train", "--split", "test", "--open-test")
    assert "80 test images, members chosen on select" in text.out
    assert "test set opened 1 time" in text.err
    assert "A* - B" in text.out
    assert command("arms", "r", "--k", 3, "--no-train", "--split", "test").code == 2


def test_the_command_trains_what_is_missing_through_the_controller(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[str] = []

    def train(
        folder: RunFolder, *, headless: bool, cluster: ClusterAddress | None, limits: SessionLimits, **_: object
    ) -> int:
        assert limits.until is None
        assert headless
        assert cluster is None
        for trial in folder.document.trials:
            if folder.record(trial.name) is None:
                trained.append(f"{folder.name}/{trial.name}")
                finish(folder, trial, 3.0)
        return 3 if folder.name == "r-random" and sum("r-random" in name for name in trained) == 5 else 0

    monkeypatch.setattr(arms_command, "_train", train)
    finished_run(tmp_path / "runs", leave=("keep-r02-c02",))
    stopped = command("arms", "r", "--k", 3, "--pool", 5, "--headless")
    assert stopped.code == 3
    assert "resume with the same command: xsample-tui arms r --k 3 --pool 5 --headless" in stopped.err
    kinds = [name.split("/")[0] for name in trained]
    # The run's three baselines are twins, so that two more make five; the best six windows get two replicates each.
    assert kinds == ["r", *["r-seeds"] * 2, *["r-replicates"] * 24, *["r-random"] * 5]
    done = command("arms", "r", "--k", 3, "--pool", 5, "--headless")
    assert done.code == 0
    assert "r-placebo: 5 of 5 trials to train" in done.err
    assert len(trained) == len(set(trained)) == 37
    again = command("arms", "r", "--k", 3, "--pool", 5, "--headless")
    assert again.out == done.out
    assert len(trained) == 37


def test_what_is_missing_is_trained_on_a_cluster(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    monkeypatch.setattr(run_setup, "Controller", partial(Controller, lease="tests.harness.fake_lease:run_judged"))
    finished_run(tmp_path / "runs", leave=("keep-r02-c02",))
    # Where others train, it does not matter whether this machine has changed.
    monkeypatch.setattr(arms_command, "check_drift", lambda *_, **__: pytest.fail("the drift was asked for"))
    where = ("--controls", "seeds", "--headless", "--cluster", "local:1")
    done = command("arms", "r", "--k", 3, "--pool", 5, *where)
    assert done.code == 0
    assert done.err.count("worker-0 on") == 2, "the run and its seeds"
    assert "r-seeds: 2 of 2 trials to train" in done.err
    assert "McNemar" in done.out
    again = command("arms", "r", "--k", 3, "--pool", 5, *where)
    assert again.out == done.out
    assert "has joined" not in again.err
    confirmed = command("confirm", "r", "--top", 1, "--headless", "--cluster", "local:1")
    assert confirmed.code == 0
    assert "worker-0 on" in confirmed.err
    assert (done.err + confirmed.err).count(" done, 0 failed") == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--cluster", "nowhere"], "--cluster: nowhere: write local:N"),
        (["--k", "9", "--no-train"], "--k: 9: only 3 baselines are finished"),
        (["--pool", "2"], "--pool: 2: choose at least k = 5"),
        (["--controls", "seeds,x"], "--controls: x"),
        (["--ink", "20..1 %"], "--ink: 20..1 %: write the smallest"),
        (["--k", "3", "--no-train", "--ink", "99..100 %"], "--ink: 0.99..1: no finished window is in this range"),
        (["--margin", "0"], "--margin: 0.0: choose a share of images above 0"),
        (["--k", "51", "--blend", "logistic"], "at most 50"),
        (["--pool", "5"], "xsample-tui arms: no terminal"),
    ],
)
def test_bad_input_is_one_line(command: Command, tmp_path: Path, arguments: list[str], message: str) -> None:
    finished_run(tmp_path / "runs")
    done = command("arms", "r", *arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_an_article_run_has_no_arms(command: Command, tmp_path: Path) -> None:
    finished_run(tmp_path / "runs", preset_name="article", baselines=5)
    done = command("arms", "r", "--no-train")
    assert done.code == 2
    assert "honest protocol" in done.err


def test_companions_can_be_worked_on_by_the_ordinary_controller(tmp_path: Path) -> None:
    from tests.harness.inline_slot import InlineSlot
    from xsample_tui.sweep.controller import Controller

    run = finished_run(tmp_path)
    (control_run,) = lay_out_control_runs(run, "random", 2)
    assert Controller(control_run, lambda number: InlineSlot(), lease=LEASE).work() == "finished"
    assert control_run.progress().counts()["done"] == 2
