"""Candidates: what the arms are chosen from, without the folders that it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .library import Library
from .outputs import Outputs
from .pools import Pools
from .rule import Top


@dataclass(frozen=True, eq=False)
class Candidates:
    """All members with their outputs on select, and what they are to each other.

    Attributes:
        select: their outputs.
        pools: which is what.
        seed: the run's.
        names: (members,) of the members.
        seconds: (members,) training seconds of each.
        jobs: how many are trained at once.
    """

    select: Outputs
    pools: Pools
    seed: int
    names: tuple[str, ...]
    seconds: tuple[float, ...]
    jobs: int = 1

    @classmethod
    def of(cls, library: Library, ink: tuple[float, float] | None = None) -> Candidates:
        """Return a library's.

        Args:
            library: the models that count.
            ink: as of :meth:`~xsample_tui.stacking.library.Library.pools`.

        Raises:
            InputError: no finished window removes that much ink.
        """
        return cls(
            select=library.select,
            pools=library.pools(ink),
            seed=library.run.spec.seed,
            names=tuple(member.name for member in library.members),
            seconds=tuple(member.seconds for member in library.members),
            jobs=library.run.spec.machine.jobs,
        )

    @cached_property
    def all_seeds(self) -> tuple[int, ...]:
        """Every whole-picture network, twins of replicates among them: draws of the same kind."""
        twins = (self.pools.twins.get(i) for again in self.pools.replicates.values() for i in again)
        return tuple(dict.fromkeys((*self.pools.seeds, *(i for i in twins if i is not None))))

    def version(self, window: int, chance: np.random.Generator) -> int:
        """Return a window with its stream drawn anew: itself or one of its replicates."""
        versions = (window, *self.pools.replicates.get(window, ()))
        return versions[int(chance.integers(len(versions)))]

    def versions(self, pool: tuple[int, ...], k: int) -> int:
        """Return how many streams the windows that a blend of k may choose from a pool were trained from, at least.

        Args:
            pool: indices of members.
            k: members of the blend. The best 2k windows count.
        """
        windows = tuple(member for member in pool if member not in self.pools.seeds)
        if not windows:
            return 0
        best = Top(2 * k, windows).choose(self.select)
        return 1 + min(len(self.pools.replicates.get(int(window), ())) for window in best)
