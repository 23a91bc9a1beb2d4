"""The arms, their companions and their comparison."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.runs import LEASE
from tests.stacking.conftest import Command
from tests.stacking.sample import dataset, finish, finished_run
from xsample_tui.cli import arms as arms_command
from xsample_tui.core.errors import InputError
from xsample_tui.core.trial import Trial
from xsample_tui.stacking.arms import blend_arms, plan_arms
from xsample_tui.stacking.blender import BLENDERS
from xsample_tui.stacking.companion import companions, lay_out_companion, seconds_needed
from xsample_tui.stacking.comparison import answer, compare
from xsample_tui.stacking.library import Library
from xsample_tui.stacking.rule import Top
from xsample_tui.store.folder import RunFolder
from xsample_tui.sweep import session
from xsample_tui.sweep.cluster.address import ClusterAddress
from xsample_tui.sweep.controller import Controller


def complete(run: RunFolder, count: int, **strength: float) -> list[RunFolder]:
    """Lay out the companions of a run and finish their trials."""
    found = []
    for kind in ("seeds", "random", "placebo"):
        folder = lay_out_companion(run, kind, count)
        assert folder is not None
        for trial in folder.document.trials:
            finish(folder, trial, strength.get(kind, 3.0))
        found.append(folder)
    return found


def test_companions_are_the_run_but_for_masks_and_seeds(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    seeds, random, placebo = complete(run, 5)
    assert [trial.name for trial in seeds.document.trials] == ["baseline-s03", "baseline-s04"]
    assert len({trial.init_seed for trial in (*run.document.trials, *seeds.document.trials)}) == 5
    windows = {(trial.row, trial.col) for trial in run.document.trials if not trial.is_baseline}
    for companion, kind in ((random, "random"), (placebo, "placebo")):
        trials = companion.document.trials
        assert [trial.kind for trial in trials] == [kind] * 5
        assert {(trial.row, trial.col) for trial in trials} < windows
        assert {trial.init_seed for trial in trials} == {run.document.trials[0].init_seed}
    ink = {(trial.row, trial.col): trial.ink_removed for trial in run.document.trials if not trial.is_baseline}
    for trial in random.document.trials:
        assert trial.ink_removed == pytest.approx(ink[trial.row, trial.col], abs=0.02)
    assert all(trial.ink_removed < 0.001 for trial in placebo.document.trials)
    for companion in (seeds, random, placebo):
        assert companion.spec.training == run.spec.training
        assert companion.spec.machine == run.spec.machine
        assert companion.document.split_digest == run.document.split_digest
        assert companion.document.dataset_digest == run.document.dataset_digest
        assert companion.document.fingerprint == run.document.fingerprint
    assert [companion.name for companion in companions(run).values()] == ["r-seeds", "r-random", "r-placebo"]


def test_a_companion_is_laid_out_once_and_only_where_it_is_needed(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    assert lay_out_companion(run, "seeds", 3) is None
    first = lay_out_companion(run, "random", 4)
    second = lay_out_companion(run, "random", 9)
    assert first is not None
    assert second is not None
    assert first.document == second.document


def test_a_run_of_the_same_name_that_was_trained_otherwise_is_refused(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    finished_run(tmp_path, "r-seeds", seed=4)
    with pytest.raises(InputError, match="r-seeds: differs from r in its seed"):
        companions(run)


def test_time_needed_is_the_baselines(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    assert seconds_needed(run, 10) == 40
    names = tuple(trial.name for trial in run.document.trials)
    assert seconds_needed(finished_run(tmp_path, "new", leave=names), 10) is None


@pytest.fixture
def library(tmp_path: Path) -> Library:
    run = finished_run(tmp_path)
    return Library(run, complete(run, 5))


def test_every_arm_has_its_members(library: Library) -> None:
    plans, missing = plan_arms(library, 3)
    assert missing == []
    assert [plan.letter for plan in plans] == ["A", "A*", "B", "C", "D", "E", "F", "G"]
    results = blend_arms(library, plans, BLENDERS["mean"], None)
    kinds = {letter: {name.split("-")[0] for name in result.members} for letter, result in results.items()}
    assert kinds["A"] == kinds["A*"] == kinds["C"] == {"keep"}
    assert kinds["B"] == kinds["D"] == {"baseline"}
    assert (kinds["E"], kinds["F"]) == ({"random"}, {"placebo"})
    assert {letter: len(result.members) for letter, result in results.items()} == {
        **dict.fromkeys(results, 3),
        "G": 1,
    }
    assert {letter: len(result.plan.pool) for letter, result in results.items()} == {
        "A": 9, "A*": 5, "B": 5, "C": 9, "D": 5, "E": 5, "F": 5, "G": 14,
    }  # fmt: skip
    assert (results["A"].seconds, results["A"].pool_seconds) == (12, 36)
    for letter in ("A*", "C", "D"):
        assert results[letter].mean_errors is not None
        assert results[letter].sd_errors is not None
    assert results["A"].mean_errors is None
    best = min(
        (name for name in library.index if not name.startswith(("random", "placebo"))),
        key=lambda name: library.select.losses()[library.index[name]],
    )
    assert results["G"].members == (best,)


def test_arms_that_cannot_be_had_are_named(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    plans, missing = plan_arms(Library(run), 3)
    assert [plan.letter for plan in plans] == ["A", "A*", "B", "C", "D", "G"]
    assert missing == ["E left out: 0 of 3 trials", "F left out: 0 of 3 trials"]
    with pytest.raises(InputError, match="only 3 baselines are finished"):
        plan_arms(Library(run), 4)


def test_random_masks_are_no_match_for_other_masks(tmp_path: Path) -> None:
    run = finished_run(tmp_path, windows={"mask": "occlude"})
    plans, missing = plan_arms(Library(run, complete(run, 5)), 3)
    assert "E" not in [plan.letter for plan in plans]
    assert missing == ["E left out: random masks match the ink of keep, not of occlude"]


def test_equal_arms_are_not_resolved_and_unequal_ones_are(tmp_path: Path) -> None:
    def strength(trial: Trial) -> float:
        return 3.0 if trial.is_baseline else 6.0

    for name, made, expected in (("same", None, "not resolved"), ("better", strength, "helps")):
        options: dict[str, Any] = {"strength": made} if made else {}
        run = finished_run(tmp_path, name, baselines=9, data=dataset(2000), **options)
        library = Library(run)
        plans, _ = plan_arms(library, 5)
        results = blend_arms(library, plans, BLENDERS["mean"], None)
        found = compare(results, 0, draws=2000)
        assert [comparison.name for comparison in found] == ["A - B", "A - C", "B - D", "A - G"]
        first = found[0]
        assert first.verdict == expected
        assert first.difference.members
        assert not first.over_pictures.members
        assert (
            first.only_first - first.only_second == results["B"].blend.score.errors - results["A"].blend.score.errors
        )
        assert first.log_loss[1] <= first.log_loss[0] <= first.log_loss[2]
        text = answer(results, found)
        assert text[0].startswith("A - B: " + {"helps": "windows help"}.get(expected, expected))
        assert any("minimum detectable" in line for line in text)
        assert not any("favours" in line for line in text)


def test_an_unequal_pool_is_said_plainly(library: Library) -> None:
    plans, _ = plan_arms(library, 3)
    results = blend_arms(library, plans, BLENDERS["vote"], None)
    text = answer(results, compare(results, 0, draws=500))
    assert any("B was chosen from 5 seeds, A from 9 windows: A - B favours A" in line for line in text)
    assert any(line.startswith("A* - B: ") for line in text)
    assert any("80 pictures cannot resolve thousandths" in line for line in text)


def test_arms_are_the_same_every_time(library: Library) -> None:
    runs = []
    for _ in range(2):
        plans, _ = plan_arms(library, 3)
        runs.append(compare(blend_arms(library, plans, BLENDERS["mean"], None), 0, draws=500))
    assert runs[0] == runs[1]


def test_on_test_the_members_are_those_that_select_chose(library: Library) -> None:
    plans, _ = plan_arms(library, 3)
    test = library.open_test("arms", "mean")
    results = blend_arms(library, plans, BLENDERS["mean"], test)
    arm = results["A"]
    chosen = Top(3, tuple(int(i) for i in library.pool("windows"))).choose(library.select)
    assert list(arm.members) == [library.members[i].name for i in chosen]
    assert arm.blend.outputs.split == "test"
    assert arm.blend.predicted.tolist() == np.mean(test.softmax[chosen], axis=0).argmax(axis=1).tolist()


@pytest.mark.parametrize("blend", ["caruana", "simplex", "logistic"])
def test_fitted_blends_have_arms_too(library: Library, blend: str) -> None:
    plans, _ = plan_arms(library, 3)
    results = blend_arms(library, plans, BLENDERS[blend], None)
    found = compare(results, 0, draws=200)
    assert found[0].difference.members is (blend != "logistic")
    assert results["C"].mean_errors is None


def test_the_command_reports_without_training(command: Command, tmp_path: Path) -> None:
    run = finished_run(tmp_path / "runs")
    complete(run, 5)
    done = command("arms", "r", "--k", 3, "--no-train", "--json")
    assert done.code == 0
    facts = done.json
    assert [arm["arm"] for arm in facts["arms"]] == ["A", "A*", "B", "C", "D", "E", "F", "G"]
    assert facts["verdict"] in ("helps", "hurts", "not resolved")
    assert facts["comparisons"][0]["minimum_detectable"] > 0
    assert facts["ledger"]["openings"] == 0
    text = command("arms", "r", "--k", 3, "--no-train", "--split", "test", "--open-test")
    assert "80 test pictures, members chosen on select" in text.out
    assert "test set opened 1 time" in text.err
    assert "A - B: " in text.out
    assert command("arms", "r", "--k", 3, "--no-train", "--split", "test").code == 2


def test_the_command_trains_what_is_missing_through_the_controller(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[str] = []

    def train(folder: RunFolder, *, headless: bool, allow_drift: bool, cluster: ClusterAddress | None) -> int:
        assert headless
        assert cluster is None
        for trial in folder.document.trials:
            if folder.record(trial.name) is None:
                trained.append(f"{folder.name}/{trial.name}")
                finish(folder, trial, 3.0)
        return 3 if folder.name == "r-random" and len(trained) < 9 else 0

    monkeypatch.setattr(arms_command, "_train", train)
    finished_run(tmp_path / "runs", leave=("keep-r02-c02",))
    stopped = command("arms", "r", "--k", 3, "--pool", 5, "--headless")
    assert stopped.code == 3
    assert "go on with the same command: xsample-tui arms r" in stopped.err
    assert trained[:3] == ["r/keep-r02-c02", "r-seeds/baseline-s03", "r-seeds/baseline-s04"]
    done = command("arms", "r", "--k", 3, "--pool", 5, "--headless")
    assert done.code == 0
    assert "r-placebo: 5 of 5 trials to train" in done.err
    assert len(trained) == len(set(trained)) == 13
    again = command("arms", "r", "--k", 3, "--pool", 5, "--headless")
    assert again.out == done.out
    assert len(trained) == 13


def test_what_is_missing_is_trained_on_a_cluster(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.setattr(session, "Controller", partial(Controller, lease="tests.stacking.lease:run"))
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
    from tests.inline import InlineSlot
    from xsample_tui.sweep.controller import Controller

    run = finished_run(tmp_path)
    companion = lay_out_companion(run, "random", 2)
    assert companion is not None
    assert Controller(companion, lambda number: InlineSlot(), lease=LEASE).work() == "finished"
    assert companion.progress().counts()["done"] == 2
