"""The contrast of two runs: what differs in their specs, baselines and windows, and what of it is beyond noise."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any, Literal

from .correction import holm
from .noise import NoiseFloor, noise_floor
from .progress import Progress, TrialProgress

ALPHA = 0.05
Standing = Literal["better", "worse", "noise", "unknown"]


@dataclass(frozen=True)
class Side:
    """One of the two runs.

    Attributes:
        progress: its trials.
        pictures: how many pictures its trials are judged on.
        data: hashes of the pictures and of their split.
        fingerprint: of the machine and software that began it.
    """

    progress: Progress
    pictures: int
    data: tuple[str, str]
    fingerprint: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The run's name."""
        return self.progress.spec.name

    @property
    def article(self) -> bool:
        """Whether the article's protocol makes its scores too good."""
        return self.progress.spec.article_protocol or self.progress.spec.preset == "article"

    def floor(self) -> NoiseFloor | None:
        """Return the noise of its finished baselines, in error rates; None without any."""
        rates = [e.kept.val_errors / self.pictures for e in self.progress.baselines if e.status == "done" and e.kept]
        return noise_floor(rates) if rates else None


@dataclass(frozen=True)
class Difference:
    """B against A: positive where B errs less.

    Attributes:
        name: the window's name in B; ``baselines`` for their means.
        row, col: of the window; None for the baselines.
        a, b: error rates.
        gain: ``a - b``.
        sd: standard deviation that the seeds alone, and other pictures where the runs have others, give the gain;
            nan where it is not known.
        p: of the gain against zero, two-sided; nan likewise.
        p_holm: p adjusted over all windows in both runs.
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

    @property
    def standing(self) -> Standing:
        """Whether B is better or worse beyond noise."""
        if math.isnan(self.p_holm):
            return "unknown"
        if self.p_holm >= ALPHA:
            return "noise"
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
        needed: the least gain of one window that leaves the noise before correction, a rate; nan if not known.
    """

    a: Side
    b: Side
    spec: tuple[tuple[str, str, str], ...]
    baselines: Difference | None
    windows: tuple[Difference, ...]
    alone: tuple[int, int]
    needed: float

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


def contrast(a: Side, b: Side) -> Contrast:
    """Compare two runs, B against A.

    A window is trained once, so its noise is taken to be that of one baseline: a gain has the variance
    ``sd_a^2 + sd_b^2`` and Welch's degrees of freedom. Where the runs are judged on different pictures, the
    binomial variance of each error rate is added, and the degrees of freedom stay, which errs on the safe side.
    """
    floors = a.floor(), b.floor()
    pairs, alone = _paired(a.progress, b.progress)
    same = a.data == b.data
    base = None
    if floors[0] is not None and floors[1] is not None:
        base = floors[0].mean - floors[1].mean
    rows = []
    for one, other in pairs:
        rate_a, rate_b = _rate(one, a), _rate(other, b)
        sd, freedom = _noise(a, b, (rate_a, rate_b), floors, shared=(1, 1), same=same)
        gain = rate_a - rate_b
        rows.append((other, rate_a, rate_b, gain, sd, _p(gain, sd, freedom)))
    adjusted = holm([row[-1] for row in rows])
    windows = tuple(
        Difference(
            other.trial.name,
            other.trial.row,
            other.trial.col,
            rate_a,
            rate_b,
            gain,
            sd,
            p,
            float(p_holm),
            math.nan if base is None else gain - base,
        )
        for (other, rate_a, rate_b, gain, sd, p), p_holm in zip(rows, adjusted, strict=True)
    )
    return Contrast(
        a, b, tuple(_spec_differences(a, b)), _baselines(a, b, floors, same=same), windows, alone,
        _needed(a, b, floors, same=same),
    )  # fmt: skip


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


def _noise(
    a: Side,
    b: Side,
    rates: tuple[float, float],
    floors: tuple[NoiseFloor | None, NoiseFloor | None],
    *,
    shared: tuple[int, int],
    same: bool,
) -> tuple[float, float]:
    """Return the SD of a difference and Welch's degrees of freedom; ``shared`` divides each side's variance."""
    variance = below = 0.0
    for floor, count in zip(floors, shared, strict=True):
        if floor is None or floor.count < 2:
            return math.nan, math.nan
        part = floor.sd**2 / count
        variance += part
        below += part**2 / (floor.count - 1)
    freedom = variance**2 / below if below else math.inf
    if not same:
        sampling = sum(rate * (1 - rate) / side.pictures for rate, side in zip(rates, (a, b), strict=True))
        variance += sampling
    return math.sqrt(variance), freedom


def _p(gain: float, sd: float, freedom: float) -> float:
    if math.isnan(sd):
        return math.nan
    if sd == 0:
        return 1.0 if gain == 0 else 0.0
    from scipy.special import stdtr

    return float(2 * stdtr(min(freedom, 1e9), -abs(gain) / sd))


def _baselines(
    a: Side, b: Side, floors: tuple[NoiseFloor | None, NoiseFloor | None], *, same: bool
) -> Difference | None:
    first, second = floors
    if first is None or second is None:
        return None
    rates = (first.mean, second.mean)
    sd, freedom = _noise(a, b, rates, floors, shared=(first.count, second.count), same=same)
    gain = rates[0] - rates[1]
    p = _p(gain, sd, freedom)
    return Difference("baselines", None, None, *rates, gain, sd, p, p, 0.0)


def _needed(a: Side, b: Side, floors: tuple[NoiseFloor | None, NoiseFloor | None], *, same: bool) -> float:
    first, second = floors
    if first is None or second is None:
        return math.nan
    sd, freedom = _noise(a, b, (first.mean, second.mean), floors, shared=(1, 1), same=same)
    if math.isnan(sd):
        return math.nan
    from scipy.special import stdtrit

    return float(stdtrit(min(freedom, 1e9), 1 - ALPHA / 2)) * sd


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
