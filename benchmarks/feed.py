"""Key to redraw in a real terminal while a sweep of 400 windows publishes 20 epochs a second and every core is busy.

``python -m benchmarks.feed [--keys N] [--size COLSxROWS] [--mode windows|map|all] [--seconds N]`` lays out 400
windows, writes the events that a controller would write, opens the interface on them in a pseudo-terminal of its
own, and keeps every core busy at the priority of a worker. Prints p50, p99 and the maximum from a key until the name
of the window it moves to is written to the terminal, and the share of one core that the interface used without any
key. In ``map`` the pixel importance map is painted; in ``all`` the image is shown too on a small terminal, and
hidden on a large one, which shows it anyway.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from xsample_tui.core.run_state.run_events import EVENT, Event, TrialChanged
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.store.run.run_folder import RunFolder

from .sweep import beat, epoch_done, laid_out
from .terminal import cpu_seconds, drain, key_times, open_terminal

PER_SECOND = 20
EPOCHS = 12
KEYS = {"windows": b"", "map": b"i", "all": b"vi"}


def _spin() -> None:
    os.nice(10)
    while True:
        sum(range(10_000))


class Feed(threading.Thread):
    """Writes what a controller of a busy sweep would write, until asked to stop."""

    def __init__(self, run: RunFolder) -> None:
        super().__init__(daemon=True)
        self._run = run
        self._lot = random.Random(0)
        self._epochs = {trial.name: 0 for trial in run.document.trials}
        self.over = threading.Event()
        self.told = 0

    def run(self) -> None:
        """Write epochs in bursts, ten a second, as several workers end theirs."""
        with open(self._run.path / "events.jsonl", "ab") as file:
            # The baselines first, and some epochs of every window, so that each cell has a colour.
            for _ in range(3):
                for name in self._epochs:
                    file.write(self._epoch(name))
            file.flush()
            while not self.over.wait(0.1):
                beat(self._run)
                for name in self._lot.sample(list(self._epochs), PER_SECOND // 10):
                    file.write(self._epoch(name))
                    self.told += 1
                file.flush()

    def _epoch(self, name: str) -> bytes:
        epoch = self._epochs[name] = self._epochs[name] % EPOCHS + 1
        events: list[Event] = [epoch_done(name, epoch, self._lot.randrange(20))]
        if epoch in (1, EPOCHS):
            status = "running" if epoch == 1 else "done"
            events.append(TrialChanged.model_validate({"at": time.time(), "trial": name, "status": status}))
        return b"".join(EVENT.dump_json(event) + b"\n" for event in events)


def measure(keys: int, size: tuple[int, int], mode: str, seconds: float) -> tuple[list[float], float, float]:
    """Return each key's milliseconds to redraw, the interface's share of one core, and epochs published a second."""
    cores = multiprocessing.cpu_count()
    spinners = [multiprocessing.get_context("spawn").Process(target=_spin, daemon=True) for _ in range(cores)]
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder)
        run = laid_out(runs, "feed", EPOCHS)
        owner, feed = RunLock(run.path), Feed(run)
        command = [sys.executable, "-m", "xsample_tui", "attach", "feed", "--runs-dir", str(runs)]
        feed.start()
        process, master = open_terminal(size, command)
        try:
            drain(master, 4.0)
            for spinner in spinners:
                spinner.start()
            for press in KEYS[mode]:
                os.write(master, bytes([press]))
            drain(master, 3.0)
            began, used, told = time.monotonic(), cpu_seconds(process.pid), feed.told
            drain(master, seconds)
            spent = time.monotonic() - began
            share, rate = (cpu_seconds(process.pid) - used) / spent, (feed.told - told) / spent
            times = key_times(master, keys, (b"keep-r00-c01", b"keep-r00-c00"), 0.1)
            return times, share, rate
        finally:
            feed.over.set()
            process.kill()
            process.wait()
            os.close(master)
            for spinner in spinners:
                spinner.kill()
            feed.join()
            owner.release()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=10.0, help="without any key, for the share of a core")
    parser.add_argument("--size", default="80x24", help="columns x rows")
    parser.add_argument("--mode", choices=list(KEYS), default="windows")
    given = parser.parse_args()
    cols, _, rows = given.size.partition("x")
    times, share, rate = measure(given.keys, (int(cols), int(rows)), given.mode, given.seconds)
    hundredths = statistics.quantiles(times, n=100)
    print(
        f"{given.size}, {given.mode}: {rate:.1f} epochs/s, {len(times)} keys, p50 {hundredths[49]:.1f} ms, "
        f"p99 {hundredths[98]:.1f} ms, max {max(times):.1f} ms; the interface used {share:.1%} of one core"
    )


if __name__ == "__main__":
    main()
