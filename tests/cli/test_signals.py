"""Signals that a program is started to ignore, and a terminal that goes without one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.fake_training import ROOT, TRAINING
from tests.harness.fake_lease import GATE
from tests.harness.pty_terminal import open_terminal
from tests.harness.runs import make_run
from tests.harness.until import SECONDS, until
from xsample_tui.store.control.heartbeat import read_heartbeat
from xsample_tui.store.run.run_folder import RunFolder

RESUME = [*TRAINING, "resume", "r", "--headless", "--runs-dir"]


def trains(run: RunFolder) -> bool:
    heartbeat = read_heartbeat(run.path)
    return heartbeat is not None and heartbeat.state == "running"


@pytest.mark.parametrize(("number", "ignored", "code"), [(1, True, 0), (2, True, 0), (1, False, 3)])
def test_a_signal_that_is_ignored_from_the_start_stops_no_sweep(
    tmp_path: Path, number: int, ignored: bool, code: int
) -> None:
    run, gate = make_run(tmp_path), tmp_path / "gate"
    process = subprocess.Popen(
        [*RESUME, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(ROOT), GATE: str(gate)},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # As nohup does, and a shell for what it starts in the background.
        preexec_fn=lambda: signal.signal(number, signal.SIG_IGN if ignored else signal.SIG_DFL),
    )
    until(lambda: trains(run))
    process.send_signal(number)
    gate.touch()
    assert process.wait(SECONDS) == code


def test_a_terminal_that_goes_without_a_signal_is_no_failure(tmp_path: Path) -> None:
    run, gate = make_run(tmp_path), tmp_path / "gate"
    environment = {"PYTHONPATH": str(ROOT), GATE: str(gate)}
    process, terminal = open_terminal([*RESUME, str(tmp_path)], ROOT, environment=environment, controlling=False)
    until(lambda: trains(run))
    os.close(terminal)
    gate.touch()
    assert process.wait(SECONDS) == 0


# Interrupts the program when it imports a module, and says what it had imported before.
PROGRAM = """
import signal, sys

signal.signal(signal.SIGINT, signal.SIG_IGN if sys.argv.pop(1) == "ignored" else signal.default_int_handler)
where, seen = sys.argv.pop(1), []

class Finder:
    def find_spec(self, name, path=None, target=None):
        seen.append(name)
        if name == where:
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Finder())
from xsample_tui.__main__ import main
assert seen == ["xsample_tui", "xsample_tui.__main__"], seen
main()
"""


@pytest.mark.parametrize("where", ["xsample_tui.core", "typer", "xsample_tui.cli.command_registry"])
def test_ctrl_c_while_it_starts_is_one_line(tmp_path: Path, where: str) -> None:
    def start(how: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, how, where, "--version"],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr

    assert start("heeded") == (130, "interrupted\n")
    assert start("ignored") == (0, "")


def test_ctrl_c_in_a_command_is_one_line(tmp_path: Path) -> None:
    program = (
        "from xsample_tui import __main__; from xsample_tui.store.run_catalog import RunCatalog; import signal; "
        "signal.signal(signal.SIGINT, signal.default_int_handler); "
        "RunCatalog.summaries = lambda self: signal.raise_signal(signal.SIGINT); __main__.main()"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program, "status"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "interrupted\n")
