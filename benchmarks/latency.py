"""Key to redraw in a real terminal while training takes every core.

``python -m benchmarks.latency [--keys N] [--size COLSxROWS]`` starts a sweep of the demo digits in the interface, in
a pseudo-terminal of its own, moves the grid's cursor once training streams, and measures from each key until the
name of the window it moves to is written to the terminal. Prints p50, p99 and the maximum in milliseconds, and the
share of one core that the interface's own process used meanwhile.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from .terminal import cpu_seconds, drain, key_times, open_terminal

_QUIET = 10.0


def _until_training(master: int, folder: Path, epochs: int) -> None:
    feed = folder / "latency" / "events.jsonl"
    while not feed.exists() or feed.read_text().count('"type":"epoch"') < epochs:
        drain(master, 0.5)


def measure(keys: int, size: tuple[int, int]) -> tuple[list[float], float]:
    """Return each key's milliseconds to redraw, and the interface's share of one core while nothing is pressed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [sys.executable, "-m", "xsample_tui", "run", "--runs-dir", str(folder), "--name", "latency"]
        process, master = open_terminal(size, command)
        try:
            _until_training(master, folder, 4)
            began, used = time.monotonic(), cpu_seconds(process.pid)
            drain(master, _QUIET)
            share = (cpu_seconds(process.pid) - used) / (time.monotonic() - began)
            times = key_times(master, keys, (b"keep-r00-c05", b"keep-r00-c00"), 0.15)
            return times, share
        finally:
            process.kill()
            process.wait()
            os.close(master)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--size", default="80x24", help="columns x rows")
    given = parser.parse_args()
    cols, _, rows = given.size.partition("x")
    times, share = measure(given.keys, (int(cols), int(rows)))
    hundredths = statistics.quantiles(times, n=100)
    print(
        f"{given.size}: {len(times)} keys, p50 {hundredths[49]:.1f} ms, p99 {hundredths[98]:.1f} ms, "
        f"max {max(times):.1f} ms; the interface used {share:.1%} of one core"
    )


if __name__ == "__main__":
    main()
