"""A sweep with a fake lease in the background, as a program: ``python -m tests.tui.background RUNS NAME``."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from tests.harness.interface import controller
from xsample_tui.store.run.run_folder import RunFolder


def command(run: RunFolder) -> list[str]:
    """Return what starts it."""
    return [sys.executable, "-m", "tests.tui.background", str(run.path.parent.resolve()), run.name]


def main() -> int:
    work = controller(RunFolder.open(Path(sys.argv[1]), sys.argv[2]), lambda event: None)
    signal.signal(signal.SIGTERM, lambda number, frame: work.stop())
    return 0 if work.work() == "finished" else 3


if __name__ == "__main__":
    sys.exit(main())
