"""The trainings of the windows that two runs share, and what the gain from one run to the other varies by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from ..run_state.run_progress import TrialProgress
from ..stats.error_gap import Gap, gap
from ..stats.paired_tests import mcnemar
from ..stats.two_way_variance import StreamPart, added_up, component
from ..stats.window_tests import SeedVariance, error_ratio, with_trainings
from .compared_run import Floor, Side, Wrong

Place = tuple[int | None, ...]


@dataclass(frozen=True)
class WindowPair:
    """One window in both runs.

    Attributes:
        a, b: the window itself first, then its replicates of the numbers that both runs have finished: equally many.
        twins: whether those of one position have the same stream of the same seed, on the same split.
    """

    a: tuple[TrialProgress, ...]
    b: tuple[TrialProgress, ...]
    twins: bool

    @property
    def trainings(self) -> int:
        """How many of them each run has."""
        return len(self.a)

    def errors(self) -> tuple[float, float]:
        """Return the mean errors in each run."""
        return fmean(_errors(self.a)), fmean(_errors(self.b))


def window_pairs(a: Side, b: Side) -> tuple[list[WindowPair], tuple[int, int]]:
    """Return the windows that both runs have finished, in B's order, and how many only either has."""
    at_a, at_b = _trainings(a), _trainings(b)
    alike = a.data == b.data and a.progress.spec.seed == b.progress.spec.seed
    pairs = []
    for place, other in at_b.items():
        if place in at_a:
            one = at_a[place]
            both = sorted(one.keys() & other.keys())
            streams = [(one[number].trial.stream, other[number].trial.stream) for number in both]
            twins = alike and all(mine is not None and mine == theirs for mine, theirs in streams)
            pairs.append(
                WindowPair(tuple(one[number] for number in both), tuple(other[number] for number in both), twins)
            )
    return pairs, (len(at_a) - len(pairs), len(at_b) - len(pairs))


def parked_places(a: Side, b: Side) -> int:
    """Return how many windows of both runs are parked in either: they were judged too, and are not compared."""
    at_a, at_b = ({_place(entry): entry.status == "parked" for entry in side.progress.windows} for side in (a, b))
    return sum(parked or at_b[place] for place, parked in at_a.items() if place in at_b)


def _trainings(side: Side) -> dict[Place, dict[int, TrialProgress]]:
    """Return the finished trainings of each finished window: by its place, then by the replicate's number."""
    found: dict[Place, dict[int, TrialProgress]] = {
        _place(entry): {0: entry} for entry in side.progress.windows if _finished(entry)
    }
    for entry in side.replicates:
        if _finished(entry) and entry.trial.replicate and _place(entry) in found:
            found[_place(entry)].setdefault(entry.trial.replicate, entry)
    return found


def _place(entry: TrialProgress) -> Place:
    trial = entry.trial
    return trial.row, trial.col, trial.height, trial.width


def _finished(entry: TrialProgress) -> bool:
    return entry.status == "done" and entry.kept is not None


def _errors(entries: tuple[TrialProgress, ...]) -> list[int]:
    return [entry.kept.val_errors for entry in entries if entry.kept is not None]


@dataclass(frozen=True, eq=False)
class SeenImages:
    """Which images the trainings of one window have wrong, and what its gain from one run to the other is over them.

    Attributes:
        one, other: (m, n) bool, which images each training has wrong in each run.
        apart: (n,) for each image the share of trainings that have it wrong in the first run, less that in the other.
        gain: the mean gain, in images.
        images: what it varies by over images, with the interaction with seeds.
    """

    one: NDArray[np.bool_]
    other: NDArray[np.bool_]
    apart: NDArray[np.float64]
    gain: float
    images: StreamPart


def seen_images(pair: WindowPair, n: int, wrong: tuple[Wrong, Wrong]) -> SeenImages:
    """Return what a window's trainings have wrong.

    Args:
        pair: the window.
        n: images.
        wrong: which images each trial has wrong, by name, in each run.
    """
    one, other = (
        np.stack([table[entry.trial.name] for entry in entries])
        for table, entries in zip(wrong, (pair.a, pair.b), strict=True)
    )
    count = pair.trainings
    apart = one.mean(axis=0) - other.mean(axis=0)
    gain = float(one.sum() - other.sum(dtype=np.int64)) / count
    # At least one image, so that two networks which agree on all have no gain that is beyond doubt.
    images = StreamPart(max(float(np.square(apart).sum()) - gain**2 / n, 1 / count), n - 1)
    return SeenImages(one, other, apart, gain, images)


