"""Caruana's ensemble selection: adds members one by one, with replacement, each time the most useful."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...core.seeding import generator
from ...core.training.epoch_metrics import EPSILON

ROUNDS = 25
BAGS = 10
_WHOLE_BAG = 5


@dataclass(frozen=True)
class Trajectory:
    """The path of one greedy selection.

    Attributes:
        picks: (rounds,) positions of the members added, in order.
        losses: (rounds,) the blend's log-loss after each.
    """

    picks: NDArray[np.intp]
    losses: NDArray[np.float64]

    @property
    def best(self) -> int:
        """How many picks give the least loss."""
        return int(self.losses.argmin()) + 1


def greedy(true: NDArray[np.float32], rounds: int = ROUNDS) -> Trajectory:
    """Select greedily with replacement (Caruana et al. 2004): add whichever member leaves the least log-loss.

    The log-loss of an arithmetic mean depends on the probabilities of the true class alone, so that one round
    costs k * n logarithms. Of equals the first is taken.

    Args:
        true: (k, n) float32, each member's probability of the true class.
        rounds: how many to add.
    """
    total = np.zeros(true.shape[1], np.float32)
    picks, losses = np.empty(rounds, np.intp), np.empty(rounds)
    for size in range(1, rounds + 1):
        mixed = (true + total) / np.float32(size)
        np.log(np.maximum(mixed, np.float32(EPSILON), out=mixed), out=mixed)
        candidates = -mixed.mean(axis=1, dtype=np.float64)
        pick = int(candidates.argmin())
        picks[size - 1], losses[size - 1] = pick, candidates[pick]
        total += true[pick]
    return Trajectory(picks, losses)


def select(true: NDArray[np.float32], seed: int, *, rounds: int = ROUNDS, bags: int = BAGS) -> NDArray[np.float64]:
    """Return the weights of bagged selection, (k,) float64, summing to 1.

    Every bag selects from half of the members, randomly chosen, and gives the picks up to its least loss; the weights
    are the shares of all picks. Up to 5 members are not worth halving: one bag holds them all.

    Args:
        true: (k, n) float32, each member's probability of the true class.
        seed: of the draws.
        rounds: most picks of a bag.
        bags: how many.
    """
    k = len(true)
    size = max((k + 1) // 2, min(k, _WHOLE_BAG))
    counts = np.zeros(k)
    for bag in range(1 if size == k else bags):
        drawn = np.sort(generator(seed, "caruana", bag).permutation(k)[:size])
        path = greedy(true[drawn], rounds)
        np.add.at(counts, drawn[path.picks[: path.best]], 1.0)
    return np.asarray(counts / counts.sum())
