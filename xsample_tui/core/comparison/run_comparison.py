"""Compares the specs, baselines and windows of two runs, and tests which differences are significant."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean
from typing import NamedTuple

import numpy as np

from ..stats.error_gap import Gap, gap, systematic
from ..stats.multiple_testing import holm
from ..stats.significance import Standing
from ..stats.two_way_variance import ALPHA, StreamPart, least_found
from .compared_run import Floor, Side, Wrong
from .spec_differences import spec_differences
from .window_pairs import (
    WindowPair,
    gap_by_counts,
    gap_by_images,
    parked_places,
    sampling,
    scatter_of_others,
    seen_images,
    window_pairs,
)

# Where only counts are known, windows' own noise shows in how their gains scatter, once there are this many; with
# fewer their SD is taken to be three times the baselines', as the largest measured was 2.7 times.
LEAST_WINDOWS = 9
MOST_RATIO = 3.0


Floors = tuple[Floor | None, Floor | None]


@dataclass(frozen=True)
class Difference:
    """B against A: positive where B errs less.

    Attributes:
        name: the window's name in B; ``baselines`` for their means.
        row, col: of the window; None for the baselines.
        a, b: error rates.
        gain: ``a - b``.
        sd: standard error of the gain, over seeds and images; nan where it is not known.
        p: of the gain against zero, two-sided; nan likewise.
        p_holm: p adjusted over all windows in both runs, those that successive halving has parked among them.
        mcnemar_holm: of McNemar's exact test, adjusted likewise; nan without outputs on the same images.
        low, high: 95 % interval of the gain; nan where it is not known.
        net: what B gains on A beyond what its baselines gain on A's; nan without baselines in both.
        trainings: of each run that the rates are means over: the window and its replicates that both runs have.
        twins: whether these were compared by pairs of one stream.
    """

    name: str
    row: int | None
    col: int | None
    a: float
    b: float
    gain: float
    sd: float
    p: float
    p_holm: float
    net: float
    mcnemar_holm: float = math.nan
    low: float = math.nan
    high: float = math.nan
    trainings: int = 1
    twins: bool = False

    @property
    def standing(self) -> Standing:
        """Whether B is better or worse beyond noise; ``uncorrected`` where only before correction."""
        if math.isnan(self.p_holm):
            return "unknown"
        if self.p >= ALPHA:
            return "noise"
        if self.p_holm >= ALPHA or self.mcnemar_holm >= ALPHA:
            return "uncorrected"
        return "better" if self.gain > 0 else "worse"


@dataclass(frozen=True)
class RunComparison:
    """Two runs side by side.

    Attributes:
        a, b: the runs.
        spec: (field, value in A, value in B) of all that differs in how they were laid out.
        baselines: B's baselines against A's; None where either has none finished.
        windows: B's windows against A's at the same place, in reading order.
        alone: how many finished windows only A, and only B, has.
        needed: the least true gain of one window that is found in 4 of 5 repetitions after correction, a rate; nan if
            not known.
        outputs: whether the windows' noise is from their outputs on the same images; else from counts alone.
        factor: by how much more than by the baselines' SD the windows' gains are taken to scatter, at least 1, where
            only counts are known; nan if not known.
    """

    a: Side
    b: Side
    spec: tuple[tuple[str, str, str], ...]
    baselines: Difference | None
    windows: tuple[Difference, ...]
    alone: tuple[int, int]
    needed: float
    outputs: bool = False
    factor: float = 1.0

    @property
    def same_images(self) -> bool:
        """Whether both are judged on the very same images."""
        return self.a.data == self.b.data

    def named(self, standing: Standing) -> list[Difference]:
        """Return the windows of a standing, largest difference first."""
        return sorted((w for w in self.windows if w.standing == standing), key=lambda w: -abs(w.gain))

    @property
    def mean(self) -> tuple[float, float, float] | None:
        """The windows' mean gain, and the least and the largest SD that its noise may have; None without windows.

        The windows of a run share their initial weights. If each varied on its own, the mean's SD would be that of
        one gain over the root of their number; did they move as one, it would be that of one gain.
        """
        if not self.windows:
            return None
        most = fmean(window.sd for window in self.windows)
        return fmean(window.gain for window in self.windows), most / math.sqrt(len(self.windows)), most


class _Row(NamedTuple):
    pair: WindowPair
    gap: Gap
    mcnemar: float = math.nan


def compare_runs(a: Side, b: Side) -> RunComparison:
    """Compare two runs, B against A.

    A window's errors are the mean over its trainings: itself, and the replicates that both runs have
    (:mod:`.window_pairs`). Where both runs are judged on the same images and outputs are at hand, the variance of
    a gain is that of the discordant images, in which seeds and images both are, and what more the baselines'
    counts vary by from seed to seed than their interaction with images explains, scaled by the squared ratio of
    errors; of nine windows or more, trained once, not more than the others' gains scatter by. Else it is that of one
    baseline of each run, scaled by the errors, and as much more as the other windows' gains scatter beyond that
    (never less): real differences between windows then count as noise, which errs on the safe side. On different
    images the binomial variance of each error rate is added.
    """
    floors = a.floor(), b.floor()
    pairs, alone = window_pairs(a, b)
    same = a.data == b.data
    known = all(floor is not None and floor.count > 1 for floor in floors)
    wrong = (a.outputs(), b.outputs()) if same and known and pairs and a.outputs and b.outputs else None
    if wrong is not None and not _complete(pairs, (a, b), wrong):
        wrong = None
    base = None
    if floors[0] is not None and floors[1] is not None:
        base = floors[0].mean / a.images - floors[1].mean / b.images
    rows, factor = _rows(a, b, floors, pairs, wrong, same=same)
    parked = parked_places(a, b)
    adjusted, exact = holm([row.gap.p for row in rows], parked), holm([row.mcnemar for row in rows], parked)
    windows = tuple(
        Difference(
            row.pair.b[0].trial.name,
            row.pair.b[0].trial.row,
            row.pair.b[0].trial.col,
            *_rates(row.pair, a, b),
            row.gap.gain,
            row.gap.sd,
            row.gap.p,
            float(p_holm),
            math.nan if base is None else row.gap.gain - base,
            float(mcnemar_holm),
            row.gap.low,
            row.gap.high,
            row.pair.trainings,
            row.pair.twins and row.pair.trainings > 1,
        )
        for row, p_holm, mcnemar_holm in zip(rows, adjusted, exact, strict=True)
    )
    return RunComparison(
        a, b, tuple(spec_differences(a, b)), _baselines(a, b, floors, wrong, same=same), windows, alone,
        _needed(rows), wrong is not None, factor,
    )  # fmt: skip


def _rows(
    a: Side,
    b: Side,
    floors: Floors,
    pairs: list[WindowPair],
    wrong: tuple[Wrong, Wrong] | None,
    *,
    same: bool,
) -> tuple[list[_Row], float]:
    """Return the windows' gains, as rates, and the factor by which they scatter more than the baselines say."""
    first, second = floors
    together = any(side.progress.spec.streams != "own" for side in (a, b))
    if first is None or second is None or min(first.count, second.count) < 2:
        rates = [_rates(pair, a, b) for pair in pairs]
        return [_Row(pair, _unknown(one - other)) for pair, (one, other) in zip(pairs, rates, strict=True)], math.nan
    if wrong is not None:
        pure = _pure(a, first, wrong[0]), _pure(b, second, wrong[1])
        # What windows of one draw of initial weights share is not in their scatter.
        apart = len(pairs) >= LEAST_WINDOWS and not together and all(pair.trainings == 1 for pair in pairs)
        seen = [seen_images(pair, a.images, wrong) for pair in pairs]
        scatter = scatter_of_others(pairs, seen) if apart else [None] * len(pairs)
        return [
            _Row(pair, *gap_by_images(pair, images, (first, second), pure, of_others))
            for pair, images, of_others in zip(pairs, seen, scatter, strict=True)
        ], 1.0
    gaps = [gap_by_counts(pair, (a, b), (first, second), same=same) for pair in pairs]
    widened = _widened(gaps, together=together)
    factor = fmean(wide.sd / plain.sd for wide, plain in zip(widened, gaps, strict=True)) if gaps else math.nan
    return [_Row(pair, found) for pair, found in zip(pairs, widened, strict=True)], factor


