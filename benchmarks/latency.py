"""Key to redraw in a real terminal while training takes every core.

``python -m benchmarks.latency [--keys N] [--size COLSxROWS]`` starts a sweep of the demo digits in the interface, in
a pseudo-terminal of its own, moves the grid's cursor once training streams, and measures from each key until the
name of the window it moves to is written to the terminal. Prints p50, p99 and the maximum in milliseconds, and the
share of one core that the interface's own process used meanwhile.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

RIGHT, LEFT = b"\x1b[C", b"\x1b[D"
_QUIET = 10.0


def open_terminal(size: tuple[int, int], command: list[str]) -> tuple[subprocess.Popen[bytes], int]:
    """Start a command in a pseudo-terminal of (columns, rows); return it and the terminal's other end."""
    master, slave = pty.openpty()
    cols, rows = size
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
    environment = os.environ | {"TERM": "xterm-256color"}
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
    )
    os.close(slave)
    return process, master


def read(master: int, seconds: float) -> bytes:
    """Return what the terminal shows within some seconds; nothing if it shows nothing."""
    ready, _, _ = select.select([master], [], [], seconds)
    return os.read(master, 1 << 16) if ready else b""


def _drain(master: int, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        read(master, 0.05)


def _until_training(master: int, folder: Path, epochs: int) -> None:
    feed = folder / "latency" / "events.jsonl"
    while not feed.exists() or feed.read_text().count('"type":"epoch"') < epochs:
        _drain(master, 0.5)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(keys: int, size: tuple[int, int]) -> tuple[list[float], float]:
    """Return each key's milliseconds to redraw, and the interface's share of one core while nothing is pressed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [sys.executable, "-m", "xsample_tui", "run", "--runs-dir", str(folder), "--name", "latency"]
        process, master = open_terminal(size, command)
        try:
            _until_training(master, folder, 4)
            began, used = time.monotonic(), _cpu_seconds(process.pid)
            _drain(master, _QUIET)
            share = (_cpu_seconds(process.pid) - used) / (time.monotonic() - began)
            os.write(master, b"g")
            _drain(master, 1.0)
            times = []
            for number in range(keys):
                key, expected = (RIGHT, b"keep-r00-c05") if number % 2 == 0 else (LEFT, b"keep-r00-c00")
                sent, seen = time.perf_counter(), b""
                os.write(master, key)
                while expected not in seen and time.perf_counter() - sent < 5:
                    seen += read(master, 0.005)
                times.append(1000 * (time.perf_counter() - sent))
                _drain(master, 0.15)
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
