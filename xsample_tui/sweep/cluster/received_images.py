"""Keeps the images that a machine was sent: one file in the scratch folder of its workers, which all of them map.

The folder holds what a run's folder holds of images. Each process that uses it has a lock on it, which the kernel
lets go of however the process ends; a folder that nobody uses is removed when the next images come, if not before.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from pathlib import Path

from ...core.errors import XSampleError
from ...store.run.run_folder import RunFolder
from ...store.run.worker_images import WorkerImages

# The files of a run's folder that hold its images and their split, and the hashes of both.
FILES = ("spec.json", "dataset.npz", "plan.npz")
_PREFIX = "xsample-tui-images-"
_LOCK = "in-use"
# Locks of this process, by folder.
_locks: dict[Path, int] = {}


def received(scratch: str, key: str) -> RunFolder | None:
    """Return the images that this machine was sent before, which this process now uses; None if there are none.

    Args:
        scratch: folder that the machine's workers share.
        key: the hashes that the images must have.
    """
    folder = _folder(scratch, key)
    if not _locked(folder):
        return None
    try:
        run = RunFolder(folder)
        # Both are checked against the hashes in the key.
        if WorkerImages.of(run).key == key and run.dataset and run.plan:
            return run
    except (XSampleError, OSError):
        pass
    _remove(folder)
    return None


def begin(scratch: str, key: str) -> None:
    """Make room for images that are about to be sent; remove those that no process uses any more.

    Raises:
        OSError: the folder cannot be made.
    """
    for old in Path(scratch).glob(f"{_PREFIX}*"):
        if old not in _locks and not _in_use(old):
            shutil.rmtree(old, ignore_errors=True)
    partial = _partial(scratch, key)
    _remove(partial)
    partial.mkdir(mode=0o700)
    (partial / _LOCK).touch()
    _locked(partial)


def write(scratch: str, key: str, name: str, at: int, data: bytes) -> None:
    """Write a part of one of :data:`FILES`.

    Args:
        scratch, key: as of :func:`received`.
        name: the file.
        at: its first byte's place in the file.
        data: the part.

    Raises:
        OSError: it cannot be written: the disk is full, say. Nothing is left.
    """
    partial = _partial(scratch, key)
    try:
        with open(os.open(partial / name, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.seek(at)
            file.write(data)
    except OSError:
        _remove(partial)
        raise


def finish(scratch: str, key: str) -> RunFolder:
    """Let the machine's workers use what was sent; return it, checked.

    Raises:
        XSampleError: it does not match its hashes. Nothing is left.
        OSError: it cannot be put into its place.
    """
    partial, folder = _partial(scratch, key), _folder(scratch, key)
    _remove(folder)
    os.rename(partial, folder)
    if partial in _locks:
        _locks[folder] = _locks.pop(partial)
    run = received(scratch, key)
    if run is None:
        raise XSampleError("the images received are not the run's")
    return run


def discard(scratch: str, key: str) -> bool:
    """Remove the images that this machine was sent; return whether there were any.

    Who has mapped them keeps them until it lets go of them.
    """
    found = False
    for folder in (_folder(scratch, key), _partial(scratch, key)):
        found |= folder.exists()
        _remove(folder)
    return found


def _folder(scratch: str, key: str) -> Path:
    return Path(scratch) / (_PREFIX + hashlib.sha256(key.encode()).hexdigest()[:24])


def _partial(scratch: str, key: str) -> Path:
    folder = _folder(scratch, key)
    return folder.with_name(f"{folder.name}.{os.getpid()}")


def _remove(folder: Path) -> None:
    if (descriptor := _locks.pop(folder, None)) is not None:
        os.close(descriptor)
    shutil.rmtree(folder, ignore_errors=True)


def _locked(folder: Path) -> bool:
    """Say that this process uses a folder; return whether it is there."""
    if folder in _locks:
        if (folder / _LOCK).exists():
            return True
        os.close(_locks.pop(folder))
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDONLY)
    except OSError:
        return False
    with contextlib.suppress(OSError):  # of a file system without locks
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    _locks[folder] = descriptor
    # It may have been removed in between.
    return (folder / _LOCK).exists()


def _in_use(folder: Path) -> bool:
    """Whether a process that lives uses a folder; where there are no locks, as if one did."""
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
