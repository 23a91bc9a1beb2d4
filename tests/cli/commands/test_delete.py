"""Deleting runs by command."""

import os
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND, Run
from tests.harness import pty_terminal
from tests.harness.runs import make_run, work
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.store.run_removal import holdings


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
