"""Files of a run that cannot be read: every viewer says so, and takes nothing for not trained or not held."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND
from tests.harness.finished_runs import finished_run
from tests.harness.privileges import public_folder
from tests.harness.pty_terminal import Terminal
from tests.harness.unwritable import without_rights
from xsample_tui.stacking.pool.control_runs import progress_with_controls
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.store.run.run_folder import RunFolder

TRIAL = "keep-r00-c00"
DENIED = f"{TRIAL} cannot be read: Permission denied"
ENVIRONMENT = os.environ | {"PYTHONPATH": os.getcwd(), "COLUMNS": "200"}


@pytest.fixture
def run() -> Iterator[RunFolder]:
    """A finished run of 12 trials."""
    with public_folder() as folder:
        yield finished_run(folder / "runs")


@pytest.fixture
def command(run: RunFolder) -> Callable[..., list[str]]:
    """Return a function that gives a command without the right to read what nobody may read."""
    before = without_rights("permission", run.path)
    if before is None:
        pytest.skip("no way to be without rights here")
    return lambda *words: [*before, *COMMAND, *words, "--runs-dir", str(run.path.parent)]


@pytest.fixture
def cli(command: Callable[..., list[str]], tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs such a command."""
    tmp_path.chmod(0o777)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*words), env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )

    return run


@pytest.mark.parametrize("damaged", [True, False])
def test_twins_that_cannot_be_read_are_said(run: RunFolder, damaged: bool) -> None:
    beside = finished_run(run.path.parent, "r-seeds")
    path = beside.path / "trials" / TRIAL / "000002.ckpt"
    if damaged:
        path.write_bytes(path.read_bytes()[:-1])
        found = progress_with_controls(run)
        assert found.damaged == f"r-seeds/{TRIAL}: checkpoint 000002.ckpt is damaged; the trial starts over"
        (beside.path / "spec.json").write_bytes(b"{}")
        assert progress_with_controls(run).damaged.startswith("what was trained beside it: run r-seeds: spec.json")
    else:
        (beside.path / "spec.json").unlink()
        (beside.path / "spec.json").mkdir()
        found = progress_with_controls(run)
        assert found.doubtful == "what was trained beside it cannot be read: Is a directory"
        assert found.controls == {}


@pytest.mark.parametrize("what", [f"trials/{TRIAL}/000002.ckpt", f"trials/{TRIAL}"])
def test_a_trial_that_cannot_be_read_is_not_taken_for_one_not_trained(
    run: RunFolder, cli: Callable[..., subprocess.CompletedProcess[str]], what: str
) -> None:
    (run.path / what).chmod(0)
    done = cli("status", "r")
    assert done.returncode == 0
    assert f"11 of 12 trials done, 1 paused, {DENIED}" in done.stdout
    facts = json.loads(cli("status", "r", "--json").stdout)
    assert facts["unreadable"] == {TRIAL: "Permission denied"}
    (row,) = [row for row in facts["trials"] if row["trial"] == TRIAL]
    assert row["message"] == "cannot be read: Permission denied"
    done = cli("judge", "r")
    assert done.returncode == 0
    assert f"warning: {TRIAL} is left out: cannot be read: Permission denied" in done.stderr
    assert "not finished" not in done.stderr
    done = cli("verify", "r")
    assert done.returncode == 1
    assert "Permission denied" in done.stdout
    assert "not started" not in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("how", ["cut", "record", "another trial's"])
def test_a_damaged_checkpoint_is_said_and_not_taken_for_one_not_trained(
    run: RunFolder, cli: Callable[..., subprocess.CompletedProcess[str]], how: str
) -> None:
    path = run.path / "trials" / TRIAL / "000002.ckpt"
    whole = path.read_bytes()
    other = (run.path / "trials" / "baseline-s00" / "000002.ckpt").read_bytes()
    damaged = {"cut": whole[:-1], "record": whole.replace(b"history", b"histery"), "another trial's": other}
    path.write_bytes(damaged[how])
    what = "checkpoint 000002.ckpt is damaged; the trial starts over"
    for words in (("status", "r"), ("status",)):
        assert f"11 of 12 trials done, 1 paused, {TRIAL}: {what}" in cli(*words).stdout
    facts = json.loads(cli("status", "r", "--json").stdout)
    assert (facts["damaged"], facts["unreadable"]) == ({TRIAL: what}, {})
    (row,) = [row for row in facts["trials"] if row["trial"] == TRIAL]
    assert row["message"] == what
    assert f"warning: {TRIAL} is left out: {what}" in cli("judge", "r").stderr
    assert cli("verify", "r").returncode == 1


def test_a_mark_that_cannot_be_read_is_said(
    run: RunFolder, cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    run.mark(TRIAL, "failed", "the loss is nan")
    assert "1 failed" in cli("status", "r").stdout
    (run.path / "trials" / TRIAL / "mark.json").chmod(0)
    said = cli("status", "r").stdout
    assert "1 failed" not in said
    assert DENIED in said


def test_a_lock_that_cannot_be_read_is_not_taken_for_a_free_one(
    run: RunFolder, cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    owner = RunLock(run.path)
    try:
        assert "not active" not in cli("stop", "r").stderr
        (run.path / "owner.lock").chmod(0)
        assert "cannot read whether it is being trained: Permission denied" in cli("status", "r").stdout
        done = cli("stop", "r")
        assert done.returncode == 2
        assert "error: run: r: cannot read whether it is being trained: Permission denied" in done.stderr
        assert "not active" not in done.stderr
    finally:
        owner.release()


def test_the_interface_says_it_and_reads_again(
    run: RunFolder, command: Callable[..., list[str]], tmp_path: Path
) -> None:
    checkpoint = run.path / "trials" / TRIAL / "000002.ckpt"
    checkpoint.chmod(0)
    terminal = Terminal(command("attach", "r"), tmp_path, size=(160, 50), environment={"PYTHONPATH": os.getcwd()})
    try:
        terminal.wait_for(DENIED)
        checkpoint.chmod(0o644)
        terminal.wait_for("12/12")
    finally:
        terminal.close()
