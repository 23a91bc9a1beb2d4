"""What is expected of windows that are not trained yet, from the scout's estimate and the windows that are."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean, pvariance

# From fewer trained windows no line is drawn, nor from some of which the scout expects nearly the same: noise would
# give the slope. The estimate's ranks stand alone then. The share is of the variance of all windows' losses.
LEAST_TRAINED, LEAST_SPREAD = 3, 0.1


def expected_values(loss: Mapping[str, float], trained: Mapping[str, float]) -> dict[str, float]:
    """Return what a metric is expected to be for each window that is not trained: on a line through the trained ones.

    A scout's losses are higher than those of networks that know one window only, but in the same order: the line,
    by least squares, brings them to the metric's scale.

    Args:
        loss: the scout's log-loss of each window.
        trained: the metric of those that are trained.

    Returns:
        Nothing where fewer than 3 windows are trained, or these cover too little of the scout's range.

    >>> expected_values({"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0}, {"a": -1.0, "b": -3.0, "c": -5.0})
    {'d': -7.0}
    """
    known = [name for name in trained if name in loss]
    if len(known) < LEAST_TRAINED:
        return {}
    x, y = [loss[name] for name in known], [trained[name] for name in known]
    centre, mean = fmean(x), fmean(y)
    spread = sum((one - centre) ** 2 for one in x)
    if spread / len(x) < LEAST_SPREAD * pvariance(loss.values()):
        return {}
    slope = sum((a - centre) * (b - mean) for a, b in zip(x, y, strict=True)) / spread if spread else 0.0
    return {name: mean + slope * (found - centre) for name, found in loss.items() if name not in trained}
