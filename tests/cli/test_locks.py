"""The command line on a file system without locks, and on one whose locks other hosts do not see."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.processes import beating
from tests.harness.runs import make_run
from tests.harness.until import SECONDS
from xsample_tui.core.exit_codes import BAD_INPUT, FAILED

# As `strace -e inject=flock:error=ENOLCK` would have it.
WITHOUT_LOCKS = """
import errno, fcntl, os, sys
def refuse(descriptor, how):
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))
fcntl.flock = refuse
from xsample_tui.cli.main_command import main
sys.exit(main())
"""
LOCKS = "from xsample_tui.cli.main_command import main; import sys; sys.exit(main())"


def command(program: str, runs: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments, "--runs-dir", str(runs)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    assert "Traceback" not in done.stderr
    (line,) = done.stderr.splitlines()
    return line


@pytest.mark.parametrize("arguments", [("resume", "r", "--headless"), ("resume", "r", "--detach"), ("stop", "r")])
def test_without_locks_one_line_names_the_file_system(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    run = make_run(tmp_path)
    (run.path / "owner.lock").touch()
    done = command(WITHOUT_LOCKS, tmp_path, *arguments)
    line = one_line(done)
    assert done.returncode == BAD_INPUT, line
    for word in ("--runs-dir", str(tmp_path), "has no locks (No locks available)", "local disk"):
        assert word in line
    assert not list((run.path / "requests").glob("*.json"))


def test_without_locks_status_says_what_the_files_show(tmp_path: Path) -> None:
    (make_run(tmp_path).path / "owner.lock").touch()
    for arguments in (("status",), ("status", "r")):
        done = command(WITHOUT_LOCKS, tmp_path, *arguments)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("r: stopped: 0 of 6 trials done")


def test_a_run_that_another_host_trains_is_neither_resumed_nor_deleted(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    with beating(run.path):
        for arguments in (("resume", "r", "--headless"), ("resume", "r", "--detach"), ("delete", "r", "--yes")):
            done = command(LOCKS, tmp_path, *arguments)
            assert done.returncode == FAILED, done.stderr
            waits, refused = done.stderr.splitlines()
            assert "waiting 5 s for further ones" in waits
            assert "is already being trained by process 7 on far" in refused
    assert (run.path / "spec.json").exists()
