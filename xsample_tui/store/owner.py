"""The owner of a run: the one sweep controller that may write its folder."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from pathlib import Path
from typing import Any

from ..core.errors import XSampleError, printable

_INSIST = 1.0


class RunBusy(XSampleError):
    """Another controller holds the run."""


class Owner:
    """Holds a run's lock while this process lives; the kernel lets go of it however the process ends.

    Args:
        folder: the run's folder.

    Raises:
        RunBusy: another controller holds it; the message names its pid, its host and since when.
    """

    def __init__(self, folder: Path) -> None:
        self._descriptor = os.open(folder / "owner.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        # A viewer that asks whether the run is held has the lock for an instant, so one refusal is not final.
        deadline = time.monotonic() + _INSIST
        while not _locked(self._descriptor, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                other = _describe(os.pread(self._descriptor, 4096, 0))
                os.close(self._descriptor)
                raise RunBusy(f"run {folder.name} is held by {other}; watch it there, or stop it first")
            time.sleep(0.05)
        content = {"pid": os.getpid(), "host": socket.gethostname(), "since": time.time()}
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps(content).encode(), 0)

    def release(self) -> None:
        """Let go of the run."""
        if self._descriptor >= 0:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = -1


def held(folder: Path) -> bool:
    """Return whether a controller holds the run now."""
    try:
        descriptor = os.open(folder / "owner.lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _locked(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _locked(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _describe(content: bytes) -> str:
    try:
        owner: dict[str, Any] = json.loads(content)
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(float(owner["since"])))
        return printable(f"process {int(owner['pid'])} on {owner['host']} since {since}")
    except (ValueError, KeyError, TypeError, OverflowError):
        return "another process"
