"""A folder that the system fails to read and write: every way into it raises, for a while."""

from __future__ import annotations

import builtins
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

_CALLS = ("stat", "open", "scandir", "listdir", "mkdir", "replace", "unlink")


class FailingFolder:
    """Fails accesses to a folder, as a file system that is away does, or a process without file descriptors.

    Args:
        folder: the folder; its files are meant too.
        patch: puts the functions back at the test's end.

    Attributes:
        failing: is asked of every access whether it is to fail, with the number of accesses before it.
        number: the error's number.
        accesses: how many there were.
        failed: how many of them failed.
    """

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, number: int) -> None:
        self._folder = str(folder.resolve())
        self.failing: Callable[[int], bool] = lambda access: False
        self.number = number
        self.accesses = self.failed = 0
        for name in _CALLS:
            patch.setattr(os, name, self._checked(getattr(os, name)))
        opens = self._checked(io.open)
        patch.setattr(io, "open", opens)
        patch.setattr(builtins, "open", opens)

    def _checked(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any = ".", *arguments: Any, **options: Any) -> Any:
            if isinstance(path, (str, os.PathLike)) and self._inside(os.fspath(path)):
                self.accesses += 1
                if self.failing(self.accesses - 1):
                    self.failed += 1
                    raise OSError(self.number, os.strerror(self.number), str(path))
            return function(path, *arguments, **options)

        return call

    def _inside(self, path: str) -> bool:
        whole = os.path.abspath(path)
        return whole == self._folder or whole.startswith(self._folder + os.sep)
