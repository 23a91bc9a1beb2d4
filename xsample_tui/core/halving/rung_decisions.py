"""Decides which windows go on from a rung: a pure function of their losses, so that nothing decided is stored.

A rung is decided once every window that is still in the running has its epochs. A sweep that was killed and resumed
has the same losses, and so the same windows go on.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

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
    """

    standings: Mapping[str, Standing]
    decided: tuple[tuple[int, int, int], ...]


def decide(
    epochs: int,
    factor: int,
    least: int,
    losses: Mapping[str, Sequence[float | None]],
    out: Collection[str] = (),
) -> Decisions:
    """Decide every rung that can be decided.

    The best go on: those with the least loss on the early-stopping images after the rung's epoch, of equal ones the
    first by name. One that was trained beyond a rung already, before others came or came back, is ranked as all are.

    Args:
        epochs: of a trial that is trained to its end.
        factor, least: as of :func:`~xsample_tui.core.halving.rungs.places`.
        losses: every window's loss on the early-stopping images, epoch by epoch.
        out: names of windows that failed or were skipped: nothing waits for them, and none of them goes on.
    """
    at = rung_epochs(epochs, factor)
    counts = places(len(losses), factor, least, len(at))
    standings: dict[str, Standing] = {}
    decided: list[tuple[int, int, int]] = []
    left = [name for name in sorted(losses) if name not in out]
    for rung, (epoch, count) in enumerate(zip(at, counts, strict=True)):
        if any(len(losses[name]) < epoch for name in left):
            for name in left:
                expected = _expected(epochs, at[rung:], counts[rung:], len(left))
                standings[name] = Standing(epoch, False, max(expected, len(losses[name])))
            return Decisions(standings, tuple(decided))
        left.sort(key=lambda name: (_loss(losses[name][epoch - 1]), name))
        on, parked = left[:count], left[count:]
        standings |= {name: Standing(epoch, True, epoch) for name in parked}
        decided.append((epoch, len(on), len(parked)))
        left = on
    standings |= {name: Standing(epochs, False, epochs) for name in left}
    return Decisions(standings, tuple(decided))


def _loss(value: float | None) -> float:
    return math.inf if value is None or math.isnan(value) else value


def _expected(epochs: int, at: Sequence[int], counts: Sequence[int], windows: int) -> float:
    """Return for how many epochs each of so many windows at the first of some rungs is trained in all, on average."""
    ends = (*at[1:], epochs)
    return at[0] + sum(
        min(count / windows, 1.0) * (end - begin) for begin, end, count in zip(at, ends, counts, strict=True)
    )
