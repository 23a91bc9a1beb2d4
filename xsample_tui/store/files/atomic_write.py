"""Replaces a file atomically: readers see the old content or the new, never a part."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from .leftover_files import unfinished

_PIECE = 4 << 20
# What file systems say that know no fsync of folders.
_NO_SUCH_THING = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EBADF}

# Tests set this to stop the process at a named point of a write; it does nothing otherwise.
failpoint: Callable[[str], None] = lambda point: None  # noqa: E731


def write(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write ``data`` to ``path``: temporary file, fsync, rename, fsync of the folder.

    However the process ends, the file holds either what it held before or all of ``data``. Created with the user's
    umask.

    Args:
        path: the file.
        data: all of its bytes.
        durable: whether the same holds after a power cut. Without, nothing waits for the disk, and after a power
            cut the file may also be empty: for what is written often and only shown.

    Raises:
        OSError: no space, no permission, no file descriptor; ``path`` is as it was.
    """
    _replace(path, lambda new: fill(new, data, durable=durable), durable=durable)


def write_stream(path: Path, produce: Callable[[BinaryIO], object]) -> None:
    """Write what ``produce`` writes to ``path``, as :func:`write`, without holding all of it in memory.

    Args:
        path: the file.
        produce: receives a binary file that can seek, and writes all of it.

    Raises:
        OSError: as of :func:`write`.
    """
    _replace(path, lambda new: _produced(new, produce), durable=True)


def _produced(path: Path, produce: Callable[[BinaryIO], object]) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
    with open(descriptor, "w+b") as file:
        produce(file)
        file.flush()
        failpoint("written")
        os.fsync(file.fileno())
    failpoint("synced")


def _replace(path: Path, make: Callable[[Path], None], *, durable: bool) -> None:
    new = temporary(path)
    failpoint("write")
    try:
        make(new)
        os.replace(new, path)
    except OSError:
        with contextlib.suppress(OSError):
            new.unlink()
        raise
    failpoint("renamed")
    if durable:
        sync_folder(path.parent)
    failpoint("folder-synced")


def fill(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write ``data`` into a file that nobody reads yet.

    Raises:
        OSError: no space, no permission, no file descriptor; the file may hold a part.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view[:_PIECE]) :]
            failpoint("written")
        if durable:
            os.fsync(descriptor)
        failpoint("synced")
    finally:
        os.close(descriptor)


def temporary(path: Path) -> Path:
    """Return the name that a file has beside ``path`` until it is whole."""
    return path.with_name(unfinished(path.name, "tmp"))


def sync_folder(folder: Path) -> None:
    """Make the folder's entries durable, where the file system can.

    Raises:
        OSError: it can, and failed: what was renamed or made there may be gone after a power cut.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SUCH_THING:
            raise
    finally:
        os.close(descriptor)
