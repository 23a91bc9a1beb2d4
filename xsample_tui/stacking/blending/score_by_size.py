"""Computes a blend's accuracy and log-loss for each number of members."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ...core.seeding import generator
from ...core.training.epoch_metrics import EPSILON
from ..pool.member_outputs import Outputs
from ..pool.member_selection import TopMembers
from .blend import blend_select
from .pooling import Blender

DRAWS = 1000
_EVERY = 20
_GROWTH = 1.15


@dataclass(frozen=True, eq=False)
class SizeCurve:
    """A blend's scores on select against k, cross-fitted, with 95 % bands over images.

    Attributes:
        k: (K,) int64, members.
        errors: (K,) int64, wrong images.
        accuracy, accuracy_low, accuracy_high: (K,) float64.
        log_loss, log_loss_low, log_loss_high: (K,) float64, in nats.
    """

    k: NDArray[np.int64]
    errors: NDArray[np.int64]
    accuracy: NDArray[np.float64]
    accuracy_low: NDArray[np.float64]
    accuracy_high: NDArray[np.float64]
    log_loss: NDArray[np.float64]
    log_loss_low: NDArray[np.float64]
    log_loss_high: NDArray[np.float64]

    def rows(self) -> list[dict[str, float]]:
        """Return one row a k."""
        names = list(self.__dataclass_fields__)
        return [{name: getattr(self, name)[i].item() for name in names} for i in range(len(self.k))]


def steps(most: int) -> list[int]:
    """Return the k to visit: each up to 20, then growing by 15 %, and the last.

    >>> steps(30)[-6:]
    [19, 20, 23, 26, 29, 30]
    """
    ks = list(range(1, min(most, _EVERY) + 1))
    while ks and ks[-1] < most:
        ks.append(min(int(ks[-1] * _GROWTH), most))
    return ks


def curve(select: Outputs, pool: tuple[int, ...], blender: Blender, seed: int) -> SizeCurve:
    """Return the curve of the top k of a pool: members chosen, fitted and sharpened without the fold they score.

    The bands are percentiles over redrawn images, the same draws for every k.

    Args:
        select: all members' outputs on select.
        pool: indices of members.
        blender: how they are pooled; one that takes no more than so many members ends the curve there.
        seed: the run's.
    """
    ks = steps(min(len(pool), blender.most or len(pool)))
    labels = select.labels
    wrong = np.empty((len(ks), len(labels)), np.float32)
    losses = np.empty_like(wrong)
    for row, k in enumerate(ks):
        blend = blend_select(select, TopMembers(k, pool), blender, seed)
        wrong[row] = ~blend.correct
        true = blend.probabilities[np.arange(len(labels)), labels]
        losses[row] = -np.log(np.clip(true, EPSILON, 1 - EPSILON))
    counts = _redraws(len(labels), seed)
    accuracy_band = _band(1 - wrong, counts)
    loss_band = _band(losses, counts)
    errors = wrong.sum(axis=1).astype(np.int64)
    return SizeCurve(
        k=np.array(ks, np.int64),
        errors=errors,
        accuracy=1 - errors / len(labels),
        accuracy_low=accuracy_band[0],
        accuracy_high=accuracy_band[1],
        log_loss=losses.mean(axis=1, dtype=np.float64),
        log_loss_low=loss_band[0],
        log_loss_high=loss_band[1],
    )


def _band(values: NDArray[np.float32], counts: NDArray[np.float32]) -> NDArray[np.float64]:
    means = (values @ counts).astype(np.float64) / values.shape[1]
    return np.asarray(np.quantile(means, [0.025, 0.975], axis=1))


@lru_cache(maxsize=2)
def _redraws(n: int, seed: int) -> NDArray[np.float32]:
    """Return how often each image is in each redraw, (n, draws) float32."""
    chance = generator(seed, "curve", n)
    draws = [np.bincount(chance.integers(n, size=n), minlength=n) for _ in range(DRAWS)]
    return np.stack(draws, axis=1).astype(np.float32)
