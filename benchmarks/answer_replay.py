"""Replays a full sweep that was trained once: in other orders, with trials ended early, on workers with a clock."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np

from xsample_tui.core.scout.scout_ranking import BEST, spearman
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.view_models.window_estimates import expected_values

from .answer_prices import Crop, Kind, Prices, crops_of

CLOSE = 0.85
# So many windows are examined by somebody who trusts no map to the last place.
NAMED = 15


@dataclass(frozen=True)
class Trained:
    """What the full sweep found of one trial.

    Attributes:
        select: log-loss on the selection images after each epoch.
        stop: the same on the stop slice, which is all that may decide what is trained on.
        kept: that on the selection images of the epoch whose weights count.
    """

    select: tuple[float, ...]
    stop: tuple[float, ...]
    kept: float


@dataclass(frozen=True)
class Story:
    """A full sweep.

    Attributes:
        epochs, workers: of its spec.
        baselines: their names, in the plan's order.
        places: row and column of each window in pixels.
        trained: every trial, by name.
        crops: what each window's training computes.
        scout: the scout's log-loss of each window.
    """

    epochs: int
    workers: int
    baselines: tuple[str, ...]
    places: dict[str, tuple[int, int]]
    trained: dict[str, Trained]
    crops: dict[str, Crop]
    scout: dict[str, float]

    @property
    def final(self) -> dict[str, float]:
        """The full sweep's map: each window's log-loss on the selection images."""
        return {name: self.trained[name].kept for name in self.places}

    @property
    def best(self) -> tuple[str, ...]:
        """Its five best windows, best first."""
        final = self.final
        return tuple(sorted(final, key=final.__getitem__)[:BEST])


def story_of(run: RunFolder) -> Story:
    """Read a finished sweep that has a scout and a stop slice."""
    progress = run.progress()
    trained, places = {}, {}
    for name, entry in progress.trials.items():
        assert entry.status == "done", f"{name} is not finished"
        assert entry.kept is not None
        stop = tuple(float(metrics.stop_loss) for metrics in entry.history if metrics.stop_loss is not None)
        assert len(stop) == len(entry.history) == run.spec.training.epochs
        select = tuple(metrics.val_loss for metrics in entry.history)
        trained[name] = Trained(select, stop, entry.kept.val_loss)
        if entry.trial.row is not None and entry.trial.col is not None:
            places[name] = (entry.trial.row, entry.trial.col)
    assert progress.estimate is not None
    baselines = tuple(name for name in trained if name not in places)
    spec = run.spec
    return Story(
        spec.training.epochs, spec.machine.jobs, baselines, places, trained, crops_of(run), progress.estimate.loss
    )


@dataclass(frozen=True)
class Moment:
    """A trial's epoch has ended.

    Attributes:
        at: seconds since the method began.
        trial, epoch: which.
        done: whether the trial is finished.
    """

    at: float
    trial: str
    epoch: int
    done: bool


class Method(Protocol):
    """Decides what is trained."""

    def ask(self) -> str | None:
        """Return the next trial, which may have been begun; None where there is none now."""

    def told(self, trial: str, epoch: int, stop_loss: float) -> bool:
        """Take in an epoch that was not the last; return whether the trial goes on now."""

    def ended(self, trial: str, stop_loss: float) -> None:
        """Take in that a trial is finished."""


class InOrder:
    """Trains every trial to its end, in a given order."""

    def __init__(self, order: Iterable[str]) -> None:
        self._order = iter(order)

    def ask(self) -> str | None:
        """Return the next trial."""
        return next(self._order, None)

    def told(self, trial: str, epoch: int, stop_loss: float) -> bool:
        """Every trial goes on."""
        return True

    def ended(self, trial: str, stop_loss: float) -> None:
        """Nothing depends on it."""


def replay(story: Story, prices: Prices, method: Method, begin: float = 0.0) -> list[Moment]:
    """Return what happens when, with the workers of the sweep.

    Args:
        story: what each trial gives.
        prices: what it costs.
        method: what is trained.
        begin: when the workers are started.
    """
    shapes: list[set[int]] = [set() for _ in range(story.workers)]
    moments: list[Moment] = []
    # When the epoch ends; which worker has which trial, and its epoch. Of equal ends the first worker's comes first.
    running: list[tuple[float, int, str, int]] = []

    def kind_of(trial: str) -> tuple[int, Kind]:
        """Return the number of a trial's crop shape, 0 for the whole frame, and what it costs."""
        if trial not in story.crops:
            return 0, prices.whole
        crop = story.crops[trial]
        return crop.shape, prices.window(crop.cells)

    def order(worker: int, trial: str, epoch: int, now: float) -> None:
        shape, kind = kind_of(trial)
        seconds = kind.epoch + (kind.end if epoch == story.epochs else 0.0)
        if shape not in shapes[worker]:
            shapes[worker].add(shape)
            seconds += kind.trace
        heapq.heappush(running, (now + seconds, worker, trial, epoch))

    behind: dict[str, int] = {}
    idle = set(range(story.workers))

    def begin_next(now: float) -> None:
        """Give every worker that has none a trial, as far as there are any now."""
        for worker in sorted(idle):
            if (trial := method.ask()) is None:
                return
            idle.discard(worker)
            order(worker, trial, behind.get(trial, 0) + 1, now)

    begin_next(begin + prices.start)
    while running:
        now, worker, trial, epoch = heapq.heappop(running)
        done, stop_loss = epoch == story.epochs, story.trained[trial].stop[epoch - 1]
        moments.append(Moment(now, trial, epoch, done))
        behind[trial] = epoch
        if done:
            method.ended(trial, stop_loss)
        elif method.told(trial, epoch, stop_loss):
            order(worker, trial, epoch + 1, now)
            continue
        idle.add(worker)
        begin_next(now)
    return moments


