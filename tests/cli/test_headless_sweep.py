"""Signals to a sweep without an interface."""

from __future__ import annotations

import subprocess
import sys

import pytest

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


@pytest.mark.parametrize("program", [HEADLESS, INTERFACE], ids=["headless", "interface"])
def test_a_hang_up_is_answered_also_where_no_descriptor_is_free(program: str) -> None:
    done = subprocess.run([sys.executable, "-c", program + FULL], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "stopped False\n"
