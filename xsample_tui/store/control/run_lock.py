"""The run lock: only one controller at a time may write a run's folder."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...core.errors import ArgumentError, InputError, XSampleError, printable
from .other_host import at_work_elsewhere

_INSIST = 1.0
_NOBODY_KNOWN = "another process"
_NOT_ALLOWED = {errno.EACCES, errno.EPERM, errno.EROFS}
_WITHOUT_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}


class RunBusy(XSampleError):
    """Another controller holds the run."""


class RunLock:
    """Holds a run's lock while this process lives; the kernel lets go of it however the process ends.

    Besides the lock, a heartbeat that goes on on another host keeps the run from being taken: there are file systems
    that give the same lock to two hosts. Where the last heartbeat is another host's, that takes 5 s.

    Args:
        folder: the run's folder.
        say: takes a line that says what is waited for.

    Raises:
        RunBusy: another controller holds it; the message names its pid, its host and since when.
        InputError: the file system has no locks, or the folder may not be written.
        OSError: the lock cannot be made for another reason.
    """

    def __init__(self, folder: Path, say: Callable[[str], None] = lambda line: None) -> None:
        self._folder = folder
        self._descriptor = _open_lock(folder)
        # A viewer that asks whether the run is held has the lock for an instant, so one refusal is not final.
        deadline = time.monotonic() + _INSIST
        while not self._locked(folder):
            if time.monotonic() > deadline:
                other = _describe(os.pread(self._descriptor, 4096, 0))
                os.close(self._descriptor)
                raise RunBusy(
                    f"run {folder.name} is already being trained by {other}; attach to it, or stop it first"
                )
            time.sleep(0.05)
        try:
            if (heartbeat := at_work_elsewhere(folder, say)) is not None:
                raise RunBusy(
                    f"run {folder.name} is already being trained by process {heartbeat.pid} on "
                    f"{printable(heartbeat.host, 100)}, whose heartbeat continues although its lock is not visible "
                    "here; attach to it there, or stop it first"
                )
            place = os.stat(folder)
            self._place = place.st_dev, place.st_ino
            content = {"pid": os.getpid(), "host": socket.gethostname(), "since": time.time()}
            self._name = json.dumps(content).encode()
            self._sign()
        except Exception:
            os.close(self._descriptor)
            raise

    def _sign(self) -> None:
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, self._name, 0)

    def _locked(self, folder: Path) -> bool:
        try:
            return _locked(self._descriptor, fcntl.LOCK_EX)
        except OSError as error:
            os.close(self._descriptor)
            if error.errno in _WITHOUT_LOCKS:
                raise _without_locks(folder, error) from error
            raise

    def check_place(self) -> None:
        """Check that the run's folder is still the one that was taken; a lock file that was removed is made again.

        Raises:
            OSError: the folder was moved, removed or replaced: what is written there would be lost, or another run's.
                Or another host's controller has taken the run, on a file system that gives the lock to both.
        """
        place = os.stat(self._folder)
        if (place.st_dev, place.st_ino) != self._place:
            raise OSError(errno.ESTALE, "another folder is in the run's place; move the run back, or stop the sweep")
        held = os.fstat(self._descriptor)
        try:
            found = os.stat(self._folder / "owner.lock")
        except FileNotFoundError:
            found = None
        if found is None or (found.st_dev, found.st_ino) != (held.st_dev, held.st_ino):
            self._take_again()
        name = os.pread(self._descriptor, 4096, 0)
        if name != self._name:
            # Two that begin at once see no heartbeat of each other. The later one has it.
            if _is_name(name):
                raise OSError(errno.EBUSY, f"{_describe(name)} is training the run too; stop one of the two")
            self._sign()

    def _take_again(self) -> None:
        """Lock the file that is there now, or a new one."""
        descriptor = os.open(self._folder / "owner.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        if not _locked(descriptor, fcntl.LOCK_EX):
            os.close(descriptor)
            raise OSError(errno.EBUSY, "the run's lock was removed, and another controller trains the run now")
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


def check_writable(folder: Path) -> None:
    """Refuse a run whose folder a controller could not write.

    Raises:
        InputError: it may not be written.
        OSError: the lock cannot be made for another reason.
    """
    os.close(_open_lock(folder))


def _open_lock(folder: Path) -> int:
    try:
        return os.open(folder / "owner.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        if error.errno not in _NOT_ALLOWED:
            raise
        why = f"its folder {printable(folder, 200)} cannot be written: {error.strerror}"
        remedy = "ask its owner for write access, or copy it to your own runs folder"
        raise InputError("run", folder.name, f"{why}; {remedy}") from error


def held(folder: Path, *, unknown: bool = False) -> bool:
    """Return whether a controller holds the run now, or ``unknown`` where that cannot be read."""
    try:
        return certainly_held(folder)
    except OSError:
        return unknown


def certainly_held(folder: Path) -> bool:
    """Return whether a controller holds the run now.

    Raises:
        OSError: the lock cannot be asked for, which does not mean that it is free.
    """
    try:
        descriptor = os.open(folder / "owner.lock", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _locked(descriptor, fcntl.LOCK_SH)
    except OSError as error:
        # Where there are no locks no controller works.
        if error.errno in _WITHOUT_LOCKS:
            return False
        raise
    finally:
        os.close(descriptor)


def check_held(folder: Path, remedy: str) -> None:
    """Check that a controller holds the run, so that there is somebody to take a request.

    Args:
        folder: the run's folder.
        remedy: what to do where it is not active.

    Raises:
        InputError: none holds it, or that cannot be found out.
    """
    try:
        descriptor = os.open(folder / "owner.lock", os.O_RDONLY | os.O_CLOEXEC)
        try:
            if not _locked(descriptor, fcntl.LOCK_SH):
                return
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        pass
    except OSError as error:
        if error.errno in _WITHOUT_LOCKS:
            raise _without_locks(folder, error) from error
        why = f"cannot read whether it is being trained: {error.strerror}; ask who started it, or try again"
        raise InputError("run", folder.name, why) from error
    raise InputError("run", folder.name, f"not active; {remedy}")


def _without_locks(folder: Path, error: OSError) -> InputError:
    return ArgumentError(
        "runs_dir",
        folder.parent,
        f"its file system has no locks ({error.strerror}), so two controllers could write one run; "
        "mount it with locks, or keep runs on a local disk",
    )


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
    except (ValueError, KeyError, TypeError, OverflowError, OSError, RecursionError):
        return _NOBODY_KNOWN


def _is_name(content: bytes) -> bool:
    return _describe(content) != _NOBODY_KNOWN
