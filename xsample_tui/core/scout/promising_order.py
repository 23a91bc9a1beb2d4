"""The order of training that a scout suggests: coarse to fine, and the finer the better a window is expected to be.

It decides what is known early, never what a trial's result is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..training.training_order import Place

# The best window counts as so many times as far from those before it as the worst one does.
STRETCH = 8.0


def promising_order(
    names: Sequence[str], places: Mapping[str, Place | None], loss: Mapping[str, float]
) -> tuple[str, ...]:
    """Return the names of trials in the order in which they are trained.

    Baselines keep their positions, so that a sweep that is there keeps them, however many come first in new ones.

    Args:
        names: of the trials, as the sweep's own order has them.
        places: the row and the column of each window in pixels, None for a baseline.
        loss: the estimated log-loss of each window; those without one come last, in their own order.

    >>> places = {"b": None, "p": (0, 0), "q": (0, 5), "r": (0, 10)}
    >>> promising_order(["b", "q", "p", "r"], places, {"p": 0.9, "q": 0.5, "r": 0.4})
    ('b', 'r', 'q', 'p')
    """
    windows = [name for name in names if places[name] is not None]
    known = [name for name in windows if name in loss]
    at = [place for name in known if (place := places[name]) is not None]
    ordered = [known[index] for index in weighted(at, [loss[name] for name in known])]
    new = iter([*ordered, *(name for name in windows if name not in loss)])
    return tuple(name if places[name] is None else next(new) for name in names)


def weighted(places: Sequence[Place], loss: Sequence[float]) -> tuple[int, ...]:
    """Return the indices of places, best first, then always the one farthest from those before it, by its promise.

    Distances are multiplied by a weight that grows with the place in the estimate's ranking, from 1 for the worst to
    :data:`STRETCH` for the best: so every beginning covers the whole grid, more densely where it is promising.

    Args:
        places: row and column of each, in pixels; all different.
        loss: estimated log-loss of each; of equal ones the first counts as better.
    """
    count = len(places)
    if count < 3:
        return tuple(int(index) for index in np.argsort(loss, kind="stable"))
    at = np.asarray(places, np.float64)
    rank = np.empty(count)
    rank[np.argsort(loss, kind="stable")] = np.arange(count)
    weight = 1 + (STRETCH - 1) * (1 - rank / (count - 1))
    near = np.full(count, np.inf)
    order: list[int] = []
    chosen = int(np.argmin(rank))
    while True:
        order.append(chosen)
        near = np.minimum(near, ((at - at[chosen]) ** 2).sum(axis=1))
        near[chosen] = -1
        if len(order) == count:
            return tuple(order)
        # Of equal ones the more promising.
        score = near * weight**2
        chosen = int(min(np.flatnonzero(score == score.max()), key=rank.__getitem__))