def _complete(pairs: list[WindowPair], sides: tuple[Side, Side], wrong: tuple[Wrong, Wrong]) -> bool:
    """Return whether the outputs of all that is compared could be read."""
    wanted = (
        [entry for pair in pairs for entry in (pair.a, pair.b)[index]] + side.seeds
        for index, side in enumerate(sides)
    )
    return all(entry.trial.name in table for entries, table in zip(wanted, wrong, strict=True) for entry in entries)


def _unknown(gain: float) -> Gap:
    return Gap(gain, math.nan, math.nan, math.nan, math.nan, math.nan)


def _pure(side: Side, floor: Floor, wrong: Wrong) -> StreamPart:
    """Return what the baselines' counts vary by, of it within the interaction of seeds and images, squared images."""
    share = np.mean([wrong[entry.trial.name] for entry in side.seeds], axis=0)
    interaction = float((share * (1 - share)).sum()) * floor.count / (floor.count - 1)
    return StreamPart(floor.seeds.value, floor.seeds.freedom, within=interaction)


def _widened(gaps: list[Gap], *, together: bool) -> list[Gap]:
    """Return gains with standard errors as wide as the gains scatter.

    Each is widened by the root mean square of the *others'* gains over their standard errors, about their mean, or
    about 0 where the windows of a run may have moved together by one draw of initial weights; never made narrower.

    Args:
        gaps: by the baselines' noise.
        together: whether the windows share initial weights.
    """
    count = len(gaps)
    if count < LEAST_WINDOWS:
        return [_scaled(found, MOST_RATIO, found.freedom) for found in gaps]
    z = np.array([found.gain / found.sd for found in gaps])
    others, squares = z.sum() - z, np.square(z).sum() - np.square(z)
    freedom = count - 1 if together else count - 2
    variance = (squares if together else squares - others**2 / (count - 1)) / freedom
    return [
        _scaled(found, math.sqrt(max(float(v), 1.0)), min(found.freedom, freedom))
        for found, v in zip(gaps, variance, strict=True)
    ]


