"""The product's command with the tests' lease: ``python -m tests.processes.program RUNS NAME``."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

# Seconds of silence after which a worker is given up; the product's 60 s are long for a test.
SILENCE = "TEST_SILENCE_ALLOWED"

# A file with the seconds by which the process's wall clock is off. Not left to libfaketime: under it Python's sleep
# fails with EINVAL.
CLOCK = "TEST_CLOCK"


def _lie_about_the_time(clock: Path) -> None:
    real = time.time, time.time_ns

    last = 0.0

    def off() -> float:
        nonlocal last
        # Whoever has no descriptors left still knows the time.
        with contextlib.suppress(OSError):
            last = float(clock.read_text())
        return last

    time.time = lambda: real[0]() + off()
    time.time_ns = lambda: real[1]() + int(off() * 1e9)


def main() -> None:
    """Resume a run, as ``resume RUN --headless`` does."""
    # Workers import this module too, and need none of these.
    from xsample_tui.__main__ import main as command
    from xsample_tui.sweep.controller import Controller
    from xsample_tui.sweep.workers import worker_supervision

    if clock := os.environ.get(CLOCK):
        _lie_about_the_time(Path(clock))
    worker_supervision.SILENCE_ALLOWED = float(os.environ.get(SILENCE, worker_supervision.SILENCE_ALLOWED))
    defaults = Controller.__init__.__kwdefaults__
    assert defaults is not None
    defaults["lease"] = "tests.harness.fake_lease:run_on_images"
    runs, name = sys.argv[1:]
    sys.argv = ["xsample-tui", "resume", name, "--headless", "--runs-dir", runs]
    command()


if __name__ == "__main__":
    main()
