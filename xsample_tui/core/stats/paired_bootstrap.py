"""The paired bootstrap: an interval for the difference of two blends, over images and members."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

DRAWS = 10_000
REDRAWS = 400
POWER = 0.8


@dataclass(frozen=True)
class Redraws:
    """Two blends of k members each, with members redrawn in both.

    Attributes:
        first, second: (M, n) bool, which images each redraw of either blend has right.
        members: k.
    """

    first: NDArray[np.bool_]
    second: NDArray[np.bool_]
    members: int


@dataclass(frozen=True)
class PairedDifference:
    """The difference in accuracy of two blends on the same images.

    Attributes:
        difference: accuracy of the first minus that of the second, -1..1.
        low, high: bootstrap interval.
        sd: the bootstrap's standard deviation of the difference.
        confidence: of the interval, 0..1.
        members: whether members were redrawn, besides images.
    """

    difference: float
    low: float
    high: float
    sd: float
    confidence: float
    members: bool

    @property
    def detectable(self) -> float:
        """The smallest true difference that would be found significant in 4 of 5 repetitions, in accuracy."""
        return minimum_detectable(self.sd, self.confidence)


def minimum_detectable(sd: float, confidence: float = 0.95, power: float = POWER) -> float:
    """Return the minimum detectable difference, ``(z_confidence + z_power) * sd`` (Bloom 1995).

    Args:
        sd: standard error of the difference.
        confidence: of the two-sided interval, 0..1.
        power: how probable the finding is to be, 0..1.
    """
    normal = NormalDist()
    return (normal.inv_cdf((1 + confidence) / 2) + normal.inv_cdf(power)) * sd


def member_redraws(
    k: int, generator: np.random.Generator, count: int = REDRAWS
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return ``count`` redraws of k members out of k with replacement, for two blends: (count, k) int64 each.

    A blend of fewer different members is worse. So that this does not look like a difference, the two redraws of a
    pair repeat equally many members equally often; which ones is drawn for each blend by itself.

    Args:
        k: members, at least 1.
        generator: of the draws.
        count: how many.
    """
    first = generator.multinomial(k, np.full(k, 1 / k), size=count)
    return first, generator.permuted(first, axis=1)


def paired_bootstrap(
    first: NDArray[np.bool_],
    second: NDArray[np.bool_],
    generator: np.random.Generator,
    redraws: Redraws | None = None,
    *,
    draws: int = DRAWS,
    confidence: float = 0.95,
) -> PairedDifference:
    """Return the difference in accuracy of two blends with its percentile bootstrap interval (Efron 1979).

    Images are redrawn with replacement, the same for both. Only three kinds matter: right in the first alone, in
    the second alone, and the rest; how many of each a redraw holds is multinomial, so no image is ever drawn.

    With ``redraws`` the members' own deviation is added (crossed random effects: Owen 2007). What redrawing members
    does to single images is in the images' part already and would count twice; it is the residual of the
    two-way table of redraws and images, and is taken out. The rest is scaled by k/(k-1), since redraws from k
    members vary too little. In simulation the interval then covers at its nominal rate, whether members differ in
    skill or not.

    Args:
        first, second: (n,) bool, which images each blend has right.
        generator: for the draws.
        redraws: the blends with members redrawn; None to redraw images alone.
        draws: how many.
        confidence: of the interval, 0..1.
    """
    n = len(first)
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    p, q = only_first / n, only_second / n
    drawn_first = generator.binomial(n, p, size=draws)
    drawn_second = generator.binomial(n - drawn_first, min(q / (1 - p), 1.0) if p < 1 else 0.0)
    gap = (drawn_first - drawn_second) / n
    if redraws is not None:
        gap = gap + generator.choice(_deviations(redraws), size=draws)
    tail = (1 - confidence) / 2
    low, high = np.quantile(gap, [tail, 1 - tail])
    observed = (only_first - only_second) / n
    return PairedDifference(observed, float(low), float(high), float(gap.std()), confidence, redraws is not None)


def _deviations(redraws: Redraws) -> NDArray[np.float64]:
    """Return (M,) float64: how far each redraw of members moves the difference, scaled to its proper variance."""
    gap = redraws.first.astype(np.int8) - redraws.second.astype(np.int8)
    count, n = gap.shape
    rows, columns = gap.mean(axis=1), gap.mean(axis=0)
    middle = float(rows.mean())
    square = float(np.count_nonzero(gap)) / gap.size
    residual = (square - float((rows**2).mean()) - float((columns**2).mean()) + middle**2) * count / (count - 1)
    variance = float(rows.var(ddof=1))
    if not variance:
        return np.zeros(count)
    own = max(variance - residual / n, 0.0) * redraws.members / (redraws.members - 1)
    return np.asarray((rows - middle) * math.sqrt(own / variance))
