"""A folder whose files can be closed even to root."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

NOBODY = 65534


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that any user may enter, unlike ``tmp_path``."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def forbid(shared: Path) -> Iterator[Callable[[str], None]]:
    """A function that closes a path in ``shared`` to this process, though it be root's."""
    user = os.geteuid()

    def act(name: str) -> None:
        (shared / name).chmod(0)
        if user == 0:
            os.seteuid(NOBODY)

    yield act
    os.seteuid(user)
    for path in shared.iterdir():
        path.chmod(0o755)
