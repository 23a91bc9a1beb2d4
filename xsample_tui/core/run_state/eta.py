"""Estimates the time a sweep still needs, from the epochs already trained."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp
from statistics import fmean, pstdev

from ..halving.rung_decisions import Standing
from .run_progress import ENDED, Progress, TrialProgress
from .rung_standings import decisions, to_join

_RECENT = 200
# Standard deviations to each side of the middle that hold 80 % of a normal distribution.
_EIGHTY = 1.2816
# A shared machine's speed a few minutes on differs by about as much from what it was, as a share.
_DRIFT = 0.35
# While no epoch of a kind is trained, its price is between a fifth of the other kind's and as much.
_UNSEEN = (0.2, 0.6, 1.0)
# So few trials are given to the workers one by one; of more it does not matter which is the last.
_FEW = 64
# Of the windows that can join at a rung about so many do: neighbours of two that go on count once.
_JOINING = 0.5


@dataclass(frozen=True)
class Estimate:
    """Seconds left: the middle estimate, and a low and a high one between which the end falls in 8 of 10 cases."""

    low: float
    middle: float
    high: float

    def after(self, seconds: float) -> Estimate:
        """Return what is left of it when so many seconds have passed without news."""
        return Estimate(*(max(value - seconds, 0.0) for value in (self.low, self.middle, self.high)))


def fraction_done(progress: Progress) -> float:
    """Return the share of the sweep's epochs that are behind it, 0..1; failed and skipped trials count as done."""
    expected, standings = _expected_epochs(progress), decisions(progress).standings
    done = sum(_done_share(entry, expected, standings) for entry in progress.trials.values())
    return done / max(len(progress.trials) + _JOINING * to_join(progress)[0], 1)


@dataclass(frozen=True)
class _Price:
    """What a trial of a kind costs, with doubts.

    Attributes:
        later: seconds of an epoch but for the first of a trial.
        tracing: seconds that slow first epochs took beyond that, a mean over all trials begun: where a worker meets a
            new shape of crop, its first epoch holds TensorFlow's tracing.
        begun: trials begun.
        scatter: standard deviation of an epoch as a share of its mean.
        seen: epochs it is known from.
        cheapest, dearest: factors between which the true price is, where no epoch of the kind is trained yet.
    """

    later: float
    tracing: float
    begun: int
    scatter: float
    seen: int
    cheapest: float = 1.0
    dearest: float = 1.0


def estimate(progress: Progress, workers: int | None = None) -> Estimate | None:
    """Return the time left, or None before the first epoch.

    Baselines and windows are priced apart, since masked training may be faster, and so is tracing. The range
    holds in 8 of 10 cases: it has the epochs' scatter, the drift of a shared machine's speed, seen and unseen,
    and the part of an epoch that may have passed already.

    Args:
        progress: of the run.
        workers: how many there are, where they are seen; the spec's jobs otherwise.
    """
    expected, standings = _expected_epochs(progress), decisions(progress).standings
    costs: list[float] = []
    low = high = variance = longest = traced = 0.0
    baselines = progress.baselines
    for group in (baselines, progress.windows):
        open_trials = [(entry, left) for entry in group if (left := _epochs_left(entry, expected, standings))]
        if not open_trials:
            continue
        price = _price(group, list(progress.trials.values()))
        if price is None:
            return None
        each = [price.later * left for _, left in open_trials]
        joining, epochs = to_join(progress) if group is not baselines else (0, 0)
        later = [price.later * epochs / max(joining, 1)] * round(_JOINING * joining)
        # Shapes recur, so what is still to be traced is about as much as was, never more a trial.
        traced += price.tracing * min(price.begun, sum(not entry.history for entry, _ in open_trials))
        count = sum(left for _, left in open_trials)
        costs += [*each, *later]
        low, high = low + sum(each) * price.cheapest, high + (sum(each) + price.later * epochs) * price.dearest
        # The epochs to come scatter, and the mean is known from few.
        variance += (sum(each) * price.scatter) ** 2 * (1 / count + 1 / price.seen)
        longest = max(longest, price.later)
    total = sum(costs)
    if not total:
        return Estimate(0.0, 0.0, 0.0)
    slots = 1 if progress.spec.leaks else max(1, min(workers or progress.spec.machine.jobs, len(costs)))
    middle = _span(costs, slots)
    share = _EIGHTY * (_DRIFT**2 + _change(progress) ** 2 + variance / total**2) ** 0.5
    return Estimate(
        max(middle * low / total * exp(-share) - longest, 0.0),
        middle + traced / slots,
        middle * high / total * exp(share) + 0.5 * longest + 2 * traced / slots,
    )


