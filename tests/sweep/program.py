"""A sweep with the fake lease in worker processes, as a program: ``python -m tests.sweep.program FOLDER``.

It says its log on stdout; SIGTERM stops it. ``FAKE_SILENCE`` shortens the silence that is allowed, and what one turn
of the controller may count of it, in proportion.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil

from tests.harness.runs import LEASE
from tests.harness.until import SECONDS, until
from xsample_tui.core.exit_codes import exit_code
from xsample_tui.core.run_state.run_events import Event, Logged
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.controller import Controller
from xsample_tui.sweep.workers import worker_supervision
from xsample_tui.sweep.workers.worker_slot import ProcessSlot


class Program:
    """Such a program, started.

    Args:
        folder: the run's.
        environment: variables besides this process's.
    """

    def __init__(self, folder: Path, **environment: object) -> None:
        self.process = subprocess.Popen(
            command(folder),
            env=os.environ | {"PYTHONPATH": os.getcwd()} | {name: str(value) for name, value in environment.items()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(iter(self.process.stdout.readline, ""))

    @property
    def said(self) -> str:
        """What it has said so far."""
        return "".join(self.lines)

    def workers(self) -> list[psutil.Process]:
        """Return the processes that train for it."""
        children = psutil.Process(self.process.pid).children()
        return [child for child in children if "resource_tracker" not in " ".join(child.cmdline())]

    def wait_for(self, words: str) -> None:
        """Wait until it says something."""
        until(lambda: words in self.said or self.process.poll() is not None)
        assert words in self.said, self.said

    def wait(self) -> int:
        """Wait for its end; return its exit code."""
        code = self.process.wait(SECONDS)
        self._thread.join(SECONDS)
        return code

    def kill(self) -> None:
        """End it and its workers at once."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._thread.join(SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()


def command(folder: Path) -> list[str]:
    """Return what starts it."""
    return [sys.executable, "-m", "tests.sweep.program", str(folder)]


def main() -> int:
    if silence := os.environ.get("FAKE_SILENCE"):
        worker_supervision._MOST_A_TICK *= float(silence) / worker_supervision.SILENCE_ALLOWED
        worker_supervision.SILENCE_ALLOWED = float(silence)
    run = RunFolder(Path(sys.argv[1]))

    def say(event: Event) -> None:
        if isinstance(event, Logged):
            print(f"{event.level}: {event.text}", flush=True)

    def slot(number: int) -> ProcessSlot:
        return ProcessSlot(run.path.resolve() / "logs" / f"worker-{number}.log", run.spec.machine)

    controller = Controller(run, slot, say, lease=LEASE)
    signal.signal(signal.SIGTERM, lambda number, frame: controller.stop())
    return exit_code(controller.work(), 0)


if __name__ == "__main__":
    sys.exit(main())
