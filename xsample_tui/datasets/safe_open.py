"""Opens files from elsewhere: regular files only, every failure as one clear sentence."""

from __future__ import annotations

import errno
import gzip
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from ..core.errors import ArgumentError, InputError

LIMIT = 4 * 2**30
"""The most bytes a file may hold, or one array in it may unpack to."""

_GZIP = b"\x1f\x8b"
_DEFLATE = 1032
"""Deflate's best ratio; a header that promises more from the bytes present is lying."""


def regular(path: Path) -> bool:
    """Whether ``path`` is an ordinary file (links followed); False where nothing is there.

    Raises:
        InputError: the file system refuses to say, as for a folder that may not be entered.
    """
    found = status(path)
    return found is not None and stat.S_ISREG(found.st_mode)


def status(path: Path) -> os.stat_result | None:
    """What the file system says about ``path``, links followed; None where nothing is there.

    Raises:
        InputError: no such name is possible, or the file system refuses to say.
    """
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ArgumentError("data", shown(path), f"cannot be accessed: {words(error)}") from error
    except ValueError as error:  # a NUL or half a surrogate pair in the name
        raise ArgumentError("data", shown(path), "is not a valid file name; pass another path") from error


def entries_in(folder: Path, kind: Callable[[os.DirEntry[str]], bool] = lambda entry: True) -> list[os.DirEntry[str]]:
    """Return what is in a folder, in any order, hidden entries left out.

    Args:
        folder: the folder.
        kind: says which entries are wanted, as ``os.DirEntry.is_file`` does.

    Raises:
        InputError: the folder, or one of its entries, cannot be read.
    """
    at, found = str(folder), []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                at = entry.path
                if not entry.name.startswith(".") and kind(entry):
                    found.append(entry)
    except OSError as error:
        raise ArgumentError("data", shown(Path(at)), f"cannot be read: {words(error)}") from error
    return found


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder, or a link to one; a link to itself is none."""
    return os.path.isdir(entry.path)


def files_below(folder: Path) -> Iterator[Path]:
    """Yield what is in a folder and in folders within, however deep, in any order.

    Hidden files and folders are left out, links to folders are passed over.

    Raises:
        InputError: one of the folders cannot be read.
    """
    waiting = [folder]
    while waiting:
        for entry in entries_in(waiting.pop()):
            if entry.is_dir(follow_symlinks=False):
                waiting.append(Path(entry.path))
            elif not is_folder(entry):
                yield Path(entry.path)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open ``path`` for reading bytes; what goes wrong while it is read becomes an InputError too.

    Raises:
        InputError: the path is no ordinary file, is empty or above LIMIT, may not be read, or its
            compressed content is cut short or damaged.
    """
    found = status(path)
    if found is None:
        raise ArgumentError("data", shown(path), "no such file; check the path")
    # A pipe or a device could make the reader wait, or read, for ever.
    if not stat.S_ISREG(found.st_mode):
        raise ArgumentError("data", shown(path), "is not an ordinary file; pass a file")
    if found.st_size == 0:
        raise ArgumentError("data", shown(path), "the file is empty; download it again")
    if found.st_size > LIMIT:
        raise ArgumentError("data", shown(path), f"the file is larger than {LIMIT >> 30} GiB; pass fewer images")
    try:
        with path.open("rb") as handle:
            yield handle
    except (EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise ArgumentError(
            "data", shown(path), f"cut short or damaged ({words(error)}); download it again"
        ) from error
    except OSError as error:
        if error.errno == errno.EINVAL:
            # An archive that is damaged has its reader look before the file's beginning.
            raise ArgumentError("data", shown(path), "cut short or damaged; download it again") from error
        raise ArgumentError("data", shown(path), f"cannot be read: {words(error)}") from error


@contextmanager
def unpacked(path: Path) -> Iterator[BinaryIO]:
    """Open ``path`` for reading bytes, unpacked where it is gzipped, whatever it is called.

    Raises:
        InputError: as :func:`opened`; or it unpacks to more than LIMIT.
    """
    with opened(path) as handle:
        packed = handle.read(2) == _GZIP
        handle.seek(0)
        if not packed:
            yield handle
            return
        with _Unpacked(fileobj=handle, mode="rb") as stream:
            stream.path = path
            yield cast("BinaryIO", stream)


class _Unpacked(gzip.GzipFile):
    """A gzipped file of which no more than LIMIT is read."""

    path = Path()

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        if self.tell() > LIMIT:
            remedy = f"unpacks to more than {LIMIT >> 30} GiB; pass fewer images"
            raise ArgumentError("data", shown(self.path), remedy)
        return data


def plausible(field: str, size: int, packed: int) -> None:
    """Refuse, before any memory is taken, a size that cannot or should not be unpacked.

    Args:
        field: where the size stands, for the message.
        size: bytes the content claims to unpack to.
        packed: bytes of compressed content that are there.

    Raises:
        InputError: ``size`` is above LIMIT or more than ``packed`` bytes can hold.
    """
    if size > LIMIT:
        raise InputError(field, f"{size} bytes", f"more than {LIMIT >> 30} GiB; pass fewer or smaller images")
    if size > packed * _DEFLATE + 64:
        raise InputError(field, f"{size} bytes", "declares more than the file holds; download it again")


def shown(path: Path) -> str:
    """Return the path for a message, its end if it is long: that is the part that says which file."""
    text = str(path)
    return text if len(text) <= 80 else f"…{text[-79:]}"


def words(error: BaseException) -> str:
    """Return what an error says as one line, without the path, which the message names already."""
    said = error.strerror if isinstance(error, OSError) else None
    return " ".join((said or str(error) or type(error).__name__).split())
