"""Prints data to stdout and messages for people to stderr."""

from __future__ import annotations

import contextlib
import json
import math
import shutil
import sys
from collections.abc import Sequence
from typing import Any

from ..core.errors import InputError, XSampleError, printable
from ..core.table_text import TextColumn, drawn


def narrate(line: str) -> None:
    """Print a line for people to stderr; a terminal that is gone is no error."""
    with contextlib.suppress(OSError, ValueError):
        print(printable(line, 2000), file=sys.stderr, flush=True)


def error_line(error: XSampleError) -> str:
    """Return an error in the words of the command line: arguments are options, ``--batch-size``."""
    return error.text(_option) if isinstance(error, InputError) else str(error)


def _option(argument: str) -> str:
    name, _, value = argument.partition("=")
    return f"--{name.replace('_', '-')}" + (f" {value}" if value not in ("", "True") else "")


def as_json(value: Any) -> str:
    """Return a value as JSON for machines; what is not finite or not known is ``null``."""
    return json.dumps(value, indent=1, allow_nan=False)


def terminal_width() -> int | None:
    """Return the columns of the terminal that stdout is; None where it is a file or a pipe."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def print_table(columns: Sequence[TextColumn], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; in a terminal no row is wider than it, in a file or a pipe every column is there."""
    for line in drawn(columns, rows, terminal_width()):
        print(line)


def number(value: float, form: str) -> str:
    """Return a number in a form, ``.2g``; empty where it is not known (nan)."""
    return "" if math.isnan(value) else f"{value:{form}}"