class WindowMap:
    """What a method's map shows: its windows; elsewhere the nearest ones, or what a scout lets one expect."""

    def __init__(self, story: Story, scout: Mapping[str, float] | None) -> None:
        self._names = list(story.places)
        at = np.array([story.places[name] for name in self._names], np.float64)
        self._far = ((at[:, None] - at[None]) ** 2).sum(axis=-1)
        self._number = {name: index for index, name in enumerate(self._names)}
        self._own = np.full(len(self._names), np.nan)
        self._whole = np.zeros(len(self._names), bool)
        self._scout = scout
        final = story.final
        self._final = [final[name] for name in self._names]
        self._best = set(story.best)

    def put(self, window: str, value: float, *, whole: bool = True) -> None:
        """Take in the last value of a window that has ended; a scout's line goes through whole ones alone."""
        self._own[self._number[window]] = value
        self._whole[self._number[window]] = whole

    def values(self) -> list[float]:
        """Return a value for every window; none where nothing is known of any."""
        ended = ~np.isnan(self._own)
        if self._scout is not None and not ended.all():
            trained = {self._names[i]: float(self._own[i]) for i in np.flatnonzero(self._whole)}
            expected = expected_values(self._scout, trained)
            if not expected:
                return [self._scout[name] for name in self._names]
            others = np.array([expected.get(name, np.nan) for name in self._names])
        elif not ended.any():
            return []
        else:
            far = self._far[:, ended]
            near = far == far.min(axis=1, keepdims=True)
            others = (near * self._own[ended]).sum(axis=1) / near.sum(axis=1)
        shown = np.where(ended, self._own, others)
        return [float(value) for value in shown]

    def close(self) -> tuple[float, bool]:
        """Return Spearman's correlation with the full sweep's map, and whether its five best are among the first."""
        values = self.values()
        if not values:
            return 0.0, False
        first = {self._names[i] for i in np.argsort(values, kind="stable")[:NAMED]}
        return spearman(values, self._final) or 0.0, first >= self._best


@dataclass(frozen=True)
class Reached:
    """When a method has reached what, in seconds; None where it never does.

    Attributes:
        close: its map correlates with the full sweep's from then on.
        among: the full sweep's five best windows are among the first of its map from then on.
        best: these five are trained to the end, and so are the five best of its finished windows.
        end: it has ended.
        trained, epochs: windows that it trained to the end, and epochs of windows that it trained.
        moments: what happened.
    """

    close: float | None
    among: float | None
    best: float | None
    end: float
    trained: int
    epochs: int
    moments: tuple[Moment, ...]


def reached(
    story: Story,
    moments: Sequence[Moment],
    scout_at: float | None = None,
    parked: Mapping[tuple[str, int], Collection[str]] = MappingProxyType({}),
) -> Reached:
    """Return when the map and the best windows are there.

    Args:
        story: the full sweep.
        moments: what the method does.
        scout_at: when its scout's estimate is there; None without a scout.
        parked: windows that have ended only once some epoch of some trial has, which may be another's.
    """
    shown = WindowMap(story, story.scout if scout_at is not None else None)
    found: list[tuple[float, float, bool]] = []
    if scout_at is not None:
        found.append((scout_at, *shown.close()))
    left, best = set(story.best), None
    last = {moment.trial: moment.epoch for moment in moments}
    later = {name for names in parked.values() for name in names}
    for moment in moments:
        ended = list(parked.get((moment.trial, moment.epoch), ()))
        if moment.trial in story.places and moment.epoch == last[moment.trial] and moment.trial not in later:
            ended.append(moment.trial)
        if not ended:
            continue
        for name in ended:
            trained = story.trained[name]
            done = last[name] == story.epochs
            shown.put(name, trained.kept if done else trained.select[last[name] - 1], whole=name not in later)
        found.append((moment.at, *shown.close()))
        if moment.done and moment.trial in left:
            left.discard(moment.trial)
            best = moment.at if not left else best
    windows = [moment for moment in moments if moment.trial in story.places]
    return Reached(
        close=from_then_on([(at, value >= CLOSE) for at, value, _ in found]),
        among=from_then_on([(at, inside) for at, _, inside in found]),
        best=best,
        end=max(moment.at for moment in moments),
        trained=sum(moment.done for moment in windows),
        epochs=len(windows),
        moments=tuple(moments),
    )


def from_then_on(found: Sequence[tuple[float, bool]]) -> float | None:
    """Return the first time from which on all hold; None where the last does not."""
    since: float | None = None
    for at, holds in found:
        if not holds:
            since = None
        elif since is None:
            since = at
    return since


def finished_at(
    moments: Sequence[Moment], story: Story, counts: Iterable[int]
) -> list[tuple[float, frozenset[str], dict[str, int]]]:
    """Return, for each number of finished windows and each finished baseline, when it is there and what is finished.

    Args:
        moments: what a method does.
        story: the full sweep.
        counts: numbers of windows to examine.

    Returns:
        For each look its seconds, the finished trials, and the epochs of all that were begun.
    """
    wanted, done, windows = set(counts), set(), 0
    epochs: dict[str, int] = {}
    found = []
    for moment in moments:
        epochs[moment.trial] = moment.epoch
        if not moment.done:
            continue
        done.add(moment.trial)
        windows += moment.trial in story.places
        if windows and (moment.trial not in story.places or windows in wanted):
            found.append((moment.at, frozenset(done), dict(epochs)))
    return found
