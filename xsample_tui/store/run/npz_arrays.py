"""Reads and writes a run's constant arrays, as ``.npz`` files."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from ...core.errors import printable
from ..files import atomic_write
from .run_document import DamagedRun


def write_arrays(path: Path, **arrays: Any) -> None:
    """Write arrays to an ``.npz`` file, all of it or nothing.

    Raises:
        OSError: it cannot be written.
    """
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    atomic_write.write(path, buffer.getvalue())


def read_arrays(path: Path, names: tuple[str, ...], also: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the named arrays of an ``.npz`` file.

    Args:
        path: the file.
        names: the arrays that must be there.
        also: arrays that are returned where they are there.

    Raises:
        DamagedRun: they cannot be read; from the OSError where the system did not give the file, which is another
            thing than damage.
    """
    try:
        # At once: zipfile takes some errors of the system for the end of a file.
        data = path.read_bytes()
    except OSError as error:
        why = printable(error.strerror or error)
        raise DamagedRun(f"{printable(path)} cannot be read now: {why}; try again, or restore it") from error
    if not data.startswith(b"PK"):
        raise DamagedRun(f"{printable(path)} is damaged: it is no .npz archive; restore it")
    try:
        with warnings.catch_warnings(), np.load(io.BytesIO(data), allow_pickle=False) as stored:
            warnings.simplefilter("ignore")
            return {name: stored[name] for name in (*names, *(name for name in also if name in stored))}
    except MemoryError:
        raise
    # Of any kind: an altered byte names another compression, a password, a text that numpy has Python parse.
    except Exception as error:
        raise DamagedRun(f"{printable(path)} is damaged: {printable(error)}; restore it") from error
