"""Saves a screenshot as an SVG file with a new name."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

from ...core.errors import InputError


def save(svg: str, folder: Path, stem: str, now: float) -> Path:
    """Write an image to a new file; return its path.

    Args:
        svg: the image.
        folder: the folder.
        stem: the start of its name; date and time follow, and a number if there is a file of that second.
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
