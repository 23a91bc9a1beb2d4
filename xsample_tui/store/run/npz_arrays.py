"""Reads and writes a run's constant arrays, as ``.npz`` files."""

from __future__ import annotations

import io
import os
import struct
import warnings
import weakref
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ...core.data.mapped_images import MAPPED_FROM
from ...core.errors import printable
from ..files import atomic_write
from .run_document import DamagedRun

# The fixed part of what a zip archive says before each member, and where it says how long the rest is.
_LOCAL_HEADER = struct.Struct("<4s22xHH")


def write_arrays(path: Path, **arrays: Any) -> None:
    """Write arrays to an ``.npz`` file, all of it or nothing.

    Raises:
        OSError: it cannot be written.
    """
    if sum(np.asarray(array).nbytes for array in arrays.values()) > MAPPED_FROM:
        # A copy of so much in memory may be more than there is.
        atomic_write.write_stream(path, lambda file: np.savez(file, allow_pickle=False, **arrays))
        return
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    atomic_write.write(path, buffer.getvalue())


def read_arrays(
    path: Path, names: tuple[str, ...], also: tuple[str, ...] = (), mapped: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return the named arrays of an ``.npz`` file.

    Args:
        path: the file.
        names: the arrays that must be there.
        also: arrays that are returned where they are there.
        mapped: arrays that are mapped from the file, not read, where it is a large one.

    Raises:
        DamagedRun: they cannot be read; from the OSError where the system did not give the file, which is another
            thing than damage.
    """
    try:
        # At once: zipfile takes some errors of the system for the end of a file.
        large = bool(mapped) and os.stat(path).st_size > MAPPED_FROM
        with _Witness(str(path)) if large else io.BytesIO(path.read_bytes()) as file:
            return _arrays(path, file, names, also, mapped if large else ())
    except OSError as error:
        why = printable(error.strerror or error)
        raise DamagedRun(f"{printable(path)} cannot be read now: {why}; try again, or restore it") from error


class _Witness(io.FileIO):
    """A file that remembers an error of the system, whatever its reader makes of it."""

    fault: OSError | None = None

    def read(self, size: int | None = -1, /) -> bytes:
        try:
            return super().read(-1 if size is None else size) or b""
        except OSError as error:
            self.fault = error
            raise


def _arrays(
    path: Path, file: BinaryIO | io.FileIO, names: tuple[str, ...], also: tuple[str, ...], mapped: tuple[str, ...]
) -> dict[str, Any]:
    start = file.read(2)
    file.seek(0)
    if start != b"PK":
        raise DamagedRun(f"{printable(path)} is damaged: it is no .npz archive; restore it")
    try:
        with warnings.catch_warnings(), np.load(file, allow_pickle=False) as stored:
            warnings.simplefilter("ignore")
            found = {name: _mapped(file, stored.zip, name) for name in mapped if isinstance(file, _Witness)}
            wanted = (*names, *(name for name in also if name in stored))
            return {name: stored[name] if found.get(name) is None else found[name] for name in wanted}
    except MemoryError:
        raise
    # Of any kind: an altered byte names another compression, a password, a text that numpy has Python parse.
    except Exception as error:
        if isinstance(file, _Witness) and file.fault is not None:
            raise file.fault from None
        raise DamagedRun(f"{printable(path)} is damaged: {printable(error)}; restore it") from error


def _mapped(file: _Witness, archive: zipfile.ZipFile, name: str) -> NDArray[Any] | None:
    """Return an array of the archive as a mapping of its file; None where it has to be unpacked or converted."""
    member = archive.getinfo(f"{name}.npy")
    if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 1:
        return None
    file.seek(member.header_offset)
    _, *more = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    begin = member.header_offset + _LOCAL_HEADER.size + sum(more)
    file.seek(begin)
    if np.lib.format.read_magic(file) != (1, 0):
        return None
    shape, by_columns, dtype = np.lib.format.read_array_header_1_0(file)
    offset = file.tell()
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    if by_columns or dtype not in (np.uint8, np.float32) or offset - begin + size != member.file_size:
        return None
    try:
        found: NDArray[Any] = np.memmap(file, dtype, "r", offset, shape)
        descriptor = os.dup(file.fileno())
    except OSError as error:
        file.fault = error
        raise
    # Who reads from the file later reads from this one, also where another has come into its place or it is gone.
    vars(found)["descriptor"] = descriptor
    weakref.finalize(found, os.close, descriptor)
    return found
