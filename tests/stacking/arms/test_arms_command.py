"""The command `arms`: what it reports, trains and refuses."""

from functools import partial
from pathlib import Path

import pytest

from tests.harness.finished_runs import finish, finished_run
from tests.stacking.conftest import Command
from tests.stacking.control_runs import complete
from xsample_tui.cli import training_to_end
from xsample_tui.cli.commands import arms as arms_command
from xsample_tui.core.errors import InputError
from xsample_tui.core.run_state.session_limits import SessionLimits
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep import run_setup
from xsample_tui.sweep.cluster.cluster_address import ClusterAddress
from xsample_tui.sweep.controller import Controller


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

    monkeypatch.setattr(training_to_end, "_train", train)
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
    monkeypatch.setattr(training_to_end, "check_drift", lambda *_, **__: pytest.fail("the drift was asked for"))
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
