"""Output: data to stdout, narration to stderr, files written whole, and the exit codes."""

from __future__ import annotations

import contextlib
import json
import math
import sys
from pathlib import Path
from typing import Any

from ..core.errors import InputError, printable
from ..store import atomic


def narrate(line: str) -> None:
    """Print a line for people to stderr; a terminal that is gone is no error."""
    with contextlib.suppress(OSError, ValueError):
        print(printable(line, 2000), file=sys.stderr, flush=True)


def as_json(value: Any) -> str:
    """Return a value as JSON for machines; what is not finite or not known is ``null``."""
    return json.dumps(value, indent=1, allow_nan=False)


def check_new(field: str, path: Path, *, force: bool) -> None:
    """Refuse to overwrite.

    Raises:
        InputError: the file exists and ``force`` is False, or its folder does not exist.
    """
    if path.is_dir() or (path.exists() and not force):
        raise InputError(field, path, "exists; name another file, or pass --force to overwrite it")
    if not path.parent.is_dir():
        raise InputError(field, path, f"there is no folder {path.parent}; make it first")


def write_file(field: str, path: Path, data: bytes) -> None:
    """Write a file whole.

    Raises:
        InputError: it cannot be written.
    """
    try:
        atomic.write(path, data)
    except OSError as error:
        raise InputError(field, path, f"cannot be written: {error.strerror}") from error


def number(value: float, form: str) -> str:
    """Return a number in a column's form, ``9.2g``; blanks of the column's width where it is not known (nan)."""
    return f"{'':>{form.split('.')[0]}}" if math.isnan(value) else f"{value:{form}}"
