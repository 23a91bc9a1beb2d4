"""The owner of a run: the one sweep controller that may write its folder."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import socket
import time
from pathlib import Path
from typing import Any

from ..core.errors import InputError, XSampleError, printable

_INSIST = 1.0
_WITHOUT_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}


class RunBusy(XSampleError):
    """Another controller holds the run."""


class Owner:
    """Holds a run's lock while this process lives; the kernel lets go of it however the process ends.

    Args:
        folder: the run's folder.

    Raises:
        RunBusy: another controller holds it; the message names its pid, its host and since when.
        InputError: the file system has no locks.
        OSError: the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor = os.open(folder / "owner.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        # A viewer that asks whether the run is held has the lock for an instant, so one refusal is not final.
        deadline = time.monotonic() + _INSIST
        while not self._locked(folder):
            if time.monotonic() > deadline:
                other = _describe(os.pread(self._descriptor, 4096, 0))
                os.close(self._descriptor)
                raise RunBusy(f"run {folder.name} is held by {other}; watch it there, or stop it first")
            time.sleep(0.05)
        place = os.stat(folder)
        self._place = place.st_dev, place.st_ino
        self._sign()

    def _sign(self) -> None:
        content = {"pid": os.getpid(), "host": socket.gethostname(), "since": time.time()}
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps(content).encode(), 0)

    def _locked(self, folder: Path) -> bool:
        try:
            return _locked(self._descriptor, fcntl.LOCK_EX)
        except OSError as error:
            os.close(self._descriptor)
            if error.errno in _WITHOUT_LOCKS:
                raise InputError(
                    "--runs-dir",
                    folder.parent,
                    f"its file system keeps no locks ({error.strerror}), so two controllers could write one run; "
                    "mount it with locks, or keep runs on a local disk",
                ) from error
            raise

    def check_place(self) -> None:
        """Check that the run's folder is still the one that was taken; a lock file that was removed is made again.

        Raises:
            OSError: the folder was moved, removed or replaced: what is written there would be lost, or another run's.
        """
        place = os.stat(self._folder)
        if (place.st_dev, place.st_ino) != self._place:
            raise OSError(errno.ESTALE, "another folder is in the place of the run's; put it back, or stop")
        held = os.fstat(self._descriptor)
        try:
            found = os.stat(self._folder / "owner.lock")
        except FileNotFoundError:
            found = None
        if found is None or (found.st_dev, found.st_ino) != (held.st_dev, held.st_ino):
            self._take_again()

    def _take_again(self) -> None:
        """Lock the file that is there now, or a new one."""
        descriptor = os.open(self._folder / "owner.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        if not _locked(descriptor, fcntl.LOCK_EX):
            os.close(descriptor)
            raise OSError(errno.EBUSY, "the run's lock was removed, and another controller holds the run now")
        os.close(self._descriptor)
        self._descriptor = descriptor
        self._sign()

    def release(self) -> None:
        """Let go of the run."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, 0)
            with contextlib.suppress(OSError):
                os.close(descriptor)


def held(folder: Path) -> bool:
    """Return whether a controller holds the run now; False also where that cannot be known."""
    try:
        return certainly_held(folder)
    except OSError:
        return False


def certainly_held(folder: Path) -> bool:
    """Return whether a controller holds the run now.

    Raises:
        OSError: the lock cannot be asked for, which does not mean that it is free.
    """
    try:
        descriptor = os.open(folder / "owner.lock", os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):
        return False
    try:
        return not _locked(descriptor, fcntl.LOCK_SH)
    except OSError:
        # Where there are no locks no controller works.
        return False
    finally:
        os.close(descriptor)


def _locked(descriptor: int, how: int) -> bool:
    """Take a lock; return False where another has it.

    Raises:
        OSError: for another reason, as on a file system without locks.
    """
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES):
            return False
        raise
    return True


def _describe(content: bytes) -> str:
    try:
        owner: dict[str, Any] = json.loads(content)
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(float(owner["since"])))
        return printable(f"process {int(owner['pid'])} on {owner['host']} since {since}")
    except (ValueError, KeyError, TypeError, OverflowError):
        return "another process"
