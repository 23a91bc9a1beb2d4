"""The contrast of two runs: what differs in their specs, baselines and windows, and what of it is beyond noise."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .correction import holm
from .paired import mcnemar
from .progress import Progress, TrialProgress
from .stats.gap import Gap, gap, systematic
from .stats.standing import Standing
from .stats.two_way import ALPHA, StreamPart, least_found
from .stats.window_test import SeedVariance, error_ratio, seed_variance

Wrong = Mapping[str, NDArray[np.bool_]]
# Where only counts are known, windows' own noise shows in how their gains scatter, once there are this many; with
# fewer their SD is taken to be three times the baselines', as the largest measured was 2.7 times.
LEAST_WINDOWS = 9
MOST_RATIO = 3.0


@dataclass(frozen=True)
class Floor:
    """The noise floor of one run, in images.

    Attributes:
        count: baselines, R.
        mean: their mean errors.
        seeds: their seed variance.
    """

    count: int
    mean: float
    seeds: SeedVariance


Floors = tuple[Floor | None, Floor | None]


@dataclass(frozen=True)
class Side:
    """One of the two runs.

    Attributes:
        progress: its trials.
        pictures: how many pictures its trials are judged on.
        data: hashes of the pictures and of their split.
        fingerprint: of the machine and software that began it.
        outputs: reads which pictures each finished trial has wrong, (pictures,) bool by the trial's name, in one
            order for all runs on the same data; None where outputs are not at hand. Read only where both runs are
            judged on the same pictures.
    """

    progress: Progress
    pictures: int
    data: tuple[str, str]
    fingerprint: Mapping[str, str] = field(default_factory=dict)
    outputs: Callable[[], Wrong] | None = None

    @property
    def name(self) -> str:
        """The run's name."""
        return self.progress.spec.name

    @property
    def article(self) -> bool:
        """Whether the article's protocol makes its scores too good."""
        return self.progress.spec.article_protocol or self.progress.spec.preset == "article"

    @property
    def seeds(self) -> list[TrialProgress]:
        """Its finished baselines, with the twins that were trained beside it."""
        return [entry for entry in self.progress.seeds if entry.status == "done" and entry.kept]

    def floor(self) -> Floor | None:
        """Return the noise floor of its finished baselines, in images; None without any."""
        errors = [entry.kept.val_errors for entry in self.seeds if entry.kept]
        return Floor(len(errors), fmean(errors), seed_variance(errors)) if errors else None


@dataclass(frozen=True)
class Difference:
    """B against A: positive where B errs less.

    Attributes:
        name: the window's name in B; ``baselines`` for their means.
        row, col: of the window; None for the baselines.
        a, b: error rates.
        gain: ``a - b``.
        sd: standard error of the gain, over seeds and pictures; nan where it is not known.
        p: of the gain against zero, two-sided; nan likewise.
        p_holm: p adjusted over all windows in both runs.
        mcnemar_holm: of McNemar's exact test, adjusted likewise; nan without outputs on the same pictures.
        low, high: 95 % interval of the gain; nan where it is not known.
        net: what B gains on A beyond what its baselines gain on A's; nan without baselines in both.
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
class Contrast:
    """Two runs side by side.

    Attributes:
        a, b: the runs.
        spec: (field, value in A, value in B) of all that differs in how they were laid out.
        baselines: B's baselines against A's; None where either has none finished.
        windows: B's windows against A's at the same place, in reading order.
        alone: how many finished windows only A, and only B, has.
        needed: the least true gain of one window that is found in 4 of 5 repetitions after correction, a rate; nan if
            not known.
        outputs: whether the windows' noise is from their outputs on the same pictures; else from counts alone.
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
    def same_pictures(self) -> bool:
        """Whether both are judged on the very same pictures."""
        return self.a.data == self.b.data

    def named(self, standing: Standing) -> list[Difference]:
        """Return the windows of a standing, largest difference first."""
        return sorted((w for w in self.windows if w.standing == standing), key=lambda w: -abs(w.gain))

    @property
    def mean(self) -> tuple[float, float, float] | None:
        """The windows' mean gain, and the least and the largest SD that its noise may have; None without windows.

        The windows of a run share their initial weights. Did each have its own luck, the mean's SD would be that of
        one gain over the root of their number; did they move as one, it would be that of one gain.
        """
        if not self.windows:
            return None
        most = fmean(window.sd for window in self.windows)
        return fmean(window.gain for window in self.windows), most / math.sqrt(len(self.windows)), most


