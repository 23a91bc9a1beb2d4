"""Standard streams that are closed, or that nobody reads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND
from tests.cli.fake_training import ROOT, TRAINING
from tests.harness.runs import make_run
from tests.harness.until import SECONDS
from xsample_tui.store.run.run_notes import run_notes

ALL = "<&- >&- 2>&-"
# Prints more than a pipe holds, in the middle of a command.
MUCH = """
import sys
from xsample_tui import __main__
from xsample_tui.store.run_catalog import RunCatalog

summaries = RunCatalog.summaries

def printing(self):
    for _ in range(3000):
        print("x" * 99)
    return summaries(self)

RunCatalog.summaries = printing
__main__.main()
"""


def closed(closing: str, command: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {closing}', "sh", *command],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def unread(command: list[str], folder: Path, **variables: str) -> tuple[int, str]:
    """Return the exit code and stderr of a command whose stdout nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as stdout:
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | variables,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    return done.returncode, done.stderr


@pytest.mark.parametrize("closing", ["<&-", ">&-", "2>&-", ALL])
def test_a_run_is_trained_whichever_streams_are_closed(tmp_path: Path, closing: str) -> None:
    run = make_run(tmp_path / "runs")
    done = closed(closing, [*TRAINING, "resume", "r", "--headless"], tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert all(entry.status == "done" for entry in run.progress().trials.values())
    # What a library writes to a standard stream must not come into a file of ours.
    assert b"sweep" not in (run.path / "owner.lock").read_bytes()


@pytest.mark.parametrize("command", [("status",), ("windows",), ("keys",), ("verify", "r"), ("--help",)])
def test_a_command_does_without_its_streams(tmp_path: Path, command: tuple[str, ...]) -> None:
    make_run(tmp_path / "runs")
    done = closed(">&-", [*COMMAND, *command], tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert closed(ALL, [*COMMAND, *command], tmp_path).returncode == 0


def test_what_a_command_does_without_its_streams_is_done(tmp_path: Path) -> None:
    run = make_run(tmp_path / "runs")
    assert closed(ALL, [*COMMAND, "tag", "r", "+a"], tmp_path).returncode == 0
    assert run_notes(run.path).tags == ("a",)


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", [("status",), ("windows",), ("keys",), ("--help",), ("run", "--help")])
def test_a_reader_that_has_gone_is_no_failure(tmp_path: Path, command: tuple[str, ...], unbuffered: str) -> None:
    make_run(tmp_path / "runs")
    code, said = unread([*COMMAND, *command], tmp_path, PYTHONUNBUFFERED=unbuffered)
    assert (code, "error" in said, "Traceback" in said) == (0, False, False), said


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_goes_while_much_is_printed_is_no_failure(tmp_path: Path, unbuffered: str) -> None:
    assert unread([sys.executable, "-c", MUCH, "status"], tmp_path, PYTHONUNBUFFERED=unbuffered) == (0, "")


def test_a_reader_that_has_gone_hides_no_failure(tmp_path: Path) -> None:
    run = make_run(tmp_path / "runs")
    (run.path / "dataset.npz").write_bytes(b"")
    assert unread([*COMMAND, "verify", "r"], tmp_path, PYTHONUNBUFFERED="")[0] == 1


def test_another_pipe_that_breaks_is_said(tmp_path: Path) -> None:
    program = MUCH.replace('print("x" * 99)', "raise BrokenPipeError(32, 'Broken pipe')")
    done = closed("", [sys.executable, "-c", program, "status"], tmp_path)
    assert (done.returncode, done.stderr) == (1, "error: Broken pipe\n")
