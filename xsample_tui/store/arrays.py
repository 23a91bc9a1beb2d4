"""Arrays: those of a run that never change, in ``.npz`` files."""

from __future__ import annotations

import contextlib
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import printable
from . import atomic
from .document import DamagedRun


def write_arrays(path: Path, **arrays: Any) -> None:
    """Write arrays to an ``.npz`` file, all of it or nothing.

    Raises:
        OSError: it cannot be written.
    """
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    atomic.write(path, buffer.getvalue())


def read_arrays(path: Path, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the named arrays of an ``.npz`` file.

    Raises:
        DamagedRun: they cannot be read.
    """
    with contextlib.ExitStack() as stack:
        try:
            stored = stack.enter_context(np.load(path, allow_pickle=False))
            return {name: stored[name] for name in names}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise DamagedRun(f"{printable(path)} cannot be read: {printable(error)}; restore it") from error
