"""The command ``scout``: a stored estimate is printed; one that is killed goes on and ends with the same bits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.started_command import RUN, start
from tests.harness.finished_runs import finished_run
from tests.harness.processes import epochs_told
from tests.harness.runs import digests
from tests.harness.scout_estimates import give_estimate
from tests.harness.until import SECONDS, until
from xsample_tui.core.scout.scout_order import plan_key
from xsample_tui.report.report_findings import gather
from xsample_tui.report.report_text import findings
from xsample_tui.stacking.findings.run_summary import summary
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.scout_files import estimate_path, read_estimate, store_estimate


def with_estimate(tmp_path: Path) -> RunFolder:
    """Return a finished run with an estimate of its own windows, a baseline's among it."""
    run = finished_run(tmp_path / "runs")
    found = give_estimate(run)
    unmasked = found.scout.model_copy(update={"trained": "baseline-s00"})
    update = {"plan": plan_key(run.plan), "baseline": unmasked}
    store_estimate(run.path, found.model_copy(update=update))
    return run


def test_a_stored_estimate_is_printed_and_nothing_is_trained(cli: Run, tmp_path: Path) -> None:
    run = with_estimate(tmp_path)
    done = cli("scout", "r")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("r: an estimate, not results: one network, 2 epochs under all 9 windows in turn")
    assert lines[1].split() == ["0", "2", "4"]
    digits = [digit for line in lines[2:5] for digit in line.split()[1:]]
    assert sorted(digits) == ["0", "1", "2", "3", "4", "6", "7", "8", "9"]
    assert lines[-1].startswith("Scout: Spearman 1.00 with the 9 trained windows; the best 4 are among its first 4")
    found = json.loads(cli("scout", "r", "--json").stdout)
    assert found["ranking"]["spearman"] == pytest.approx(1)
    assert sorted(found["rank"]) == list(range(1, 10))
    assert found["windows"] == [trial.name for trial in run.document.trials if not trial.is_baseline]


def test_judge_the_summary_and_the_report_say_how_well_it_ranked_and_nothing_else_changes(
    cli: Run, tmp_path: Path
) -> None:
    run = with_estimate(tmp_path)
    sentence = "Scout: Spearman 1.00 with the 9 trained windows; the best 4 are among its first 4"
    judged, facts = cli("judge", "r").stdout, json.loads(cli("judge", "r", "--json").stdout)
    assert sentence in judged
    assert summary(run).lines[-1].startswith(sentence)
    assert findings(gather(run))[-1].startswith(sentence)
    estimate_path(run.path).unlink()
    assert not [line for line in summary(run).lines if "Scout" in line]
    assert [line for line in judged.splitlines() if "Scout" not in line] == cli("judge", "r").stdout.splitlines()
    found = facts.pop("scout")
    assert (found["windows"], found["within"]) == (9, 4)
    assert json.loads(cli("judge", "r", "--json").stdout) == facts


def test_what_cannot_be_done_is_refused_in_a_line(cli: Run, tmp_path: Path) -> None:
    with_estimate(tmp_path)
    for arguments, said in (
        (("scout", "r", "--epochs", "0"), "--epochs: 0: choose from 1 to 100,000"),
        (("scout", "nobody"), "run: nobody: "),
        (
            ("run", "--order", "promising", "--print-spec"),
            "--order: promising: needs a scout's estimate; pass --scout too, or choose coarse",
        ),
    ):
        refused = cli(*arguments)
        assert refused.returncode == 2
        assert said in refused.stderr
        assert len(refused.stderr.splitlines()) == 1


def test_damage_is_found_by_verify(cli: Run, tmp_path: Path) -> None:
    path = estimate_path(with_estimate(tmp_path).path)
    assert "whole    scout/estimate.json" in cli("verify", "r").stdout
    path.write_bytes(path.read_bytes().replace(b'"epochs": 2', b'"epochs": 3'))
    done = cli("verify", "r")
    assert done.returncode == 1
    assert "damaged  scout/estimate.json" in done.stdout


def test_a_run_that_is_only_created_can_be_scouted_first(cli: Run, tmp_path: Path, images: Path) -> None:
    made = cli("run", "--no-train", "--data", str(images), "--window", "4", "--stride", "4", "--name", "later")
    assert made.returncode == 0, made.stderr
    assert made.stderr.splitlines()[-1] == "train it with: xsample-tui resume later"
    run = RunFolder(tmp_path / "runs" / "later")
    assert {entry.status for entry in run.progress().trials.values()} == {"pending"}


# TensorFlow four times; each part alone is tried in tests/sweep/scout and tests/training/scout.
@pytest.mark.slow
def test_killed_in_the_middle_it_ends_with_the_estimate_of_one_that_was_not(
    cli: Run, tmp_path: Path, images: Path
) -> None:
    # How many workers evaluate makes no difference.
    arguments = (*RUN, "--data", str(images), "--epochs", "1")
    for name, jobs in (("whole", "1"), ("part", "2")):
        assert cli(*arguments, "--name", name, "--jobs", jobs, "--threads", "1").returncode == 0
    folders = {name: RunFolder(tmp_path / "runs" / name) for name in ("whole", "part")}
    before = digests(folders["part"])
    done = cli("scout", "whole", "--epochs", "40")
    assert done.returncode == 0, done.stderr
    process, _ = start(tmp_path, "scout", "part", "--epochs", "40")
    until(lambda: any((folders["part"].path / "scout").glob("*.ckpt")))
    process.kill()
    process.wait(SECONDS)
    assert read_estimate(folders["part"].path) is None
    assert cli("scout", "part", "--epochs", "40").returncode == 0
    assert read_estimate(folders["part"].path) == read_estimate(folders["whole"].path)
    assert digests(folders["part"]) == before == digests(folders["whole"])
    assert epochs_told(tmp_path, "part") == epochs_told(tmp_path, "whole")
