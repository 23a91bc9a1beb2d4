"""Doing things without the rights of the user that runs the tests, who may be root."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Nobody's on any machine.
STRANGER = 54321


@contextlib.contextmanager
def as_stranger() -> Iterator[None]:
    """Let root be another user for a while; any other user stays who it is."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(STRANGER)
    try:
        yield
    finally:
        os.seteuid(0)


@contextlib.contextmanager
def public_folder() -> Iterator[Path]:
    """Make a folder that every user may pass through, unlike pytest's own, and remove it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="xsample-public-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        for path, _, _ in os.walk(folder):
            os.chmod(path, 0o700)
        shutil.rmtree(folder)
