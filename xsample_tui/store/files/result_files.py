"""Writes the files that a user asks for: tables, reports and their provenance."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ...core.errors import ArgumentError, InputError, printable
from . import atomic_write

FORCE = "pass force=True"


class FileThere(ArgumentError):
    """The file exists, and nobody has said to overwrite it."""


def check_results(field: str, paths: Iterable[Path], *, force: bool, again: str = FORCE) -> None:
    """Refuse, before anything is computed, what could not be written at the end.

    Args:
        field: what names the files, in the user's words.
        paths: the files. What is written into devices, pipes and the like overwrites nothing.
        force: whether files that exist are to be overwritten.
        again: how to say that they are.

    Raises:
        FileThere: one exists and ``force`` is False.
        InputError: one is a folder, or its folder does not exist or cannot be written.
    """
    for path in paths:
        with _refusing(field, path):
            if path.is_dir():
                raise ArgumentError(field, path, "exists and is a folder; name a file")
            if is_stream(path):
                continue
            if path.exists() and not force:
                raise FileThere(
                    field, path, f"exists; name another file, or {again} to overwrite it", named=["force=True"]
                )
            if not path.parent.is_dir():
                raise ArgumentError(field, path, f"there is no folder {printable(path.parent, 200)}; make it first")
            check_writable(path.resolve().parent)


def check_folder(field: str, folder: Path) -> None:
    """Refuse a folder that is there and cannot be written, or is not there and cannot be made.

    Raises:
        InputError: as said.
    """
    with _refusing(field, folder):
        if folder.exists() and not folder.is_dir():
            raise ArgumentError(field, folder, "is a file; name a folder")
        check_writable(next(place for place in (folder, *folder.absolute().parents) if place.exists()))


def check_writable(folder: Path) -> None:
    """Make a file in a folder, of which nothing is left.

    Raises:
        OSError: it cannot be made, for want of permission or of room.
    """
    with tempfile.TemporaryFile(dir=folder):
        pass


def is_stream(path: Path) -> bool:
    """Return whether there is something that is written into, as a device or a pipe, and cannot be replaced."""
    try:
        kind = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return False
    return not stat.S_ISREG(kind) and not stat.S_ISDIR(kind)


def write_results(field: str, files: Mapping[Path, bytes]) -> None:
    """Write files: all of them or none. A link stays, and the file that it names is written.

    Args:
        field: what names them, in the user's words.
        files: the bytes of each, in the order in which they are to appear.

    Raises:
        InputError: one cannot be written; those that were there are as they were.
    """
    made: dict[Path, Path] = {}
    try:
        for path, data in files.items():
            with _refusing(field, path):
                if is_stream(path):
                    _into(path, data)
                    continue
                target = path.resolve()
                made[target] = atomic_write.temporary(target)
                atomic_write.fill(made[target], data)
        for target, whole in list(made.items()):
            with _refusing(field, target):
                os.replace(whole, target)
                del made[target]
                atomic_write.sync_folder(target.parent)
    finally:
        for unfinished in made.values():
            with contextlib.suppress(OSError):
                unfinished.unlink()


def write_folder(field: str, folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write files into a folder, made if there is none: all of it or nothing; return where they are.

    Args:
        field: what names the folder, in the user's words.
        folder: it.
        files: the bytes of each by name, in the order in which they are to appear.

    Raises:
        InputError: the folder cannot be made, or a file not be written.
    """
    places = (folder, *folder.absolute().parents)
    missing = [place for place in places if not place.exists()]
    try:
        with _refusing(field, folder):
            folder.mkdir(parents=True, exist_ok=True)
        write_results(field, {folder / name: data for name, data in files.items()})
    except InputError:
        for made in missing:
            with contextlib.suppress(OSError):
                made.rmdir()
        raise
    return [folder / name for name in files]


def _into(stream: Path, data: bytes) -> None:
    with open(stream, "wb", buffering=0) as file:
        rest = memoryview(data)
        while rest:
            rest = rest[file.write(rest) :]


@contextlib.contextmanager
def _refusing(field: str, path: Path) -> Iterator[None]:
    """Make an error of the system one line about what the user named."""
    try:
        yield
    except OSError as error:
        why = f"cannot be written: {error.strerror}; name another place"
        raise ArgumentError(field, path, why) from error
