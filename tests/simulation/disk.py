"""The simulated disk: a real folder, whose every system call may fail, take long, or be the process's last.

It knows what was made durable (fsync of files and of folders). After a power cut what was not may be there, or not,
or in part, each thing for itself.
"""

from __future__ import annotations

import builtins
import contextlib
import errno
import fcntl
import io
import os
import shutil
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

from .clock import Clock


class Killed(BaseException):
    """The simulated process has ended: nothing of it goes on, not even what it wanted to clean up."""


@dataclass
class Trouble:
    """System calls that fail for a while.

    Attributes:
        calls: names of the calls; empty for all.
        code: the errno.
        rate: share of calls that fail.
        until: monotonic time at which it is over.
    """

    calls: frozenset[str]
    code: int
    rate: float
    until: float


Entries = dict[str, int]
# By path and flags, by path, and by two paths; and by descriptor.
_BY_PATH = ("open", "unlink", "remove", "mkdir", "rmdir", "scandir", "listdir", "stat", "lstat", "truncate", "utime")
_BY_TWO = ("replace", "rename")
_BY_DESCRIPTOR = ("write", "read", "fsync", "ftruncate", "pwrite", "pread", "fstat")
READS = frozenset({"open", "scandir", "listdir", "stat", "lstat", "read", "pread", "fstat"})
WRITES = frozenset(
    {"open", "write", "fsync", "replace", "rename", "mkdir", "unlink", "ftruncate", "pwrite", "truncate"}
)


