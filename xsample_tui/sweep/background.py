"""The background: a sweep that trains in a process of its own, without a terminal."""

from __future__ import annotations

import subprocess
import sys
import time

from ..core.errors import XSampleError
from ..store.folder import RunFolder
from ..store.owner import Owner, held

_START_WITHIN = 20.0


class BackgroundFailed(XSampleError):
    """The process in the background ended before it took the run up."""


def send_to_background(run: RunFolder, *, allow_drift: bool = False) -> int:
    """Start a process that goes on with a run, and return its pid once it holds the run.

    It has a session of its own, so that it outlives this process and its terminal; what it prints goes to
    ``logs/background.log`` in the run's folder.

    Raises:
        RunBusy: another process holds the run.
        BackgroundFailed: it ended at once; the message gives its last line.
    """
    Owner(run.path).release()  # says who, if somebody holds it
    log = run.path / "logs" / "background.log"
    command = [
        sys.executable, "-m", "xsample_tui", "resume", run.name,
        "--runs-dir", str(run.path.parent.resolve()), "--headless",
    ]  # fmt: skip
    with open(log, "ab") as out:
        process = subprocess.Popen(
            command + ["--allow-drift"] * allow_drift,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_WITHIN
    while not held(run.path):
        if (code := process.poll()) is not None:
            if code == 0:
                break
            lines = log.read_text(errors="replace").splitlines()
            raise BackgroundFailed(f"run {run.name}: the background process ended: {lines[-1] if lines else code}")
        if time.monotonic() > deadline:
            raise BackgroundFailed(f"run {run.name}: the background process {process.pid} does not take the run up")
        time.sleep(0.05)
    return process.pid
