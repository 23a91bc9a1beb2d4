"""A program in a pseudo-terminal: its keys, what it writes, and how long it takes from the one to the other."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from pathlib import Path

RIGHT, LEFT = b"\x1b[C", b"\x1b[D"


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


def drain(master: int, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        read(master, 0.05)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def key_times(master: int, keys: int, ends: tuple[bytes, bytes], rest: float) -> list[float]:
    """Move the grid's cursor right and left again; return the milliseconds from each key to what it shows.

    Args:
        master: the terminal's other end, where a sweep is shown.
        keys: how many.
        ends: what is written after a key to the right, and after one to the left.
        rest: seconds from one key to the next.
    """
    os.write(master, b"g")
    drain(master, 1.0)
    times = []
    for number in range(keys):
        key, expected = (RIGHT, ends[0]) if number % 2 == 0 else (LEFT, ends[1])
        sent, seen = time.perf_counter(), b""
        os.write(master, key)
        while expected not in seen and time.perf_counter() - sent < 5:
            seen += read(master, 0.005)
        times.append(1000 * (time.perf_counter() - sent))
        drain(master, rest)
    return times