def _span(costs: list[float], slots: int) -> float:
    """Return how long so many workers take for trials of some costs, in the order given."""
    if len(costs) > _FEW:
        return max(sum(costs) / slots, *costs)
    ends = [0.0] * slots
    for cost in costs:
        heapq.heapreplace(ends, ends[0] + cost)
    return max(ends)


def _price(group: list[TrialProgress], every: list[TrialProgress]) -> _Price | None:
    """Return the price of a group's trials, by their own epochs or, before the first, by all; None before that."""
    cheapest, dearest, factor = 1.0, 1.0, 1.0
    seconds = _later(group)
    if not seconds:
        # The first epoch alone says little of the others.
        seconds, windows = _steady(every), not all(entry.trial.is_baseline for entry in group)
        group = every
        if not seconds:
            return None
        if windows and not _later([entry for entry in every if not entry.trial.is_baseline]):
            cheapest, factor, dearest = _UNSEEN
            cheapest, dearest = cheapest / factor, dearest / factor
    later = fmean(seconds)
    extra = [entry.seconds[0] - later for entry in group if entry.seconds]
    tracing = sum(more for more in extra if more > later) / len(extra)
    scatter = pstdev(seconds) / later if later else 0.0
    return _Price(factor * later, tracing, len(extra), scatter, len(seconds), cheapest, dearest)


def _change(progress: Progress) -> float:
    """Return half the share by which the newest epochs of trials now training differ from those of their kind."""
    shares = []
    for group in (progress.baselines, progress.windows):
        now = [entry.seconds[-1] for entry in group if entry.status == "running" and entry.history[1:]]
        ever = _steady(group)
        if now and fmean(ever):
            shares.append(min(abs(fmean(now) / fmean(ever) - 1), 1.0))
    return fmean(shares) / 2 if shares else 0.0


def _later(group: list[TrialProgress]) -> list[float]:
    """Return the seconds of recent epochs, first epochs left out: those may hold TensorFlow's start and tracing."""
    return [s for entry in group for s in entry.seconds[1:][-_RECENT:]]


def _steady(group: list[TrialProgress]) -> list[float]:
    """Return the seconds of recent epochs, first epochs only where there is no other."""
    return _later(group) or [s for entry in group for s in entry.seconds]


def _expected_epochs(progress: Progress) -> float:
    """Return the epochs a trial takes: the spec's, or under a stopping rule the mean of those finished."""
    if progress.spec.training.stopping == "epochs":
        return progress.spec.training.epochs
    finished = [len(entry.history) for entry in progress.trials.values() if entry.status == "done"]
    return fmean(finished) if finished else progress.spec.training.epochs


def _epochs_left(entry: TrialProgress, expected: float, standings: Mapping[str, Standing]) -> float:
    if entry.status in ENDED:
        return 0
    if (standing := standings.get(entry.trial.name)) is not None:
        return standing.expected - len(entry.history)
    return max(expected - len(entry.history), 1)


def _done_share(entry: TrialProgress, expected: float, standings: Mapping[str, Standing]) -> float:
    if entry.status in ENDED:
        return 1
    if (standing := standings.get(entry.trial.name)) is not None:
        expected = standing.expected
    return min(len(entry.history) / (expected + 1), 1)
