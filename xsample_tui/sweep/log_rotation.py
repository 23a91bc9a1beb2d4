"""Limits the size of a run's log files."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

# A sweep may print for weeks; what is asked for after a failure is the end.
MOST_BYTES = 4 * 2**20


class RotatedLogs:
    """Keeps each ``*.log`` of a folder, and as much of what it held before as ``*.log.1``, below a size.

    Who writes is not asked to do anything: a log is copied and cut, so that it stays the same file, and whoever has
    opened it to append goes on at its new end. What comes between copy and cut is lost.

    Args:
        folder: that holds the logs.
        most: bytes of a log at which it is turned over.
        every: seconds from one check to the next.
    """

    def __init__(self, folder: Path, most: int = MOST_BYTES, every: float = 5.0) -> None:
        self._folder = folder
        self._most, self._every = most, every
        self._next = 0.0

    def bound(self, *, now: bool = False) -> None:
        """Turn over what has become too large; checked every few seconds only, unless it is to be ``now``."""
        if time.monotonic() < self._next and not now:
            return
        self._next = time.monotonic() + self._every
        for log in self._folder.glob("*.log"):
            # Logs are not worth a sweep's failure.
            with contextlib.suppress(OSError):
                if log.stat().st_size > self._most:
                    self._turn_over(log)

    def _turn_over(self, log: Path) -> None:
        try:
            with open(log, "rb") as full:
                full.seek(-self._most, os.SEEK_END)
                log.with_name(f"{log.name}.1").write_bytes(full.read(self._most))
        finally:
            # Also where there is no room for the copy: then all the more.
            os.truncate(log, 0)
