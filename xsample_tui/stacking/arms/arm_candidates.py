"""The models that the arms choose from, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ...core.networks.multiply_adds import training_arithmetic
from ..pool.member_outputs import Outputs
from ..pool.member_selection import TopMembers
from ..pool.model_pool import ModelPool
from ..pool.stream_pools import Pools


@dataclass(frozen=True, eq=False)
class Candidates:
    """All members with their outputs on select, and what they are to each other.

    Attributes:
        select: their outputs.
        pools: which is what.
        seed: the run's.
        names: (members,) of the members.
        seconds: (members,) training seconds of each, on whatever machine it was trained.
        work: (members,) multiply-adds of each one's training, the same on every machine.
        jobs: how many are trained at once.
        screened: how many windows went through rungs, the parked ones too; 0 without rungs.
    """

    select: Outputs
    pools: Pools
    seed: int
    names: tuple[str, ...]
    seconds: tuple[float, ...]
    work: tuple[int, ...]
    jobs: int = 1
    screened: int = 0

    @classmethod
    def of(cls, models: ModelPool, ink: tuple[float, float] | None = None) -> Candidates:
        """Return those of a pool.

        Args:
            models: the models that count.
            ink: as of :meth:`~xsample_tui.stacking.pool.model_pool.ModelPool.pools`.

        Raises:
            InputError: no finished window removes that much ink.
        """
        return cls(
            select=models.select,
            pools=models.pools(ink, rungs=bool(models.parked)),
            seed=models.run.spec.seed,
            names=tuple(member.name for member in models.members),
            seconds=tuple(member.seconds for member in models.members),
            work=_work(models),
            jobs=models.run.spec.machine.jobs,
            screened=models.screened,
        )

    @cached_property
    def all_seeds(self) -> tuple[int, ...]:
        """Every whole-image network, twins of replicates among them: draws of the same kind."""
        if self.pools.rungs:
            # The twins of replicates went through no rungs.
            return self.pools.seeds
        twins = (self.pools.twins.get(i) for again in self.pools.replicates.values() for i in again)
        return tuple(dict.fromkeys((*self.pools.seeds, *(i for i in twins if i is not None))))

    def versions(self, pool: tuple[int, ...], k: int) -> int:
        """Return how many streams the windows that a blend of k may choose from a pool were trained from, at least.

        Args:
            pool: indices of members.
            k: members of the blend. The best 2k windows count.
        """
        windows = tuple(member for member in pool if member not in self.pools.seeds)
        if not windows:
            return 0
        best = TopMembers(2 * k, windows).choose(self.select)
        return 1 + min(len(self.pools.replicates.get(int(window), ())) for window in best)


def _work(models: ModelPool) -> tuple[int, ...]:
    """Return the multiply-adds of each member's training."""
    network = models.run.network
    masks = {
        run.path: {trial.name: mask for trial, mask in zip(run.plan.trials, run.plan.masks, strict=True)}
        for run in {member.run.path: member.run for member in models.members}.values()
    }
    images = len(models.run.plan.split.fit)
    return tuple(
        training_arithmetic(network, masks[member.run.path][member.name], images, member.epoch)
        for member in models.members
    )
