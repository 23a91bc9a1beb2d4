"""Chooses the members of a blend, by their outputs on the images that may be used for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ...core.errors import ArgumentError, check_choice
from ...core.seeding import generator
from .member_outputs import Indices, Outputs
from .model_pool import POOL_KINDS, ModelPool

# The primary blend's members, fixed in advance: so many of the best.
PRIMARY_K = 5


class MemberSelection(Protocol):
    """Chooses members."""

    def choose(self, select: Outputs, without: int | None = None) -> Indices:
        """Return the members, best first.

        Args:
            select: all members' outputs on select.
            without: a fold whose images must not be read; None to read all.
        """

    def words(self) -> str:
        """Say what it chooses, in a few words."""


@dataclass(frozen=True)
class TopMembers:
    """The k members of a pool with the least log-loss; of equals the first in the plan.

    Attributes:
        k: how many; all where the pool is smaller.
        pool: indices of members.
    """

    k: int
    pool: tuple[int, ...]

    def choose(self, select: Outputs, without: int | None = None) -> Indices:
        """Return the best of the pool, best first."""
        chosen: Indices = best_of(select, self.k, np.array([self.pool], np.intp), without)[0]
        return chosen

    def words(self) -> str:
        """Say what it chooses."""
        return f"top {min(self.k, len(self.pool))} of {len(self.pool)} by select log-loss"


def best_of(select: Outputs, k: int, pools: Indices, without: int | None = None) -> Indices:
    """Return the k members of each of some pools with the least log-loss, best first; of equals the first.

    Args:
        select: all members' outputs on select.
        k: how many; all where the pools are smaller.
        pools: (pools, size) indices of members.
        without: a fold whose images must not be read; None to read all.

    Returns:
        (pools, at most k) indices of members.
    """
    order = np.argsort(select.losses(without)[pools], axis=1, kind="stable")[:, :k]
    return np.asarray(np.take_along_axis(pools, order, axis=1))


@dataclass(frozen=True)
class HandPicked:
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
class RandomMembers:
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


def best_windows(models: ModelPool, count: int) -> list[str]:
    """Return the names of the windows of least log-loss on select, best first: those that a blend may choose."""
    best = TopMembers(count, tuple(int(i) for i in models.pool("windows"))).choose(models.select)
    return [models.members[index].name for index in best]


def by_name(models: ModelPool, names: Sequence[str]) -> HandPicked:
    """Return the rule that chooses these members.

    Raises:
        InputError: there is no finished trial of that name, or it is named twice, or none is named.
    """
    return HandPicked(tuple(int(index) for index in models.named(names)))


def pooled(models: ModelPool, pool: str) -> tuple[int, ...]:
    """Return the members of a pool, for :class:`TopMembers` to choose from.

    Raises:
        InputError: there is no such pool, or none of its trials is finished.
    """
    check_choice("pool", pool, POOL_KINDS)
    available = tuple(int(index) for index in models.pool(pool))
    if not available:
        raise ArgumentError("pool", pool, f"run {models.title} has no finished trial of this kind; choose another")
    return available
