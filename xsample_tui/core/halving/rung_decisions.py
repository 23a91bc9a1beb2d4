"""Decides which windows go on from a rung: a pure function of their losses, so that nothing decided is stored.

A rung is decided once every window that is still in the running has its epochs. A sweep that was killed and resumed
has the same losses, and so the same windows go on.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from .rungs import places, rung_epochs


@dataclass(frozen=True)
class Standing:
    """How far a window may be trained for now.

    Attributes:
        limit: after so many epochs it waits, or has ended.
        parked: whether it has ended there: its rung is decided, and others went on.
        expected: for how many epochs it will be trained in all, as far as can be known now.
    """

    limit: int
    parked: bool
    expected: float


@dataclass(frozen=True)
class Decisions:
    """What the losses of a sweep's windows decide.

    Attributes:
        standings: by the windows' names, those that failed or were skipped left out; at each rung the best first.
        decided: for each rung that is decided its epoch, how many windows went on and how many were parked.
        went_on: the names of those that went on at each of these rungs.
    """

    standings: Mapping[str, Standing]
    decided: tuple[tuple[int, int, int], ...]
    went_on: tuple[tuple[str, ...], ...] = ()


def decide(
    epochs: int,
    factor: int,
    least: int,
    losses: Mapping[str, Sequence[float | None]],
    out: Collection[str] = (),
    joined: Mapping[str, int] = MappingProxyType({}),
) -> Decisions:
    """Decide every rung that can be decided.

    The best go on: those with the least loss on the early-stopping images after the rung's epoch, of equal ones the
    first by name. One that was trained beyond a rung already, before others came or came back, is ranked as all are.

    Args:
        epochs: of a trial that is trained to its end.
        factor, least: as of :func:`~xsample_tui.core.halving.rungs.places`.
        losses: every window's loss on the early-stopping images, epoch by epoch.
        out: names of windows that failed or were skipped: nothing waits for them, and none of them goes on.
        joined: the rung at which a window is judged first, 0 for the first rung; that where it says nothing. Until
            then it is trained without a stop.
    """
    at = rung_epochs(epochs, factor)
    if not at:
        return Decisions({name: Standing(epochs, False, epochs) for name in sorted(losses) if name not in out}, ())
    joins: list[list[str]] = [[] for _ in at]
    for name in sorted(losses):
        joins[min(joined.get(name, 0), len(at) - 1)].append(name)
    counts = places(len(joins[0]), factor, least, len(at), [len(names) for names in joins[1:]])
    standings: dict[str, Standing] = {}
    decided: list[tuple[int, int, int]] = []
    went_on: list[tuple[str, ...]] = []
    left: list[str] = []
    for rung, (epoch, count) in enumerate(zip(at, counts, strict=True)):
        left = sorted((*left, *(name for name in joins[rung] if name not in out)))
        if any(len(losses[name]) < epoch for name in left):
            for later in range(rung, len(at)):
                # Those that join later wait for nobody before their own rung.
                names = left if later == rung else [name for name in joins[later] if name not in out]
                there = len(left) if later == rung else counts[later - 1] + len(names)
                more = [len(names) for names in joins[later + 1 :]]
                expected = _expected(epochs, at[later:], counts[later:], more, there)
                standings |= {name: Standing(at[later], False, max(expected, len(losses[name]))) for name in names}
            break
        left.sort(key=lambda name: (_loss(losses[name][epoch - 1]), name))
        on, parked = left[:count], left[count:]
        standings |= {name: Standing(epoch, True, epoch) for name in parked}
        decided.append((epoch, len(on), len(parked)))
        went_on.append(tuple(on))
        left = on
    else:
        standings |= {name: Standing(epochs, False, epochs) for name in left}
    return Decisions(standings, tuple(decided), tuple(went_on))


def _loss(value: float | None) -> float:
    return math.inf if value is None or math.isnan(value) else value


def _expected(epochs: int, at: Sequence[int], counts: Sequence[int], joins: Sequence[int], windows: int) -> float:
    """Return for how many epochs each of so many windows at the first of some rungs is trained in all, on average.

    Args:
        epochs: of a trial that is trained to its end.
        at, counts: of each rung its epoch, and how many go on.
        joins: how many join at each rung after the first.
        windows: how many there are at the first.
    """
    found, share = float(at[0]), 1.0
    for epoch, end, count, more in zip(at, (*at[1:], epochs), counts, (*joins, 0), strict=True):
        share *= min(count / max(windows, 1), 1.0)
        found += share * (end - epoch)
        windows = count + more
    return found
