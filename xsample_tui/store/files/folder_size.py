"""What the files of a folder take."""

from __future__ import annotations

import os
from pathlib import Path


def folder_size(folder: Path) -> tuple[int, int]:
    """Return how many files there are in and below a folder, and their bytes; those that cannot be read left out."""
    files = size = 0
    for at, _, names in os.walk(folder):
        for name in names:
            try:
                size += os.lstat(os.path.join(at, name)).st_size
            except OSError:
                continue
            files += 1
    return files, size
