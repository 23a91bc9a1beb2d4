"""The screenshot: the screen as an SVG picture in a file of its own."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

from ..core.errors import InputError


def save(svg: str, folder: Path, stem: str, now: float) -> Path:
    """Write a picture into a file that was not there before; return its path.

    Args:
        svg: the picture.
        folder: where to.
        stem: how its name begins; date and time follow, and a number where there is one of that second.
        now: Unix time in seconds.

    Raises:
        InputError: the folder cannot be written.
    """
    base = f"{stem}-{time.strftime('%Y%m%d-%H%M%S', time.localtime(now))}"
    for number in itertools.count(1):
        path = folder / f"{base}{f'-{number}' if number > 1 else ''}.svg"
        try:
            with open(path, "x", encoding="utf-8") as file:
                try:
                    file.write(svg)
                    file.flush()
                except OSError:
                    path.unlink()
                    raise
        except FileExistsError:
            continue
        except OSError as error:
            why = f"cannot be written: {error.strerror}; start xsample-tui in another folder"
            raise InputError("screenshot", path, why) from error
        return path
    raise AssertionError("counting does not end")
