"""Removes unfinished files and folders of processes that were killed.

An unfinished file is called ``.NAME.PID-PLACE.KIND``; the place stands for a host and its process numbers, so that
a process of another host, or of another container, is not taken for one that has ended here.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import socket
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

Kind = Literal["tmp", "partial", "deleted"]

_NAME = re.compile(r"\..+\.(?P<pid>[0-9]{1,9})(?:-(?P<place>[0-9a-f]{8}))?\.(?P<kind>tmp|partial|deleted)")
# Whoever writes something takes seconds or minutes, and clocks of file servers are off by less.
_LONG_AGO = 86400.0
# What this process has not finished, or has: by name, as many as there are kinds of files and epochs.
_own: set[str] = set()
# What a folder has that was to become a run.
_PARTS = {"dataset.npz", "plan.npz", "spec.json", "trials", "logs"}


def unfinished(name: str, kind: Kind) -> str:
    """Return the name of what this process has not finished yet.

    Args:
        name: what it is to be called, or was called.
        kind: ``tmp`` for a file, ``partial`` for a run's folder that is made, ``deleted`` for one that goes.
    """
    own = f".{name}.{os.getpid()}-{_place()}.{kind}"
    _own.add(own)
    return own


def clear(run: Path) -> None:
    """Remove what processes that have ended left in a run's folder, and the unfinished runs beside it.

    Below ``trials`` only owners write, so nothing there is anybody's any more. Elsewhere, what belongs to a process
    of this host that lives is left alone, and for a day what may be another host's. What cannot be removed stays;
    that is no error.

    Args:
        run: the run's folder, whose owner the caller is.
    """
    # The file server's time, not this machine's: the owner has just written it.
    try:
        now = os.stat(run / "owner.lock").st_mtime
    except OSError:
        return
    trials = os.path.join(run, "trials", "")
    for path in _files(run):
        if _kind(path, now, others=not path.startswith(trials)) == "tmp":
            with contextlib.suppress(OSError):
                os.unlink(path)
    for path in _folders(run.parent):
        kind = _kind(path, now)
        if kind == "deleted" or (kind == "partial" and _laid_out_in_part(path)):
            shutil.rmtree(path, ignore_errors=True)


def _files(run: Path) -> Iterator[str]:
    for folder, _, names in os.walk(run):
        yield from (os.path.join(folder, name) for name in sorted(names) if name.endswith(".tmp"))


def _folders(runs: Path) -> Iterator[str]:
    with contextlib.suppress(OSError):
        for name in sorted(os.listdir(runs)):
            if name.endswith((".partial", ".deleted")):
                yield os.path.join(runs, name)


def _laid_out_in_part(path: str) -> bool:
    """Return whether nothing is in a folder but what is made when a run is laid out."""
    try:
        names = os.listdir(path)
    except OSError:
        return False
    return all(name in _PARTS or _NAME.fullmatch(name) for name in names)


def _kind(path: str, now: float, *, others: bool = True) -> str:
    """Return the kind of a left-over; empty for anything else.

    Args:
        path: of a file or folder.
        now: the file server's time.
        others: whether it may be unfinished because its maker is still at it.
    """
    found = _NAME.fullmatch(os.path.basename(path))
    if found is None or (others and not _abandoned(path, int(found["pid"]), found["place"], now)):
        return ""
    return found["kind"]


def _abandoned(path: str, pid: int, place: str | None, now: float) -> bool:
    """Return whether the process that made something has ended."""
    try:
        changed = os.lstat(path).st_mtime
    except OSError:
        return False
    # In a container this process may have the number of the one before it.
    ended = os.path.basename(path) not in _own if pid == os.getpid() else not _alive(pid)
    return ended and (place == _place() or now - changed > _LONG_AGO)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


@cache
def _place() -> str:
    """Return what stands for this host and for the numbers that its processes go by here."""
    numbers = ""
    with contextlib.suppress(OSError):
        numbers = os.readlink("/proc/self/ns/pid")
    return hashlib.sha256(f"{socket.gethostname()} {numbers}".encode()).hexdigest()[:8]