class _Row(NamedTuple):
    a: TrialProgress
    b: TrialProgress
    gap: Gap
    mcnemar: float = math.nan


def contrast(a: Side, b: Side) -> Contrast:
    """Compare two runs, B against A.

    A window is trained once. Where both runs are judged on the same pictures and outputs are at hand, the variance of
    a gain is that of the discordant pictures, in which seeds and pictures both are, and what more the baselines'
    counts vary by from seed to seed than their interaction with pictures explains, scaled by the squared ratio of
    errors. Else it is that of one baseline of each run, scaled by the errors, and as much more as the other windows'
    gains scatter beyond that (never less): real differences between windows then count as noise, which errs on the
    safe side. On different pictures the binomial variance of each error rate is added.
    """
    floors = a.floor(), b.floor()
    pairs, alone = _paired(a.progress, b.progress)
    same = a.data == b.data
    known = all(floor is not None and floor.count > 1 for floor in floors)
    wrong = (a.outputs(), b.outputs()) if same and known and pairs and a.outputs and b.outputs else None
    base = None
    if floors[0] is not None and floors[1] is not None:
        base = floors[0].mean / a.pictures - floors[1].mean / b.pictures
    rows, factor = _rows(a, b, floors, pairs, wrong, same=same)
    adjusted, exact = holm([row.gap.p for row in rows]), holm([row.mcnemar for row in rows])
    windows = tuple(
        Difference(
            row.b.trial.name,
            row.b.trial.row,
            row.b.trial.col,
            _rate(row.a, a),
            _rate(row.b, b),
            row.gap.gain,
            row.gap.sd,
            row.gap.p,
            float(p_holm),
            math.nan if base is None else row.gap.gain - base,
            float(mcnemar_holm),
            row.gap.low,
            row.gap.high,
        )
        for row, p_holm, mcnemar_holm in zip(rows, adjusted, exact, strict=True)
    )
    return Contrast(
        a, b, tuple(_spec_differences(a, b)), _baselines(a, b, floors, wrong, same=same), windows, alone,
        _needed(rows), wrong is not None, factor,
    )  # fmt: skip


def _rows(
    a: Side,
    b: Side,
    floors: Floors,
    pairs: list[tuple[TrialProgress, TrialProgress]],
    wrong: tuple[Wrong, Wrong] | None,
    *,
    same: bool,
) -> tuple[list[_Row], float]:
    """Return the windows' gains, as rates, and the factor by which they scatter more than the baselines say."""
    first, second = floors
    if first is None or second is None or min(first.count, second.count) < 2:
        return [_Row(*pair, _unknown(_rate(pair[0], a) - _rate(pair[1], b))) for pair in pairs], math.nan
    if wrong is not None:
        pure = [_pure(side, floor, table) for side, floor, table in zip((a, b), (first, second), wrong, strict=True)]
        return [_discordant(pair, a.pictures, (first, second), pure, wrong) for pair in pairs], 1.0
    gaps = []
    for one, other in pairs:
        rates = _rate(one, a), _rate(other, b)
        parts = [
            StreamPart(
                floor.seeds.value * error_ratio(rate * side.pictures, floor.mean) / side.pictures**2,
                floor.seeds.freedom,
            )
            for floor, side, rate in zip((first, second), (a, b), rates, strict=True)
        ]
        gaps.append(gap(rates[0] - rates[1], [*parts, *([] if same else _sampling(a, b, rates))]))
    widened = _widened(gaps, together=any(side.progress.spec.streams != "own" for side in (a, b)))
    factor = fmean(wide.sd / plain.sd for wide, plain in zip(widened, gaps, strict=True)) if gaps else math.nan
    return [_Row(*pair, found) for pair, found in zip(pairs, widened, strict=True)], factor


def _unknown(gain: float) -> Gap:
    return Gap(gain, math.nan, math.nan, math.nan, math.nan, math.nan)


def _pure(side: Side, floor: Floor, wrong: Wrong) -> StreamPart:
    """Return what the baselines' counts vary by beyond the interaction of seeds and pictures, in squared pictures."""
    share = np.mean([wrong[entry.trial.name] for entry in side.seeds], axis=0)
    interaction = float((share * (1 - share)).sum()) * floor.count / (floor.count - 1)
    return StreamPart(max(floor.seeds.value - interaction, 0.0), floor.seeds.freedom)


