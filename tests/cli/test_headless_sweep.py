"""Signals to a sweep without an interface."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.inline_slot import InlineSlot
from tests.harness.runs import LEASE, make_run
from xsample_tui.cli import headless_sweep
from xsample_tui.sweep.controller import Controller

# No descriptor is free when the terminal goes.
HEADLESS = """
import os, resource, signal
from xsample_tui.cli import headless_sweep

class Work:
    def stop(self, now): print("stopped", now, flush=True)

os.isatty = lambda descriptor: descriptor == 2
handle = headless_sweep._on_signal(Work(), [])
"""
INTERFACE = """
import os, resource, signal
from xsample_tui.tui.terminal.driver import let_go

reading, writing = os.pipe()
os.dup2(writing, 2)
os.close(reading)
os.close(writing)
handle = lambda number, frame: (let_go(), os.write(2, b"late"), print("stopped False", flush=True))
"""
FULL = """
free = os.open(os.devnull, os.O_RDONLY)
os.close(free)
resource.setrlimit(resource.RLIMIT_NOFILE, (free, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
handle(signal.SIGHUP, None)
"""


def test_each_end_says_how_many_there_are_and_the_time_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(tmp_path)
    lines_of = headless_sweep._Lines(run)
    lines_of.work = Controller(run, lambda number: InlineSlot(), lines_of, lease=LEASE)
    lines_of.work.work()
    lines = capsys.readouterr().err.splitlines()
    ends = [line for line in lines if " done" in line]
    assert [re.search(r"\((\d+ of 6)", line)[1] for line in ends] == [f"{n} of 6" for n in range(1, 7)]  # type: ignore[index]
    assert re.search(r"\(2 of 6, about \d+ \S+ left\)$", ends[1])
    assert ends[-1].endswith(" done (6 of 6)")


@pytest.mark.parametrize("program", [HEADLESS, INTERFACE], ids=["headless", "interface"])
def test_a_hang_up_is_answered_also_where_no_descriptor_is_free(program: str) -> None:
    done = subprocess.run([sys.executable, "-c", program + FULL], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "stopped False\n"
