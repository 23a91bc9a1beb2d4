"""The rungs of successive halving: after which epochs windows are chosen, and how many go on."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Literal, get_args

Search = Literal["all", "halving"]
SEARCHES: tuple[Search, ...] = get_args(Search)
# A rung below half an epoch is none.
_LEAST_SHARE = 0.5


def rung_epochs(epochs: int, factor: int) -> tuple[int, ...]:
    """Return the epochs after which windows are chosen, first one first; the last epoch of all is not among them.

    Args:
        epochs: of a trial that is trained to its end, at least 1.
        factor: each rung is at this part of the epochs of the next, at least 2.

    >>> rung_epochs(8, 4), rung_epochs(12, 4), rung_epochs(8, 2), rung_epochs(1, 2)
    ((1, 2), (1, 3), (1, 2, 4), ())
    """
    found: set[int] = set()
    share = epochs / factor
    while share >= _LEAST_SHARE:
        found.add(max(math.floor(share + 0.5), 1))
        share /= factor
    return tuple(sorted(found - {epochs}))


def places(windows: int, factor: int, least: int, rungs: int) -> tuple[int, ...]:
    """Return how many windows go on after each rung.

    Args:
        windows: how many there are at the first.
        factor: one of so many goes on.
        least: so many go on at least.
        rungs: how many rungs there are.

    >>> places(400, 4, 10, 2), places(25, 4, 10, 2), places(6, 4, 10, 1)
    ((100, 25), (10, 10), (6,))
    """
    return tuple(min(windows, max(least, math.ceil(windows / factor ** (rung + 1)))) for rung in range(rungs))


def mean_epochs(windows: int, epochs: int, factor: int, least: int) -> float:
    """Return for how many epochs a window is trained on average.

    >>> mean_epochs(400, 8, 4, 10)
    1.625
    """
    at = rung_epochs(epochs, factor)
    counts = (windows, *places(windows, factor, least, len(at)))
    gaps = [end - begin for begin, end in zip((0, *at), (*at, epochs), strict=True)]
    return sum(count * gap for count, gap in zip(counts, gaps, strict=True)) / max(windows, 1)


def rungs_text(windows: int, epochs: int, factor: int, least: int) -> str:
    """Return in words how many windows go on at each rung, and what that leaves of the epochs.

    >>> rungs_text(400, 8, 4, 10)
    'of 400 windows 100 go on after epoch 1, 25 after epoch 2; on average 1.6 of 8 epochs are trained'
    """
    at = rung_epochs(epochs, factor)
    counts = places(windows, factor, least, len(at))
    parts = [
        f"{count:,} {'' if rung else 'go on '}after epoch {epoch}"
        for rung, (epoch, count) in enumerate(zip(at, counts, strict=True))
    ]
    mean = mean_epochs(windows, epochs, factor, least)
    head = f"of {windows:,} windows {', '.join(parts)}" if parts else f"no rung within {epochs:,} epochs"
    return f"{head}; on average {mean:.1f} of {epochs:,} epochs are trained"


def parked_states(windows: int, epochs: int, factor: int, least: int) -> tuple[int, int]:
    """Return how many windows are parked in the end, and how many checkpoints they keep: the last two of each.

    >>> parked_states(400, 8, 4, 10)
    (375, 450)
    """
    at = rung_epochs(epochs, factor)
    counts = (windows, *places(windows, factor, least, len(at)))
    parked = [before - after for before, after in pairwise(counts)]
    return sum(parked), sum(count * min(epoch, 2) for count, epoch in zip(parked, at, strict=True))