def _discordant(
    pair: tuple[TrialProgress, TrialProgress],
    n: int,
    floors: tuple[Floor, Floor],
    pure: Sequence[StreamPart],
    wrong: tuple[Wrong, Wrong],
) -> _Row:
    one, other = (table[entry.trial.name] for table, entry in zip(wrong, pair, strict=True))
    only_a, only_b = int((other & ~one).sum()), int((one & ~other).sum())
    gain = only_b - only_a
    # At least one picture, so that two networks which agree on all have no gain that is beyond doubt.
    images = StreamPart(max(only_a + only_b - gain**2 / n, 1.0), n - 1)
    streams = [
        StreamPart(part.variance * error_ratio(float(table.sum()), floor.mean) ** 2, part.freedom)
        for part, floor, table in zip(pure, floors, (one, other), strict=True)
    ]
    found = gap(gain, [images, *streams])
    rate = Gap(gain / n, found.sd / n, found.freedom, found.p, found.low / n, found.high / n)
    return _Row(*pair, rate, float(mcnemar(only_a, only_b)))


def _sampling(a: Side, b: Side, rates: tuple[float, float]) -> list[StreamPart]:
    return [
        StreamPart(rate * (1 - rate) / side.pictures, side.pictures - 1)
        for rate, side in zip(rates, (a, b), strict=True)
    ]


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


def _rate(entry: TrialProgress, side: Side) -> float:
    assert entry.kept is not None
    return entry.kept.val_errors / side.pictures


def _paired(a: Progress, b: Progress) -> tuple[list[tuple[TrialProgress, TrialProgress]], tuple[int, int]]:
    def places(progress: Progress) -> dict[tuple[int | None, ...], TrialProgress]:
        return {
            (t.row, t.col, t.height, t.width): entry
            for entry in progress.windows
            if entry.status == "done" and entry.kept is not None and (t := entry.trial)
        }

    at_a, at_b = places(a), places(b)
    both = [(at_a[place], entry) for place, entry in at_b.items() if place in at_a]
    return both, (len(at_a) - len(both), len(at_b) - len(both))


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
    rates = (first.mean / a.pictures, second.mean / b.pictures)
    found = _unknown(rates[0] - rates[1])
    if min(first.count, second.count) > 1:
        parts = [
            StreamPart(floor.seeds.value / side.pictures**2 / floor.count, floor.seeds.freedom)
            for floor, side in zip((first, second), (a, b), strict=True)
        ]
        if wrong is not None:
            tables = [
                np.stack([table[entry.trial.name] for entry in side.seeds])
                for side, table in zip((a, b), wrong, strict=True)
            ]
            images = systematic(*tables)
            parts.append(StreamPart(images.variance / a.pictures**2, images.freedom))
        elif not same:
            parts += _sampling(a, b, rates)
        found = gap(rates[0] - rates[1], parts)
    return Difference(
        "baselines", None, None, *rates, found.gain, found.sd, found.p, found.p, 0.0, math.nan, found.low, found.high
    )


def _needed(rows: list[_Row]) -> float:
    if not rows or math.isnan(rows[0].gap.sd):
        return math.nan
    return fmean(least_found(row.gap.sd, row.gap.freedom, len(rows)) for row in rows)


def _spec_differences(a: Side, b: Side) -> Iterator[tuple[str, str, str]]:
    one, other = (dict(_flat(side.progress.spec.model_dump(mode="json"))) for side in (a, b))
    for key in one:
        if key not in ("name", "version") and one[key] != other.get(key):
            yield key, _said(one[key]), _said(other.get(key))
    for what, index in (("pictures", 0), ("split", 1)):
        if a.data[index] != b.data[index]:
            yield what, f"{a.data[index][:12]}…", f"{b.data[index][:12]}…"
    for key in sorted(a.fingerprint.keys() | b.fingerprint.keys()):
        left, right = a.fingerprint.get(key, "none"), b.fingerprint.get(key, "none")
        # Threads and oneDNN are in the spec already.
        if left != right and key not in ("threads", "onednn"):
            yield f"machine: {key}", left, right


def _flat(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, part in value.items():
        if isinstance(part, Mapping):
            yield from _flat(part, f"{key}.")
        else:
            yield f"{prefix}{key}", part


def _said(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"{len(value)} names" if len(value) > 3 else ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)
