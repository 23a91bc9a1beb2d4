"""Processes in tests: workers, controllers in threads and on other hosts, and what they leave in folders."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.harness.inline_slot import InlineSlot
from tests.harness.runs import LEASE
from tests.harness.until import SECONDS, until
from xsample_tui.core.run_state.requests import Action, Request
from xsample_tui.core.run_state.run_events import EpochDone, Event, Logged
from xsample_tui.store.control.heartbeat import read_heartbeat
from xsample_tui.store.control.request_inbox import RequestInbox
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.controller import Controller
from xsample_tui.sweep.workers.worker_slot import ProcessSlot

# Beats as a controller of another host, whose lock is not seen here; "-" for a version that names no kernel.
BEATS = """
import itertools, sys, time
from pathlib import Path
from xsample_tui.store.control.heartbeat import Heartbeat, write_heartbeat
for beat in itertools.count(1):
    kernel = sys.argv[2].strip("-")
    seen = Heartbeat(state="running", at=beat, pid=7, host="far", active=0, kernel=kernel)
    write_heartbeat(Path(sys.argv[1]), seen)
    time.sleep(0.2)
"""


def workers_of(pid: int) -> list[int]:
    """Return the processes a process has started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def process_slot(run: RunFolder) -> Callable[[int], ProcessSlot]:
    return lambda number: ProcessSlot(run.path / "logs" / f"worker-{number}.log", run.spec.machine)


class Watch:
    """Collects a controller's events while it works in a thread."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self.events: list[Event] = []
        self.ended = ""
        self.controller = Controller(run, lambda number: InlineSlot(), self.events.append, lease=LEASE)

    def ask(self, action: Action, *trials: str) -> None:
        RequestInbox(self.run.path).put(Request(action=action, trials=trials, sender="test"))

    def epochs(self) -> list[tuple[str, int]]:
        return [(e.trial, e.metrics.epoch) for e in list(self.events) if isinstance(e, EpochDone)]

    def logged(self) -> str:
        return "\n".join(e.text for e in list(self.events) if isinstance(e, Logged))


@contextmanager
def working(run: RunFolder) -> Iterator[Watch]:
    watch = Watch(run)

    def target() -> None:
        watch.ended = watch.controller.work()

    thread = threading.Thread(target=target)
    thread.start()
    try:
        yield watch
    finally:
        watch.controller.stop()
        thread.join(SECONDS)
        assert not thread.is_alive()


@contextlib.contextmanager
def beating(folder: Path, of: str = "another") -> Iterator[None]:
    """Let another host's controller work on a run."""
    process = subprocess.Popen([sys.executable, "-c", BEATS, str(folder), of])
    try:
        until(
            lambda: (heartbeat := read_heartbeat(folder)) is not None and heartbeat.host == "far" and heartbeat.at > 1
        )
        yield
    finally:
        process.kill()
        process.wait()


def epochs_told(tmp_path: Path, name: str) -> int:
    try:
        return (tmp_path / "runs" / name / "events.jsonl").read_text().count('"type":"epoch"')
    except FileNotFoundError:
        return 0


def contents(folder: Path) -> dict[str, tuple[int, int]]:
    """Return every file of a folder with its size and time of change."""
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }
