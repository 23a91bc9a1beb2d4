"""The order in which a sweep trains its windows: coarse to fine, row by row, from the centre
outwards, the promising first, or so that the best are named soonest.

It decides what is known early, never what a trial's result is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

TrainingOrder = Literal["coarse", "rows", "centre", "promising", "best"]
TRAINING_ORDERS: tuple[TrainingOrder, ...] = get_args(TrainingOrder)
Place = tuple[int, int]
Item = TypeVar("Item")
# These need a scout's estimate.
SCOUTED: frozenset[TrainingOrder] = frozenset({"promising", "best"})
# So many baselines come before the first window: a gain needs their mean, and its noise their scatter.
FIRST_BASELINES = 3
# So many more come with the first windows, one after each. The verdict on blending compares five windows with five
# baselines, and needs one more to tell how much that choice varies.
SOON_BASELINES = 3
# Coarse to fine costs time in proportion to the number of windows times this. So many windows cover any grid well.
_GREEDY = 4_096
_UNBOUNDED = np.iinfo(np.int64).max


def training_order(order: TrainingOrder, places: Sequence[Place | None]) -> tuple[int, ...]:
    """Return the indices of trials in the order in which they are trained.

    ``rows`` has all baselines first. The others have :data:`FIRST_BASELINES` of them first, :data:`SOON_BASELINES`
    among the first windows, and spread the rest evenly between the windows.

    Args:
        order: of the windows; ``promising`` and ``best`` are ``coarse`` until there is a scout's estimate
            (:func:`~xsample_tui.core.scout.promising_order.promising_order`,
            :func:`~xsample_tui.core.scout.best_order.best_order`).
        places: the row and column of each window in pixels, None for a baseline; all different.

    >>> training_order("coarse", [None, None, (0, 0), (0, 5), (0, 10)])
    (0, 1, 3, 2, 4)
    """
    baselines = [index for index, place in enumerate(places) if place is None]
    windows = [index for index, place in enumerate(places) if place is not None]
    where = [place for place in places if place is not None]
    if order == "rows":
        return (*baselines, *windows)
    sequence = from_centre(where) if order == "centre" else coarse_to_fine(where)
    return among_baselines(baselines, [windows[index] for index in sequence])


def among_baselines(baselines: Sequence[Item], windows: Sequence[Item]) -> tuple[Item, ...]:
    """Return windows in their order, with baselines among them.

    :data:`FIRST_BASELINES` come before them, :data:`SOON_BASELINES` one after each of the first windows, and the
    others are spread evenly. For a sweep that is laid out: one that is there keeps the order that it began with.

    >>> "".join(among_baselines("0123456", "abcdefg"))
    '012a3b4c5de6fg'
    """
    first, others, ordered = baselines[:FIRST_BASELINES], baselines[FIRST_BASELINES:], list(windows)
    soon = min(len(others), SOON_BASELINES, len(windows))
    left, rest = len(windows) - soon, len(others) - soon
    # After how many windows each comes.
    after = [*range(1, soon + 1), *(soon + round(number * left / (rest + 1)) for number in range(1, rest + 1))]
    for count, baseline in zip(reversed(after), reversed(others), strict=True):
        ordered.insert(count, baseline)
    return (*first, *ordered)


def coarse_to_fine(places: Sequence[Place]) -> tuple[int, ...]:
    """Return the indices of places in an order of which every beginning covers the grid evenly.

    The next place is always the one farthest from those before it and from the mirror images beyond the grid's edge,
    which keep the first ones off the edge. Of equally far ones it is the one with the fewest near it.

    Args:
        places: row and column of each, in pixels; all different. Of more than 4,096 the later ones are in the order
            of their distance from the first 4,096.

    >>> coarse_to_fine([(0, 0), (0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (0, 6)])
    (3, 1, 5, 0, 6, 2, 4)
    """
    if not places:
        return ()
    # Twice the pixels, so that half a step is a whole number: all comparisons are exact.
    at = 2 * np.asarray(places, np.int64)
    near, crowd = _edge(at), np.zeros(len(at))
    order: list[int] = []
    chosen = int(np.argmin(_squares(2 * at, at.min(axis=0) + at.max(axis=0))))
    while True:
        order.append(chosen)
        squares = _squares(at, at[chosen])
        np.minimum(near, squares, out=near)
        near[chosen] = -1
        if len(order) == min(len(at), _GREEDY):
            break
        crowd += np.floor(1e9 / np.maximum(squares, 1))
        farthest = np.flatnonzero(near == near.max())
        chosen = int(farthest[np.argmin(crowd[farthest])])
    left = np.flatnonzero(near >= 0)
    return (*order, *(int(index) for index in left[np.lexsort((left, -near[left]))]))


def from_centre(places: Sequence[Place]) -> tuple[int, ...]:
    """Return the indices of places by their distance from the centre of the grid; equally far ones stay in order.

    Args:
        places: row and column of each, in pixels.

    >>> from_centre([(0, 0), (0, 1), (0, 2)])
    (1, 0, 2)
    """
    if not places:
        return ()
    at = 2 * np.asarray(places, np.int64)
    squares = _squares(2 * at, at.min(axis=0) + at.max(axis=0))
    return tuple(int(index) for index in np.argsort(squares, kind="stable"))


def _squares(at: NDArray[np.int64], point: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the squared distances of (n, 2) places from one."""
    rows, cols = at[:, 0] - point[0], at[:, 1] - point[1]
    return np.asarray(rows * rows + cols * cols)


def _edge(at: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the squared distance of each place from its mirror image beyond the edge, half a step off the grid."""
    nearest = np.full(len(at), _UNBOUNDED)
    for axis in at.T:
        steps = len(np.unique(axis)) - 1
        if not steps:
            # All are in one row, or in one column: there is no edge to keep off.
            continue
        low, high = axis.min(), axis.max()
        half = (high - low) // steps // 2
        mirrored = 2 * np.minimum(axis - low + half, high - axis + half)
        nearest = np.minimum(nearest, mirrored * mirrored)
    return nearest
