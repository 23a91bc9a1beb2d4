"""A week in some minutes: memory and time of the interface over a sweep of 400 trials of 400 epochs.

``python -m benchmarks.week [--epochs N] [--a-second N] [--size COLSxROWS] [--json FILE]`` lays out 400 windows and
3 baselines, opens the interface on them in a pseudo-terminal of its own, and writes what the controller of such a
sweep would write, far faster than any would. Prints, at the start, after each quarter and at the end, the resident
memory, the interface's CPU time for each event since the row before, and how long keys take.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xsample_tui.core.run_state.run_events import Event, TrialChanged
from xsample_tui.store.control.event_log_file import EventLogWriter
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.store.run.run_folder import RunFolder

from .sweep import beat, epoch_done, laid_out
from .terminal import cpu_seconds, drain, key_times, open_terminal, read

AT_ONCE = 20
_BURSTS = 10
_QUARTERS = ("start", "quarter", "half", "three quarters", "end")
_PATIENCE = 120.0


def events(names: list[str], epochs: int) -> Iterator[Event]:
    """Give what a sweep publishes that trains some trials at once, epoch by epoch, to the end of all."""
    for first in range(0, len(names), AT_ONCE):
        batch = names[first : first + AT_ONCE]
        for slot, name in enumerate(batch):
            yield TrialChanged(at=time.time(), trial=name, status="running", slot=slot)
        for epoch in range(1, epochs + 1):
            for place, name in enumerate(batch):
                yield epoch_done(name, epoch, (first + place) % 20)
        for name in batch:
            yield TrialChanged(at=time.time(), trial=name, status="done", message="all epochs trained")


class Feed(threading.Thread):
    """Writes a run's events in bursts, and its heartbeat.

    Args:
        run: the run.
        epochs: of each trial.
        rate: events a second, at most.
    """

    def __init__(self, run: RunFolder, epochs: int, rate: int) -> None:
        super().__init__(daemon=True)
        self._run, self._rate = run, rate
        names = [trial.name for trial in run.document.trials]
        self.total = len(names) * (epochs + 2)
        self._events = events(names, epochs)
        self._told = 0
        self._upto = threading.Condition()
        self._limit = 0
        self.over = threading.Event()

    def tell(self, until: int) -> None:
        """Let it write on until that many events are written in all."""
        with self._upto:
            self._limit = min(until, self.total)
            self._upto.notify()

    @property
    def told(self) -> int:
        """How many events are written."""
        return self._told

    @property
    def waits(self) -> bool:
        """Whether all is written that was to be."""
        return self._told >= self._limit

    def run(self) -> None:
        """Write until everything is published, or it is over."""
        writer = EventLogWriter(self._run.path)
        while self._told < self.total and not self.over.is_set():
            beat(self._run)
            with self._upto:
                self._upto.wait_for(lambda: self._told < self._limit, timeout=1.0)
            for _ in range(min(self._rate // _BURSTS, self._limit - self._told)):
                writer.write(next(self._events))
                self._told += 1
            time.sleep(1 / _BURSTS)
        writer.close()


def resident(pid: int) -> float:
    """Return a process's resident memory in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024


def measure(epochs: int, rate: int, size: tuple[int, int]) -> list[dict[str, Any]]:
    """Return a row for the start, for each quarter and for the end."""
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder)
        run = laid_out(runs, "week", epochs)
        owner, feed = RunLock(run.path), Feed(run, epochs, rate)
        command = [sys.executable, "-m", "xsample_tui", "attach", "week", "--runs-dir", str(runs)]
        feed.start()
        process, master = open_terminal(size, command)
        try:
            drain(master, 5.0)
            rows: list[dict[str, Any]] = []
            for quarter, name in enumerate(_QUARTERS):
                told, used = feed.told, cpu_seconds(process.pid)
                feed.tell(feed.total * quarter // (len(_QUARTERS) - 1))
                while not feed.waits:
                    read(master, 0.05)
                # Whatever was read last is drawn by then.
                drain(master, 3.0)
                if quarter == len(_QUARTERS) - 1:
                    trials = len(run.document.trials)
                    _wait_for(master, f"{trials}/{trials}".encode())
                spent, count = cpu_seconds(process.pid) - used, feed.told - told
                keys = key_times(master, 40, (b"keep-r00-c01", b"keep-r00-c00"), 0.1)
                rows.append(
                    {
                        "when": name,
                        "events": feed.told,
                        "resident_mib": round(resident(process.pid), 1),
                        "cpu_ms_per_event": round(1000 * spent / count, 3) if count else None,
                        "key_p50_ms": round(statistics.median(keys), 1),
                        "key_max_ms": round(max(keys), 1),
                    }
                )
            return rows
        finally:
            process.kill()
            process.wait()
            os.close(master)
            feed.over.set()
            feed.join()
            owner.release()


def _wait_for(master: int, words: bytes) -> None:
    """Read on until the terminal is shown some words again."""
    seen, end = b"", time.monotonic() + _PATIENCE
    while words not in seen:
        if time.monotonic() > end:
            raise TimeoutError(f"the interface never showed {words.decode()}: it has lost events")
        seen = seen[-100:] + read(master, 0.1)


def main() -> None:
    """Measure, print, and store if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--epochs", type=int, default=400)
    parser.add_argument("--a-second", type=int, default=2000, help="events written a second, at most")
    parser.add_argument("--size", default="200x50", help="columns x rows")
    parser.add_argument("--json", type=Path, help="also write the rows here")
    given = parser.parse_args()
    cols, _, lines = given.size.partition("x")
    rows = measure(given.epochs, given.a_second, (int(cols), int(lines)))
    print(f"{'when':<15}{'events':>9}{'RSS, MiB':>10}{'CPU, ms/event':>15}{'key p50, ms':>13}{'max':>8}")
    for row in rows:
        cost = "-" if row["cpu_ms_per_event"] is None else f"{row['cpu_ms_per_event']:.3f}"
        print(
            f"{row['when']:<15}{row['events']:>9,}{row['resident_mib']:>10.1f}{cost:>15}"
            f"{row['key_p50_ms']:>13.1f}{row['key_max_ms']:>8.1f}"
        )
    if given.json:
        given.json.write_text(json.dumps({"size": given.size, "epochs": given.epochs, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