def _scaled(found: Gap, factor: float, freedom: float) -> Gap:
    return gap(found.gain, [StreamPart((found.sd * factor) ** 2, freedom)])


def _rates(pair: WindowPair, a: Side, b: Side) -> tuple[float, float]:
    one, other = pair.errors()
    return one / a.images, other / b.images


def _baselines(
    a: Side,
    b: Side,
    floors: Floors,
    wrong: tuple[Wrong, Wrong] | None,
    *,
    same: bool,
) -> Difference | None:
    first, second = floors
    if first is None or second is None:
        return None
    rates = (first.mean / a.images, second.mean / b.images)
    found = _unknown(rates[0] - rates[1])
    if min(first.count, second.count) > 1:
        parts = [
            StreamPart(floor.seeds.value / side.images**2 / floor.count, floor.seeds.freedom)
            for floor, side in zip((first, second), (a, b), strict=True)
        ]
        if wrong is not None:
            tables = [
                np.stack([table[entry.trial.name] for entry in side.seeds])
                for side, table in zip((a, b), wrong, strict=True)
            ]
            images = systematic(*tables)
            parts.append(StreamPart(images.variance / a.images**2, images.freedom))
        elif not same:
            parts += sampling((a, b), list(rates))
        found = gap(rates[0] - rates[1], parts)
    return Difference(
        "baselines", None, None, *rates, found.gain, found.sd, found.p, found.p, 0.0, math.nan, found.low, found.high
    )


def _needed(rows: list[_Row]) -> float:
    if not rows or math.isnan(rows[0].gap.sd):
        return math.nan
    return fmean(least_found(row.gap.sd, row.gap.freedom, len(rows)) for row in rows)
