"""A sweep that the interface's own process trains: from a key to the controller's obeying, and each event's cost.

``python -m benchmarks.key_to_effect [--keys N] [--events N] [--a-second N] [--json FILE]`` opens the interface in
a pseudo-terminal with a controller of its own, whose leases train nothing. It presses the space bar again and
again, and prints how long it takes from each key until the controller has changed its state: p50, p99 and the
maximum. Then a second interface publishes the events of a sweep of 400 windows, and the CPU time of the whole
process for each event, and its resident memory before and after, are printed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from xsample_tui.core.run_state.run_events import Event, RunChanged
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.controller import Controller
from xsample_tui.sweep.event_publisher import EventPublisher
from xsample_tui.sweep.workers.worker_slot import ProcessSlot

from .sweep import laid_out
from .terminal import cpu_seconds, drain, open_terminal, read
from .week import events, resident

_SIZE = (200, 50)
_BURSTS = 10
_PATIENCE = 600.0


class _Publishing(Controller):
    """Publishes the events of a sweep instead of training one."""

    def work(self) -> Literal["finished", "stopped"]:
        """Publish what the environment says, once the file ``go`` is there."""
        count, rate = int(os.environ["EVENTS"]), int(os.environ["RATE"])
        publisher = EventPublisher(self._run, self._on_event)
        self.progress = publisher.progress
        publisher.enter("running")
        while not (self._run.path / "go").exists():
            time.sleep(0.1)
        names = [trial.name for trial in self._run.document.trials]
        told = 0
        for event in events(names, count // len(names) - 2):
            publisher.publish(event)
            told += 1
            if told % (rate // _BURSTS) == 0:
                time.sleep(1 / _BURSTS)
        (self._run.path / "told").write_text(str(told))
        while (self._run.path / "go").exists():
            time.sleep(0.1)
        return "stopped"


def _inside(runs: Path, name: str) -> None:
    """Be the interface."""
    from xsample_tui.tui.app import XSampleApp

    changes = os.open(runs / "changes", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def make(run: RunFolder, on_event: Callable[[Event], None], *, allow_drift: bool = False) -> Controller:
        def noting(event: Event) -> None:
            if isinstance(event, RunChanged):
                os.write(changes, f"{time.perf_counter()} {event.state}\n".encode())
            on_event(event)

        logs = run.path.resolve() / "logs"
        kind = _Publishing if "EVENTS" in os.environ else Controller
        return kind(
            run,
            lambda number: ProcessSlot(logs / f"worker-{number}.log", run.spec.machine, number),
            noting,
            lease="benchmarks.light_lease:run",
        )

    app = XSampleApp(runs, RunFolder.open(runs, name), make_controller=make)
    app.run()
    os._exit(0)


def _changes(runs: Path) -> list[tuple[float, str]]:
    try:
        lines = (runs / "changes").read_text().splitlines()
    except FileNotFoundError:
        return []
    return [(float(line.split()[0]), line.split()[1]) for line in lines]


def _until(master: int, what: Callable[[], object]) -> None:
    end = time.monotonic() + _PATIENCE
    while not what():
        if time.monotonic() > end:
            raise TimeoutError("waited in vain")
        read(master, 0.02)


def _change_to(master: int, runs: Path, wanted: str, after: int) -> float:
    """Wait for a change to a state after so many changes; return when it was."""

    def found() -> list[float]:
        return [at for at, state in _changes(runs)[after:] if state == wanted]

    _until(master, found)
    return found()[0]


def key_times(keys: int) -> list[float]:
    """Return the milliseconds from each key to the controller's change of state."""
    os.environ |= {"LIGHT_SECONDS": "0.2", "LIGHT_BYTES": "100000"}
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder)
        laid_out(runs, "keys", 1000)
        process, master = open_terminal(
            _SIZE, [sys.executable, "-m", "benchmarks.key_to_effect", "--inside", str(runs), "keys"]
        )
        try:
            _until(master, lambda: _changes(runs))
            drain(master, 3.0)
            times = []
            for number in range(keys):
                wanted = "pausing" if number % 2 == 0 else "running"
                before, sent = len(_changes(runs)), time.perf_counter()
                os.write(master, b" ")
                times.append(1000 * (_change_to(master, runs, wanted, before) - sent))
                drain(master, 0.7)
            return times
        finally:
            process.kill()
            process.wait()
            os.close(master)


def event_costs(count: int, rate: int) -> dict[str, Any]:
    """Return the CPU time for each event, and the memory before and after all of them."""
    os.environ |= {"EVENTS": str(count), "RATE": str(rate)}
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder)
        run = laid_out(runs, "events", max(2, count // 403))
        process, master = open_terminal(
            _SIZE, [sys.executable, "-m", "benchmarks.key_to_effect", "--inside", str(runs), "events"]
        )
        try:
            _until(master, lambda: _changes(runs))
            drain(master, 5.0)
            used, before, began = cpu_seconds(process.pid), resident(process.pid), time.monotonic()
            (run.path / "go").touch()
            _until(master, (run.path / "told").exists)
            took = time.monotonic() - began
            drain(master, 3.0)
            told = int((run.path / "told").read_text())
            return {
                "events": told,
                "events_a_second": round(told / took),
                "cpu_ms_per_event": round(1000 * (cpu_seconds(process.pid) - used) / told, 4),
                "resident_mib_before": round(before, 1),
                "resident_mib": round(resident(process.pid), 1),
            }
        finally:
            process.kill()
            process.wait()
            os.close(master)


def main() -> None:
    """Measure, print, and store if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--keys", type=int, default=40)
    parser.add_argument("--events", type=int, default=160_000)
    parser.add_argument("--a-second", type=int, default=2000, help="events published a second, at most")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--inside", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        _inside(Path(given.inside[0]), given.inside[1])
        return
    found: dict[str, Any] = {}
    if given.keys:
        times = sorted(key_times(given.keys))
        hundredths = statistics.quantiles(times, n=100, method="inclusive")
        found |= {"keys": len(times), "p50_ms": hundredths[49], "p99_ms": hundredths[98], "max_ms": times[-1]}
        print(
            f"{len(times)} keys to the controller: p50 {hundredths[49]:.1f} ms, p99 {hundredths[98]:.1f} ms, "
            f"max {times[-1]:.1f} ms",
            flush=True,
        )
    if given.events:
        costs = event_costs(given.events, given.a_second)
        found |= costs
        print(
            f"{costs['events']:,} events, {costs['events_a_second']} a second: {costs['cpu_ms_per_event']:.3f} ms of "
            f"CPU for each; resident {costs['resident_mib_before']:.0f} MiB before, {costs['resident_mib']:.0f} after"
        )
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
