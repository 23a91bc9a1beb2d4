"""Reports a crash of the interface: one line for the user, and the full traceback in a file."""

from __future__ import annotations

import contextlib
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path

from ...core.errors import printable

NAME = "interface.log"


def report(error: BaseException, folders: Iterable[Path]) -> str:
    """Write the traceback of an error to a file; return the line for the user.

    Args:
        error: the error that ended the interface.
        folders: where to write, the best first; the folder for temporary files is the last resort.
    """
    lines = traceback.format_exception(error)
    what = printable(f"{type(error).__name__}: {error}", 300)
    text = f"{time.strftime('%Y-%m-%d %H:%M:%S')} the interface failed\n{''.join(lines)}\n"
    for path in _places(folders):
        try:
            with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
        except OSError:
            continue
        return f"error: the interface failed: {what}; the full traceback is in {printable(path, 300)}"
    return f"error: the interface failed: {what}; no traceback could be written\n{text}"


def _places(folders: Iterable[Path]) -> Iterator[Path]:
    yield from (folder / NAME for folder in folders)
    # There may be no such folder, or no permission to write to it.
    with contextlib.suppress(OSError):
        yield Path(tempfile.gettempdir()) / f"xsample-tui-{NAME}"
