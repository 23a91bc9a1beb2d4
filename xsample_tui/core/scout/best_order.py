"""The order that trains the best windows soonest: a sixth of all as the scout ranks them, then the promising first.

It decides what is known early, never what a trial's result is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ..training.training_order import Place
from .promising_order import promising_order

# One window of so many comes before the first baseline. In both sweeps that were measured, with 400 windows and with
# 121, the five that proved best were among them, and a verdict, which waits for baselines, did not come much later.
SHARE = 6


def best_order(
    names: Sequence[str], places: Mapping[str, Place | None], loss: Mapping[str, float]
) -> tuple[str, ...]:
    """Return the names of trials in the order in which they are trained.

    Args:
        names, places, loss: as of :func:`~xsample_tui.core.scout.promising_order.promising_order`.

    >>> places = {"b": None} | {f"w{col}": (0, col) for col in range(12)}
    >>> best_order(list(places), places, {f"w{col}": -float(col) for col in range(12)})[:4]
    ('w11', 'w10', 'b', 'w5')
    """
    ranked = sorted((name for name in names if name in loss), key=loss.__getitem__)
    ahead = ranked[: math.ceil(len(ranked) / SHARE)]
    return tuple(dict.fromkeys([*ahead, *promising_order(names, places, loss)]))
