"""The paired bootstrap: how far the difference of two blends moves over pictures and members."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import combinations_with_replacement
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

DRAWS = 10_000
POWER = 0.8


@dataclass(frozen=True)
class Resamples:
    """Draws of k members out of k, with replacement.

    Attributes:
        counts: (M, k) int64, how often each member is in; rows sum to k.
        chance: (M,) float64, how probable each row is; sums to 1.
    """

    counts: NDArray[np.int64]
    chance: NDArray[np.float64]


def member_resamples(k: int, generator: np.random.Generator, limit: int = 256) -> Resamples:
    """Return every draw of k members with its probability; ``limit`` draws by lot where there are more.

    Draws that differ in order only make the same blend, so that 5 members have 126 of them rather than 3,125.

    Args:
        k: members, at least 1.
        generator: for the lot.
        limit: most rows.
    """
    if math.comb(2 * k - 1, k) > limit:
        return Resamples(generator.multinomial(k, np.full(k, 1 / k), size=limit), np.full(limit, 1 / limit))
    rows = [Counter(draw) for draw in combinations_with_replacement(range(k), k)]
    counts = np.array([[row[i] for i in range(k)] for row in rows], np.int64)
    ways = [math.factorial(k) // math.prod(math.factorial(int(c)) for c in row) for row in counts]
    return Resamples(counts, np.array(ways, np.float64) / k**k)


@dataclass(frozen=True)
class Arm:
    """A blend as the bootstrap sees it.

    Attributes:
        correct: (n,) bool, which pictures the blend itself has right.
        redrawn: (M, n) bool, the same for blends of redrawn members; None to keep the members as they are.
        chance: (M,) float64, the probability of each redraw; None with ``redrawn`` None.
    """

    correct: NDArray[np.bool_]
    redrawn: NDArray[np.bool_] | None = None
    chance: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class PairedDifference:
    """The difference in accuracy of two blends on the same pictures.

    Attributes:
        difference: accuracy of the first minus that of the second, -1..1.
        low, high: bootstrap interval.
        sd: the bootstrap's standard deviation of the difference.
        confidence: of the interval, 0..1.
        members: whether members were redrawn on either side, besides pictures.
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


def paired_bootstrap(
    a: Arm, b: Arm, generator: np.random.Generator, *, draws: int = DRAWS, confidence: float = 0.95
) -> PairedDifference:
    """Return the difference in accuracy of two blends with its percentile bootstrap interval (Efron 1979).

    Every draw redraws pictures with replacement, the same for both, and where given the members of each arm
    (crossed random effects: Owen 2007). Only three kinds of picture matter: right in a alone, in b alone, and the
    rest; how many of each a redraw holds is multinomial, so no picture is ever drawn. A redraw holds fewer
    different members than the arm has, and is a little worse for it: the draws are shifted so that their mean is
    the difference observed.

    Args:
        a, b: the arms, on the same n pictures in the same order.
        generator: for the draws.
        draws: how many.
        confidence: of the interval, 0..1.
    """
    n = len(a.correct)
    alone_a, chance_a = _variants(a)
    alone_b, chance_b = _variants(b)
    # (Ma, Mb): pictures right in one arm alone, for every pair of member redraws; exact below 2**24 pictures.
    both = alone_a @ alone_b.T
    only_a = (alone_a.sum(axis=1)[:, None] - both).astype(np.float64) / n
    only_b = (alone_b.sum(axis=1)[None, :] - both).astype(np.float64) / n
    rows = generator.choice(len(chance_a), size=draws, p=chance_a)
    cols = generator.choice(len(chance_b), size=draws, p=chance_b)
    p, q = only_a[rows, cols], only_b[rows, cols]
    drawn_a = generator.binomial(n, p)
    drawn_b = generator.binomial(n - drawn_a, np.minimum(q / np.maximum(1 - p, 1e-300), 1.0))
    gap = (drawn_a - drawn_b) / n
    observed = (int(a.correct.sum()) - int(b.correct.sum())) / n
    gap += observed - float(chance_a @ (only_a - only_b) @ chance_b)
    tail = (1 - confidence) / 2
    low, high = np.quantile(gap, [tail, 1 - tail])
    redrawn = a.redrawn is not None or b.redrawn is not None
    return PairedDifference(observed, float(low), float(high), float(gap.std()), confidence, redrawn)


def _variants(arm: Arm) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    if arm.redrawn is None or arm.chance is None:
        return arm.correct[None].astype(np.float32), np.ones(1)
    return arm.redrawn.astype(np.float32), arm.chance / arm.chance.sum()
