"""Computes the answers of finished runs in a process of the lowest priority: ``python -m ... RUNS NAME``."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

from ...core.errors import XSampleError
from ...store.run.run_folder import RunFolder

# Below everything else that a machine does.
_NICENESS = 19


def start_answer(runs: Path, name: str) -> subprocess.Popen[bytes]:
    """Start a process that computes a run's answer and keeps it beside the run; what it prints is dropped.

    Args:
        runs: the runs folder.
        name: the run.

    Raises:
        OSError: no process can be started.
    """
    command = [sys.executable, "-m", __name__, str(runs), name]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)


def main() -> int:
    """Compute the answer of the run that the command line names; return 1 where there is none."""
    from .run_summary import kept_summary

    runs, name = sys.argv[1:]
    try:
        run = RunFolder.open(Path(runs), name)
        kept_summary(run)
    except (XSampleError, OSError):
        return 1
    return 0


if __name__ == "__main__":
    with contextlib.suppress(OSError):
        os.nice(_NICENESS)
    sys.exit(main())