class Disk:
    """A folder under which system calls can be made to fail.

    Args:
        root: the folder; it exists.
        clock: of the machine.
        chance: what decides.

    Attributes:
        counts: faults that happened, by kind.
        troubles: system calls that fail now.
        slow: seconds that a system call takes at most.
        die_in: after how many system calls the process ends; None for not.
    """

    def __init__(self, root: Path, clock: Clock, chance: Random) -> None:
        self.root = str(root)
        self.counts: Counter[str] = Counter()
        self.troubles: list[Trouble] = []
        self.slow = 0.0
        self.die_in: int | None = None
        self._clock = clock
        self._chance = chance
        self._open: set[int] = set()
        self._files: weakref.WeakSet[Any] = weakref.WeakSet()
        self._calm = 0
        self._dead = False
        self._contents: dict[int, bytes] = {}
        self._entries: dict[int, Entries] = {}
        self._real: dict[str, Callable[..., Any]] = {
            name: getattr(os, name) for name in (*_BY_PATH, *_BY_TWO, *_BY_DESCRIPTOR, "close")
        }
        self._flock, self._file = fcntl.flock, io.open
        self.settle()

    # -- what is made to happen ----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def calm(self) -> Iterator[None]:
        """Let every call work, for the simulator's own looks."""
        self._calm += 1
        try:
            yield
        finally:
            self._calm -= 1

    def end_process(self) -> None:
        """Close what the process that ended had open, as a kernel does: its locks go with it."""
        for descriptor in sorted(self._open):
            with contextlib.suppress(OSError):
                self._real["close"](descriptor)
        self._open.clear()
        for file in list(self._files):
            with contextlib.suppress(OSError):
                file.close()
        self._dead, self.die_in = False, None

    def settle(self) -> None:
        """Take everything that is there now as durable."""
        self._contents, self._entries = {}, {}
        for folder, _, names in os.walk(self.root):
            self._entries[os.stat(folder).st_ino] = self._listed(folder)
            for name in names:
                path = os.path.join(folder, name)
                self._contents[os.stat(path).st_ino] = Path(path).read_bytes()

    def power_cut(self) -> None:
        """Leave of what was not made durable whatever chance leaves of it."""
        with self.calm():
            found: list[tuple[str, bytes | None]] = []
            self._survey(self.root, "", found)
            for entry in list(os.scandir(self.root)):
                shutil.rmtree(entry.path) if entry.is_dir(follow_symlinks=False) else os.unlink(entry.path)
            for path, data in found:
                full = os.path.join(self.root, path)
                if data is None:
                    os.makedirs(full, exist_ok=True)
                else:
                    Path(full).write_bytes(data)
            self.settle()

    def _listed(self, folder: str) -> Entries:
        with self.calm():
            return {entry.name: entry.inode() for entry in os.scandir(folder)}

    def _survey(self, folder: str, path: str, found: list[tuple[str, bytes | None]]) -> None:
        """Collect what a folder holds after the cut: of each name either what is durable or what is newest."""
        now = self._listed(folder)
        durable = self._entries.get(os.stat(folder).st_ino, {})
        for name in sorted({*now, *durable}):
            new, old = now.get(name), durable.get(name)
            kept = new if new == old or self._chance.random() < 0.5 else old
            if kept is None:
                continue
            below = os.path.join(path, name)
            here = os.path.join(folder, name)
            if kept == new and os.path.isdir(here):
                found.append((below, None))
                self._survey(here, below, found)
            elif kept == new or kept in self._contents:
                found.append((below, self._content(kept, here if kept == new else None)))

    def _content(self, inode: int, path: str | None) -> bytes:
        """Return what is left of a file's bytes: what was made durable, perhaps with some of what came after."""
        durable = self._contents.get(inode)
        if path is None:
            return durable or b""
        newest = Path(path).read_bytes()
        if durable == newest:
            return newest
        # The file's length may be there before its blocks are.
        kept = self._chance.choice(("none", "all", "part", "zeros"))
        if kept == "all":
            return newest
        if kept == "none":
            return durable or b""
        cut = self._chance.randrange(len(newest) + 1)
        if durable and newest.startswith(durable):
            cut = max(cut, len(durable))
        return newest[:cut] + (bytes(len(newest) - cut) if kept == "zeros" else b"")

    # -- the system calls ----------------------------------------------------------------------------------------

    def patches(self) -> list[Any]:
        """Return what puts this disk under the process."""
        found = [mock.patch.object(os, name, self._by_path(name)) for name in _BY_PATH]
        found += [mock.patch.object(os, name, self._by_path(name)) for name in _BY_TWO]
        found += [mock.patch.object(os, name, self._by_descriptor(name)) for name in _BY_DESCRIPTOR]
        found += [
            mock.patch.object(os, "close", self._close),
            mock.patch.object(fcntl, "flock", self._lock),
            mock.patch.object(io, "open", self._open_file),
            mock.patch.object(builtins, "open", self._open_file),
        ]
        return found

    def _under(self, path: object) -> bool:
        if self._calm or isinstance(path, int):
            return False
        text = os.fspath(path)  # type: ignore[call-overload]
        return isinstance(text, str) and text.startswith(self.root)

    def _call(self, name: str, path: object = None) -> None:
        """Let a system call cost time, fail, or be the last."""
        if self._dead:
            raise Killed
        if self.die_in is not None:
            self.die_in -= 1
            if self.die_in < 0:
                self._dead = True
                raise Killed
        if self.slow:
            self._clock.now += self._chance.random() * self.slow
        self.troubles = [trouble for trouble in self.troubles if trouble.until > self._clock.now]
        for trouble in self.troubles:
            if name == "flock" and trouble.code == errno.EACCES:
                # By this number some file systems say that another has the lock.
                continue
            if (not trouble.calls or name in trouble.calls) and self._chance.random() < trouble.rate:
                self.counts[errno.errorcode[trouble.code]] += 1
                raise OSError(trouble.code, os.strerror(trouble.code), str(path) if path is not None else None)

    def _by_path(self, name: str) -> Callable[..., Any]:
        real = self._real[name]

        def call(path: Any, *arguments: Any, **options: Any) -> Any:
            if not self._under(path):
                return real(path, *arguments, **options)
            self._call(name, path)
            result = real(path, *arguments, **options)
            if name == "open":
                self._open.add(result)
            return result

        return call

    def _by_descriptor(self, name: str) -> Callable[..., Any]:
        real = self._real[name]

        def call(descriptor: Any, *arguments: Any) -> Any:
            if descriptor not in self._open or self._calm:
                return real(descriptor, *arguments)
            self._call(name)
            if name == "write" and len(arguments[0]) > 1 and self._chance.random() < 0.1:
                # A write may take less than it is given.
                arguments = (bytes(arguments[0])[: self._chance.randrange(1, len(arguments[0]))],)
            result = real(descriptor, *arguments)
            if name == "fsync":
                self._make_durable(descriptor)
            return result

        return call

    def _make_durable(self, descriptor: int) -> None:
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        with self.calm():
            if os.path.isdir(path):
                self._entries[os.stat(path).st_ino] = self._listed(path)
            elif os.path.exists(path):
                self._contents[os.stat(path).st_ino] = Path(path).read_bytes()

    def _close(self, descriptor: int) -> None:
        self._open.discard(descriptor)
        self._real["close"](descriptor)

    def _lock(self, descriptor: Any, how: int) -> Any:
        if descriptor in self._open and not self._calm:
            self._call("flock")
        return self._flock(descriptor, how)

    def _open_file(self, file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        if not self._under(file):
            return self._file(file, mode, *arguments, **options)
        self._call("open", file)
        opened = self._file(file, mode, *arguments, **options)
        self._files.add(opened)
        return _Watched(opened, self) if "a" in mode or "w" in mode else opened


class _Watched:
    """A file opened to be written, whose writes are system calls."""

    def __init__(self, file: Any, disk: Disk) -> None:
        self._file, self._disk = file, disk

    def write(self, data: Any) -> int:
        if not self._disk._calm:
            self._disk._call("write")
        return int(self._file.write(data))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> _Watched:
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()
