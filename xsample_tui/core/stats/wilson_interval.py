"""An accuracy with its Wilson interval."""

from __future__ import annotations

import math
from statistics import NormalDist


def wilson(successes: int, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return Wilson's score interval of a proportion (Wilson 1927).

    ``(p + z^2/2n -+ z * sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)``: it stays inside 0..1 and does not shrink to a
    point where every image is right.

    Args:
        successes: images that are right, 0..count.
        count: images; with 0 the interval is 0..1.
        confidence: 0..1.
    """
    if count == 0:
        return 0.0, 1.0
    z2 = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    p = successes / count
    middle = p + z2 / (2 * count)
    half = math.sqrt(z2 * (p * (1 - p) / count + z2 / (4 * count**2)))
    low, high = (middle - half) / (1 + z2 / count), (middle + half) / (1 + z2 / count)
    # Rounding must not leave the ends of the scale.
    return (0.0 if successes == 0 else max(low, 0.0)), (1.0 if successes == count else min(high, 1.0))
