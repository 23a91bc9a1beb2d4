"""The tests themselves: whoever runs them, and wherever, they see the same machine, and their order is free."""

import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOREIGN = {
    "COLORTERM": "24bit",
    "COLUMNS": "33",
    "LANG": "de_DE.ISO-8859-1",
    "LC_ALL": "C",
    "NO_COLOR": "1",
    "PYTHONIOENCODING": "latin-1",
    "SSH_CONNECTION": "a b c d",
    "STY": "1.pts",
    "TERM": "linux",
    "TEXTUAL_THEME": "nord",
    "TMUX": "/tmp/tmux",
    "TZ": "Asia/Kolkata",
}


def pytest_in(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run tests in a process of their own."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_test_sees_whose_terminal_it_runs_in() -> None:
    """Run by the next test under foreign surroundings, and here under those of whoever runs the tests."""
    seen = {name: os.environ[name] for name in FOREIGN if name in os.environ}
    assert seen == {"LANG": "C.UTF-8", "TERM": "xterm-256color", "TZ": "UTC"}
    assert time.localtime(0).tm_hour == 0


def test_foreign_surroundings_are_not_seen() -> None:
    done = pytest_in("-q", f"{__file__}::test_no_test_sees_whose_terminal_it_runs_in", **FOREIGN)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("seed", ["1", "2"])
def test_a_seed_decides_on_the_order_and_keeps_modules_together(seed: str) -> None:
    files = (
        "tests/core/test_exit_codes.py",
        "tests/tui/view_models/test_filter_language.py",
        "tests/core/masks/test_windows.py",
    )
    plain, one, again = (
        [line for line in pytest_in("--collect-only", "-q", *files, *more).stdout.splitlines() if "::" in line]
        for more in ((), ("--shuffle", seed), ("--shuffle", seed))
    )
    assert one == again
    assert one != plain
    assert sorted(one) == sorted(plain)
    modules = [line.split("::")[0] for line in one]
    assert sum(a != b for a, b in pairwise(modules)) == 2
