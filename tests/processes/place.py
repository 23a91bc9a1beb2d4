"""The disk that a disturbed sweep works on: small, so that it can be filled."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SIZE = 24 << 20
INODES = 2000


@dataclass(frozen=True)
class Place:
    """Where a sweep works.

    Attributes:
        runs: the runs folder.
        beside: a folder on another disk, for what is not the sweep's.
        small: whether the runs folder is on a disk of its own, which can be filled.
    """

    runs: Path
    beside: Path
    small: bool


@contextlib.contextmanager
def place() -> Iterator[Place]:
    """Make the folders, on a tmpfs of 24 MiB where this user may mount one, and remove them."""
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(prefix="xsample-processes-", dir=memory) as name:
        runs, beside = Path(name, "runs"), Path(name, "beside")
        runs.mkdir()
        beside.mkdir()
        options = f"size={SIZE},nr_inodes={INODES},mode=0755"
        small = _done("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(runs))
        try:
            yield Place(runs, beside, small)
        finally:
            if small:
                _done("umount", "-l", str(runs))
            else:
                shutil.rmtree(runs, ignore_errors=True)


def _done(*command: str) -> bool:
    with contextlib.suppress(OSError):
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    return False
