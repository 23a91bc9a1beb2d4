"""The rungs of successive halving: after which epochs windows are chosen, and how many go on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Search = Literal["all", "halving", "refine"]
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


def places(windows: int, factor: int, least: int, rungs: int, joined: Sequence[int] = ()) -> tuple[int, ...]:
    """Return how many windows go on after each rung.

    Args:
        windows: how many there are at the first.
        factor: one of so many goes on.
        least: so many go on at least.
        rungs: how many rungs there are.
        joined: how many further windows join at each rung after the first; none where it says nothing.

    >>> places(400, 4, 10, 2), places(25, 4, 10, 2), places(6, 4, 10, 1), places(100, 4, 10, 2, [80])
    ((100, 25), (10, 10), (6,), (25, 27))
    """
    found: list[int] = []
    for rung in range(rungs):
        there = found[-1] + (joined[rung - 1] if rung <= len(joined) else 0) if found else windows
        found.append(min(there, max(least, math.ceil(there / factor))))
    return tuple(found)


@dataclass(frozen=True)
class RungTotals:
    """How many windows successive halving trains, and how far.

    Attributes:
        at: the rungs' epochs.
        on: how many go on after each.
        joined: how many join at each rung after the first, at most.
        epochs: of all windows together.
        parked: how many are parked in the end.
        states: how many checkpoints these keep: the last two of each.
    """

    at: tuple[int, ...]
    on: tuple[int, ...]
    joined: tuple[int, ...]
    epochs: int
    parked: int
    states: int


def totals(windows: int, epochs: int, factor: int, least: int, finer: Sequence[int] = ()) -> RungTotals:
    """Return what so many windows come to.

    Args:
        windows: how many there are at the first rung.
        epochs: of a trial that is trained to its end.
        factor, least: as of :func:`places`.
        finer: how many windows can join after each rung but the last; empty where none joins.

    >>> found = totals(400, 8, 4, 10)
    >>> found.on, found.epochs / 400, found.parked, found.states
    ((100, 25), 1.625, 375, 450)
    """
    at = rung_epochs(epochs, factor)
    joined: list[int] = []
    for most in finer[: max(len(at) - 1, 0)]:
        # A window has eight neighbours.
        joined.append(min(8 * places(windows, factor, least, len(joined) + 1, joined)[-1], most))
    on = places(windows, factor, least, len(at), joined)
    there = [windows, *(went + more for went, more in zip(on, [*joined, *[0] * len(on)], strict=False))]
    trained = sum(
        (0 if not rung else went) * (end - begin)
        for rung, (went, begin, end) in enumerate(zip((0, *on), (0, *at), (*at, epochs), strict=True))
    )
    trained += windows * (at[0] if at else epochs) + sum(more * at[i + 1] for i, more in enumerate(joined))
    parked = [before - after for before, after in zip(there, on, strict=False)]
    states = sum(count * min(epoch, 2) for count, epoch in zip(parked, at, strict=True))
    return RungTotals(at, on, tuple(joined), trained, sum(parked), states)


def rungs_text(windows: int, epochs: int, factor: int, least: int, finer: Sequence[int] = ()) -> str:
    """Return in words how many windows go on at each rung, and what that leaves of the epochs.

    >>> rungs_text(400, 8, 4, 10)
    'of 400 windows 100 go on after epoch 1, 25 after epoch 2; on average 1.6 of 8 epochs are trained'
    """
    found = totals(windows, epochs, factor, least, finer)
    parts: list[str] = []
    for rung, (epoch, count) in enumerate(zip(found.at, found.on, strict=True)):
        most = "up to " if any(found.joined[:rung]) else ""
        parts.append(f"{most}{count:,} {'' if rung and not most else 'go on '}after epoch {epoch}")
        if rung < len(found.joined) and found.joined[rung]:
            parts.append(f"up to {found.joined[rung]:,} join")
    mean = found.epochs / max(windows + sum(found.joined), 1)
    head = f"of {windows:,} windows {', '.join(parts)}" if parts else f"no rung within {epochs:,} epochs"
    most = "at most " if any(found.joined) else ""
    return f"{head}; on average {most}{mean:.1f} of {epochs:,} epochs are trained"
