"""Comparing and deleting runs by command."""

import json
import os
from pathlib import Path

import pandas as pd
import pytest

from tests.cli.conftest import COMMAND, Run
from tests.harness import pty_terminal
from tests.harness.finished_runs import finished_run
from tests.harness.runs import make_run, work
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.store.run_removal import holdings


def test_two_runs_are_compared_as_text_json_and_csv(cli: Run, tmp_path: Path) -> None:
    for name, seed in (("one", 0), ("two", 5)):
        work(make_run(tmp_path / "runs", name, baselines=3, seed=seed))
    text = cli("compare", "one", "two")
    assert text.returncode == 0
    assert "seed: 0 -> 5" in text.stdout
    assert "windows: 4 positions in both" in text.stdout
    done = cli("compare", "one", "two", "--json", "--csv", "out.csv")
    facts = json.loads(done.stdout)
    assert facts["same_pictures"] is False
    assert [row["trial"] for row in facts["windows"]] == [f"keep-r{r:02d}-c{c:02d}" for r in (0, 4) for c in (0, 4)]
    frame = pd.read_csv(tmp_path / "out.csv")
    assert frame["gain"].tolist() == pytest.approx([row["gain"] for row in facts["windows"]])
    again = cli("compare", "one", "two", "--csv", "out.csv")
    assert (again.returncode, again.stdout) == (2, "")
    missing = cli("compare", "one", "three")
    assert missing.returncode == 2
    assert "three" in missing.stderr


def test_delete_names_what_goes_and_needs_a_yes(cli: Run, tmp_path: Path) -> None:
    run = make_run(tmp_path / "runs", "old")
    work(run)
    make_run(tmp_path / "runs", "old-seeds")
    refused = cli("delete", "old")
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    assert run.path.is_dir()
    found = holdings(tmp_path / "runs", "old")
    assert (found.done, found.trials) == (6, 6)
    assert found.size == sum(p.stat().st_size for p in run.path.rglob("*") if p.is_file())
    done = cli("delete", "old", "--yes")
    assert done.returncode == 0
    assert "6 of 6 trials done" in done.stderr
    assert "its control runs stay: old-seeds" in done.stderr
    assert [p.name for p in (tmp_path / "runs").iterdir()] == ["old-seeds"]
    assert cli("delete", "old", "--yes").returncode == 2


def test_delete_refuses_a_run_that_is_held_a_link_and_a_path(cli: Run, tmp_path: Path) -> None:
    run = make_run(tmp_path / "runs", "busy")
    owner = RunLock(run.path)
    held = cli("delete", "busy", "--yes")
    owner.release()
    assert held.returncode == 1
    assert f"process {os.getpid()}" in held.stderr
    (tmp_path / "runs" / "link").symlink_to(run.path)
    for name in ("link", "../runs/busy", "."):
        assert cli("delete", name, "--yes").returncode == 2
    assert (run.path / "spec.json").exists()


def test_a_broken_run_can_be_deleted(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "runs" / "broken").mkdir(parents=True)
    (tmp_path / "runs" / "broken" / "spec.json").write_text("{")
    done = cli("delete", "broken", "--yes")
    assert done.returncode == 0
    assert "cannot be read" in done.stderr
    assert not (tmp_path / "runs" / "broken").exists()


@pytest.mark.parametrize(("answer", "gone"), [("y", True), ("n", False), ("", False)])
def test_in_a_terminal_delete_asks(tmp_path: Path, answer: str, gone: bool) -> None:
    run = make_run(tmp_path / "runs", "r")
    code, words = pty_terminal.answer([*COMMAND, "delete", "r"], tmp_path, answer)
    assert "Delete r? This cannot be undone" in words
    assert run.path.exists() is not gone
    assert code == (0 if gone else 3)


def test_more_than_two_runs_are_compared_with_the_first(cli: Run, tmp_path: Path) -> None:
    for name, seed in (("one", 0), ("two", 5), ("three", 0)):
        finished_run(tmp_path / "runs", name, seed=seed)
    text = cli("compare", "one", "two", "three")
    assert text.returncode == 0, text.stderr
    lines = text.stdout.splitlines()
    assert [line.split()[0] for line in lines[2:5]] == ["one", "two", "three"]
    assert "A = one, B = two:" in lines
    done = cli("compare", "one", "two", "three", "--json", "--csv", "out.csv")
    found = json.loads(done.stdout)
    assert [run["same_images"] for run in found] == [True, False, True]
    assert found[0]["against_first"] is None
    assert found[2]["blend"]["errors"] == found[0]["blend"]["errors"]
    frame = pd.read_csv(tmp_path / "out.csv")
    assert frame["run"].tolist() == ["two"] * 9 + ["three"] * 9
    refused = cli("compare", "one", "two", "one")
    assert (refused.returncode, "name each run once" in refused.stderr) == (2, True)
