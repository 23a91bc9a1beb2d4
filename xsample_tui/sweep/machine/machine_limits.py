"""Finds the cores and the memory that this process may use: affinity and control groups.

A container sees all cores and all memory of its host; its limits are in the files of its control
group (cgroup, versions 1 and 2) and of those above it.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .control_groups import lines, memberships

# What a worker was measured to need: `tests/training/test_memory.py`, `tests/sweep/test_memory.py`.
WORKER_BYTES = 1.5 * 2**30
# Where nothing says how much memory there is.
_ASSUMED_BYTES = 4 * WORKER_BYTES
_ROOT = Path("/")
_VERSION_1 = ("cpu", "memory")


def own_cores() -> list[int]:
    """Return the numbers of the cores that the scheduler lets this process run on."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))


def usable_cores(root: Path = _ROOT, affinity: int | None = None) -> int:
    """Return how many cores this process may keep busy, at least 1; a quota of 1.5 cores is room for 2 workers.

    Args:
        root: the folder that holds ``proc`` and ``sys``; tests give their own.
        affinity: how many cores the scheduler lets this process run on; by default what the system says.
    """
    if affinity is None:
        affinity = len(own_cores())
    quotas = [quota for folder in _folders(root, "cpu") if (quota := _quota(folder)) is not None]
    return max(1, min([affinity, *(math.ceil(quota) for quota in quotas)]))


def usable_memory(root: Path = _ROOT, physical: float | None = None) -> float:
    """Return how many bytes of memory this process and its workers may use.

    Args:
        root: as of :func:`usable_cores`.
        physical: bytes of the machine; by default what the system says.
    """
    limits = [
        float(number)
        for folder in _folders(root, "memory")
        for name in ("memory.max", "memory.high", "memory.limit_in_bytes")
        if (number := _number(_words(folder / name)[:1])) is not None and number > 0
    ]
    return min([_physical() if physical is None else physical, *limits])


def memory_used(root: Path = _ROOT) -> float:
    """Return how many bytes of memory are in use of those that :func:`usable_memory` counts.

    Of a control group with a limit it is the group's, without the cached files that the system gives up first; else
    the machine's.

    Args:
        root: as of :func:`usable_cores`.
    """
    import psutil

    machine = psutil.virtual_memory()
    limit = usable_memory(root, float(machine.total))
    if limit < machine.total:
        for folder in _folders(root, "memory"):
            for name, total in (
                ("memory.current", "inactive_file"),
                ("memory.usage_in_bytes", "total_inactive_file"),
            ):
                used = _number(_words(folder / name)[:1])
                if used is not None and used <= limit:
                    return max(float(used) - _of_table(folder / "memory.stat", total), 0.0)
    return float(machine.total - machine.available)


def cpu_seconds_used(root: Path = _ROOT) -> float | None:
    """Return the seconds of processor time that this process's control group has used; None where it is not said.

    Args:
        root: as of :func:`usable_cores`.
    """
    for folder in _folders(root, "cpu"):
        if used := _of_table(folder / "cpu.stat", "usage_usec"):
            return used / 1e6
    return None


def workers_that_fit(memory: float | None = None) -> int:
    """Return how many workers fit into memory, at least 1.

    Args:
        memory: bytes; by default what this process may use.
    """
    return max(1, int((usable_memory() if memory is None else memory) / WORKER_BYTES))


@dataclass(frozen=True)
class _Mount:
    """A hierarchy of control groups.

    Attributes:
        at: the folder it is mounted on.
        top: which of its groups that folder is; a container may see its own only.
        controllers: of version 1; empty for version 2, which has one hierarchy for all.
    """

    at: Path
    top: PurePosixPath
    controllers: frozenset[str]


def _folders(root: Path, controller: str) -> Iterator[Path]:
    """Give the folders of this process's group and of those above it, in each hierarchy that may limit it."""
    groups = _groups(root)
    for mount in _mounts(root):
        if mount.controllers and controller not in mount.controllers:
            continue
        own = groups.get(controller if mount.controllers else "")
        inside = own.relative_to(mount.top) if own is not None and own.is_relative_to(mount.top) else PurePosixPath()
        if ".." in inside.parts:
            # The group lies outside of what the container sees.
            inside = PurePosixPath()
        folder = mount.at / inside
        yield from (folder, *[above for above in folder.parents if above.is_relative_to(mount.at)])


def _groups(root: Path) -> dict[str, PurePosixPath]:
    """Return this process's group by controller; that of version 2 under the empty name."""
    found = {}
    for group in memberships(root):
        if group.number and group.path.startswith("/"):
            found.update(dict.fromkeys(group.controllers.split(","), PurePosixPath(group.path)))
    return found


def _mounts(root: Path) -> list[_Mount]:
    """Return the mounted hierarchies; where the system does not list them, those at the usual places."""
    found = []
    for line in lines(root / "proc/self/mountinfo"):
        # 36 31 0:32 /top /mounted/on rw,relatime shared:1 - cgroup name rw,memory
        before, _, after = line.partition(" - ")
        words, kind = before.split(), after.split()
        if len(words) < 5 or len(kind) < 3 or kind[0] not in ("cgroup", "cgroup2"):
            continue
        group, at = (word.replace(r"\040", " ") for word in words[3:5])
        names = frozenset(kind[2].split(",")) if kind[0] == "cgroup" else frozenset[str]()
        found.append(_Mount(root / at.lstrip("/"), PurePosixPath(group), names))
    if found:
        return found
    usual, top = root / "sys/fs/cgroup", PurePosixPath("/")
    return [_Mount(usual, top, frozenset()), *(_Mount(usual / name, top, frozenset({name})) for name in _VERSION_1)]


def _quota(folder: Path) -> float | None:
    """Return how many cores' time a group has; None where it has all."""
    words = _words(folder / "cpu.max") or [
        *_words(folder / "cpu.cfs_quota_us")[:1],
        *_words(folder / "cpu.cfs_period_us")[:1],
    ]
    quota, period = _number(words[:1]), _number(words[1:2])
    if quota is None or quota <= 0 or not period:
        return None
    return quota / period


def _number(words: list[str]) -> int | None:
    return int(words[0]) if words and words[0].isascii() and words[0].isdigit() else None


def _of_table(path: Path, name: str) -> float:
    """Return a number by its name, from lines of a name and a number; 0 where there is none."""
    for line in lines(path):
        words = line.split()
        if words[:1] == [name]:
            return float(_number(words[1:2]) or 0)
    return 0.0


def _words(path: Path) -> list[str]:
    return [word for line in lines(path) for word in line.split()]


def _physical() -> float:
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (ValueError, OSError):
        return _ASSUMED_BYTES
