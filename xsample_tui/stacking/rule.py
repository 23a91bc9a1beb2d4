"""Rules: which members go into a blend, as a function of what they do on the pictures that may be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..core.errors import InputError
from ..core.seed import generator
from .library import POOL_KINDS, Library
from .outputs import Indices, Outputs

# The primary blend's members, fixed in advance: so many of the best.
PRIMARY_K = 5


class Rule(Protocol):
    """Chooses members."""

    def choose(self, select: Outputs, without: int | None = None) -> Indices:
        """Return the members, best first.

        Args:
            select: all members' outputs on select.
            without: a fold whose pictures must not be looked at; None to look at all.
        """

    def words(self) -> str:
        """Say what it chooses, in a few words."""


@dataclass(frozen=True)
class Top:
    """The k members of a pool with the least log-loss; of equals the first in the plan.

    Attributes:
        k: how many; all where the pool is smaller.
        pool: indices of members.
    """

    k: int
    pool: tuple[int, ...]

    def choose(self, select: Outputs, without: int | None = None) -> Indices:
        """Return the best of the pool, best first."""
        pool = np.array(self.pool, np.intp)
        return pool[np.argsort(select.losses(without)[pool], kind="stable")[: self.k]]

    def words(self) -> str:
        """Say what it chooses."""
        return f"top {min(self.k, len(self.pool))} of {len(self.pool)} by select log-loss"


@dataclass(frozen=True)
class Hand:
    """These members, whatever they do.

    Attributes:
        members: their indices.
    """

    members: tuple[int, ...]

    def choose(self, select: Outputs, without: int | None = None) -> Indices:
        """Return the members in the order given."""
        return np.array(self.members, np.intp)

    def words(self) -> str:
        """Say what it chooses."""
        return f"{len(self.members)} members chosen by hand"


@dataclass(frozen=True)
class Lot:
    """k members of a pool, drawn at random.

    Attributes:
        k: how many; all where the pool is smaller.
        pool: indices of members.
        seed: the run's seed.
        draw: the number of the draw.
    """

    k: int
    pool: tuple[int, ...]
    seed: int
    draw: int = 0

    def choose(self, select: Outputs, without: int | None = None) -> Indices:
        """Return the members drawn, the same for every fold."""
        order = generator(self.seed, "lot", self.draw, *self.pool).permutation(len(self.pool))
        return np.array(self.pool, np.intp)[order[: self.k]]

    def words(self) -> str:
        """Say what it chooses."""
        return f"{min(self.k, len(self.pool))} of {len(self.pool)} drawn at random"


def best_windows(library: Library, count: int) -> list[str]:
    """Return the names of the windows of least log-loss on select, best first: those that a blend may choose."""
    best = Top(count, tuple(int(i) for i in library.pool("windows"))).choose(library.select)
    return [library.members[index].name for index in best]


def by_name(library: Library, names: Sequence[str]) -> Hand:
    """Return the rule that chooses these members.

    Raises:
        InputError: there is no finished trial of that name, or it is named twice, or none is named.
    """
    return Hand(tuple(int(index) for index in library.named(names)))


def pooled(library: Library, pool: str) -> tuple[int, ...]:
    """Return the members of a pool, for :class:`Top` to choose from.

    Raises:
        InputError: there is no such pool, or none of its trials is finished.
    """
    if pool not in POOL_KINDS:
        raise InputError("--pool", pool, f"choose one of {', '.join(POOL_KINDS)}")
    available = tuple(int(index) for index in library.pool(pool))
    if not available:
        raise InputError("--pool", pool, f"run {library.run.name} has no finished trial of this kind; choose another")
    return available
