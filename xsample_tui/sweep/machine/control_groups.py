"""The control groups that this process is in, as Linux lists them (cgroup, versions 1 and 2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Membership:
    """A control group that this process is in.

    Attributes:
        number: of its hierarchy; ``0`` is that of version 2.
        controllers: of version 1, with commas between them; empty for version 2.
        path: of the group, from its hierarchy's top.
    """

    number: str
    controllers: str
    path: str


def memberships(root: Path) -> Iterator[Membership]:
    """Give the groups of this process, one for each hierarchy.

    Args:
        root: the folder that holds ``proc``.
    """
    for line in lines(root / "proc/self/cgroup"):
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        yield Membership(number, controllers, path)


def lines(path: Path) -> list[str]:
    """Return the lines of one of the system's files; none where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