def gap_by_images(
    pair: WindowPair,
    seen: SeenImages,
    floors: tuple[Floor, Floor],
    pure: tuple[StreamPart, StreamPart],
    scatter: StreamPart | None = None,
) -> tuple[Gap, float]:
    """Return a window's gain as a rate, from which images each training has wrong, and McNemar's p.

    The images' part is the variance of the mean difference from image to image, in which the interaction of images
    and seeds is; with one training each that of the discordant images. The streams' part is what counts vary by
    beyond that: a baseline's, scaled by the squared ratio of errors, with what several trainings show, over their
    number. Trainings that are twins are compared by pairs, so that what they share does not count. Of a window that
    was trained once it is not more than what the other windows' gains scatter by: few baselines know little of it,
    and the ratio of errors makes that much.

    Args:
        pair: the window.
        seen: what its trainings have wrong.
        floors: of the runs.
        pure: what each run's baselines vary by, of it within the interaction with images, in squared images.
        scatter: of the other windows (:func:`scatter_of_others`).
    """
    one, other, n, count = seen.one, seen.other, seen.one.shape[1], pair.trainings
    ratios = [
        error_ratio(float(table.sum()) / count, floor.mean) ** 2
        for floor, table in zip(floors, (one, other), strict=True)
    ]
    scaled = [part.scaled(ratio) for part, ratio in zip(pure, ratios, strict=True)]
    if count > 1:
        scaled = _averaged(scaled, one, other, twins=pair.twins)
    # Of both runs together, so that what such an estimate is drawn up by counts once.
    streams = StreamPart(*component(scaled))
    if scatter is not None and count == 1:
        scattered = StreamPart(*component([scatter.scaled(fmean(pair.errors()) ** 2)]))
        streams = min(streams, scattered, key=lambda part: part.total)
    found = gap(seen.gain, [seen.images, streams])
    rate = Gap(seen.gain / n, found.sd / n, found.freedom, found.p, found.low / n, found.high / n)
    # Of several trainings the images count that one run has right more often: the sign test, McNemar's for one.
    return rate, float(mcnemar(int((seen.apart < 0).sum()), int((seen.apart > 0).sum())))


def scatter_of_others(pairs: Sequence[WindowPair], seen: Sequence[SeenImages]) -> list[StreamPart]:
    """Return for each window what the others' gains vary by about their mean, over their squared errors.

    Of it is within what images explain. Real differences between windows count as variance, so that it is rather too
    large.

    Args:
        pairs: the windows, at least 3.
        seen: what the trainings of each have wrong.
    """
    weight = 1 / np.square([max(fmean(pair.errors()), 1.0) for pair in pairs])
    gain = np.array([window.gain for window in seen])
    within = np.array([window.images.total for window in seen]) * weight
    found = []
    for index in range(len(pairs)):
        others = np.arange(len(pairs)) != index
        spread = np.square(gain[others] - gain[others].mean()) * weight[others]
        freedom = len(spread) - 1
        found.append(StreamPart(float(spread.sum()) / freedom, freedom, within=float(within[others].mean())))
    return found


def gap_by_counts(pair: WindowPair, sides: tuple[Side, Side], floors: tuple[Floor, Floor], *, same: bool) -> Gap:
    """Return a window's gain as a rate, from counts of errors alone.

    Args:
        pair: the window.
        sides: the runs.
        floors: theirs.
        same: whether both are judged on the same images.
    """
    count = pair.trainings
    rates = [errors / side.images for errors, side in zip(pair.errors(), sides, strict=True)]
    assumed = [
        SeedVariance(
            floor.seeds.value * error_ratio(rate * side.images, floor.mean) / side.images**2, floor.seeds.freedom
        )
        for floor, side, rate in zip(floors, sides, rates, strict=True)
    ]
    if count > 1:
        counts = [np.array(_errors(each)) / side.images for each, side in zip((pair.a, pair.b), sides, strict=True)]
        if pair.twins:
            counts = [counts[0] - counts[1]]
            assumed = [SeedVariance(*added_up(StreamPart(part.value, part.freedom) for part in assumed))]
        found = [with_trainings(part, float(n.var(ddof=1)), count) for part, n in zip(assumed, counts, strict=True)]
        parts = [StreamPart(part.value / count, part.freedom) for part in found]
    else:
        parts = [StreamPart(part.value, part.freedom) for part in assumed]
    return gap(rates[0] - rates[1], [*parts, *([] if same else sampling(sides, rates))])


def sampling(sides: tuple[Side, Side], rates: list[float]) -> list[StreamPart]:
    """Return what other images of the same kind would change either run's error rate by."""
    return [
        StreamPart(rate * (1 - rate) / side.images, side.images - 1) for rate, side in zip(rates, sides, strict=True)
    ]


def _averaged(
    assumed: list[StreamPart], one: NDArray[np.bool_], other: NDArray[np.bool_], *, twins: bool
) -> list[StreamPart]:
    """Return what the mean of several trainings varies by over streams, and of it within the interaction with images.

    Args:
        assumed: of each run, from its baselines.
        one, other: (m, n) which images each training has wrong, m at least 2.
        twins: whether they are compared by pairs.
    """
    count, tables = len(one), [one.astype(np.float64), other.astype(np.float64)]
    if twins:
        tables = [tables[0] - tables[1]]
        total, freedom = added_up(assumed)
        assumed = [StreamPart(total, freedom, within=sum(part.within for part in assumed))]
    found = []
    for part, table in zip(assumed, tables, strict=True):
        rows, single = float(table.sum(axis=1).var(ddof=1)), float(table.var(axis=0, ddof=1).sum())
        whole = with_trainings(SeedVariance(part.total, part.freedom), rows, count)
        within = with_trainings(SeedVariance(part.within, part.freedom), single, count)
        found.append(StreamPart(whole.value / count, whole.freedom, within=within.value / count))
    return found
