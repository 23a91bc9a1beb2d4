"""The judgement of a run: which windows differ from the baselines by more than noise and luck."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..core.correction import benjamini_hochberg, holm
from ..core.errors import InputError
from ..core.noise import NoiseFloor, assumed_sd, best_by_luck, luck_p, noise_floor, window_t
from ..core.paired import mcnemar
from ..core.verdict import least_net_gain
from .library import Library
from .outputs import Indices

if TYPE_CHECKING:
    import pandas as pd

ALPHA = 0.05
THOUSANDTH = 0.001
Standing = Literal["better", "worse", "noise", "unknown"]


@dataclass(frozen=True)
class WindowJudgement:
    """One window against the baselines, on select.

    Attributes:
        name: the trial's name.
        errors: its wrong pictures.
        gain: the baselines' mean errors minus its own.
        t, p: against the noise floor (:func:`~xsample_tui.core.noise.window_t`); nan with one baseline.
        p_holm, p_bh: p adjusted over all windows of the run.
        only_window, only_baseline: pictures that it alone, or baseline 0 alone, has right.
        mcnemar_p, mcnemar_holm: McNemar's exact test of these, and adjusted by Holm.
        standing: ``better`` or ``worse`` where p_holm is below 0.05.
    """

    name: str
    errors: int
    gain: float
    t: float
    p: float
    p_holm: float
    p_bh: float
    only_window: int
    only_baseline: int
    mcnemar_p: float
    mcnemar_holm: float
    standing: Standing


@dataclass(frozen=True)
class Judgement:
    """A run judged on select.

    Attributes:
        pictures: how many select holds.
        floor: the baselines' noise floor.
        sd: the standard deviation used for luck, in pictures: the floor's, or an assumed one with one baseline.
        sd_assumed: whether it is assumed.
        luck: pictures that the best of so many windows is expected to gain on one baseline with no effect at all.
        luck_p: probability that luck alone makes the best window gain what it does; nan with no spread.
        needed: pictures that a single window must gain to leave the noise before any correction; nan if unknown.
        least_net: least net gain that McNemar's exact test can call significant, in pictures.
        windows: best first.
    """

    pictures: int
    floor: NoiseFloor
    sd: float
    sd_assumed: bool
    luck: float
    luck_p: float
    needed: float
    least_net: int
    windows: tuple[WindowJudgement, ...]

    def named(self, standing: Standing) -> list[str]:
        """Return the windows of a standing, best first."""
        return [window.name for window in self.windows if window.standing == standing]

    @property
    def resolves_thousandths(self) -> bool:
        """Whether a single window's gain of a thousandth would leave the noise."""
        return self.needed / self.pictures <= THOUSANDTH

    def to_frame(self) -> pd.DataFrame:
        """Return the windows, a row each, best first."""
        import pandas as pd

        return pd.DataFrame([asdict(window) for window in self.windows])

    def sentences(self) -> list[str]:
        """Return the judgement in sentences, without the table of windows."""
        return sentences(self)

    def facts(self) -> dict[str, Any]:
        """Return everything as plain values for JSON; what is not known is None."""
        described = asdict(self)
        described["resolves_thousandths"] = self.resolves_thousandths
        known: dict[str, Any] = _finite(described)
        return known


def judge(library: Library) -> Judgement:
    """Judge the finished windows of a run against its finished baselines.

    Raises:
        InputError: no baseline or no window is finished.
    """
    baselines, windows = library.pool("baselines"), library.pool("windows")
    for kind, pool in {"baseline": baselines, "window": windows}.items():
        if not len(pool):
            raise InputError("run", library.run.name, f"no {kind} is finished, so there is nothing to compare")
    floor = noise_floor(library.select.errors[baselines])
    rows = _windows(library, floor, baselines, windows)
    pictures, best = len(library.select.labels), rows[0].gain
    assumed = floor.count < 2
    sd = assumed_sd(floor.mean) if assumed else floor.sd
    return Judgement(
        pictures=pictures,
        floor=floor,
        sd=sd,
        sd_assumed=assumed,
        luck=best_by_luck(len(rows), sd),
        luck_p=luck_p(best, len(rows), sd, floor.count) if sd else math.nan,
        needed=_needed(floor),
        least_net=least_net_gain(ALPHA),
        windows=rows,
    )


def _windows(
    library: Library, floor: NoiseFloor, baselines: Indices, windows: Indices
) -> tuple[WindowJudgement, ...]:
    select = library.select
    errors = select.errors[windows]
    t, p = window_t(errors, floor)
    p_holm, p_bh = holm(p), benjamini_hochberg(p)
    base = select.correct[baselines[0]]
    right = select.correct[windows]
    only_window = (right & ~base).sum(axis=1)
    only_baseline = (base & ~right).sum(axis=1)
    exact = mcnemar(only_window, only_baseline)
    exact_holm = holm(exact)
    rows = [
        WindowJudgement(
            name=library.members[index].name,
            errors=int(errors[i]),
            gain=floor.mean - float(errors[i]),
            t=float(t[i]),
            p=float(p[i]),
            p_holm=float(p_holm[i]),
            p_bh=float(p_bh[i]),
            only_window=int(only_window[i]),
            only_baseline=int(only_baseline[i]),
            mcnemar_p=float(exact[i]),
            mcnemar_holm=float(exact_holm[i]),
            standing=_standing(float(t[i]), float(p_holm[i])),
        )
        for i, index in enumerate(windows)
    ]
    return tuple(sorted(rows, key=lambda row: row.errors))


def _standing(t: float, p_holm: float) -> Standing:
    if math.isnan(p_holm):
        return "unknown"
    if p_holm >= ALPHA:
        return "noise"
    return "better" if t < 0 else "worse"


def _needed(floor: NoiseFloor) -> float:
    """Return the gain at which t reaches its two-sided 5 % point."""
    if floor.count < 2:
        return math.nan
    from scipy.special import stdtrit

    return float(stdtrit(floor.count - 1, 1 - ALPHA / 2)) * floor.sd * math.sqrt(1 + 1 / floor.count)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def sentences(judgement: Judgement) -> list[str]:
    """Return the judgement in sentences, without the table of windows."""
    n, floor, rows = judgement.pictures, judgement.floor, judgement.windows
    lines = [f"{_count(floor.count, 'baseline')} on {n:,} pictures: mean {floor.mean:.1f} errors"]
    if judgement.sd_assumed:
        lines.append(f"noise floor: one baseline shows none; sqrt(errors / 2) = {judgement.sd:.1f} is assumed")
    else:
        lines.append(f"noise floor: SD {floor.sd:.1f} pictures (95 % {floor.low:.1f} to {floor.high:.1f})")
    best = rows[0]
    as_much = "" if math.isnan(judgement.luck_p) else f", and as much as this with probability {judgement.luck_p:.2g}"
    lines.append(
        f"best of {_count(len(rows), 'window')}: {best.name}, {best.gain:+.1f} pictures; "
        f"by luck alone the best would gain {judgement.luck:.1f} on average{as_much}"
    )
    better, worse, unknown = (judgement.named(s) for s in ("better", "worse", "unknown"))
    if unknown:
        lines.append("verdict: not resolved: one baseline cannot tell windows from noise; train more")
    else:
        within = len(rows) - len(better) - len(worse)
        lines.append(
            f"verdict after Holm's correction: {_some(better)} better than the baselines, {_some(worse)} worse, "
            f"{within} within noise"
        )
    return lines + _resolution(judgement)


def _resolution(judgement: Judgement) -> list[str]:
    n = judgement.pictures
    lines = [
        f"resolution: one picture of {n:,} is {1 / n:.4f}; McNemar's test needs a net gain of at least "
        f"{judgement.least_net} ({judgement.least_net / n:.4f})"
    ]
    if not math.isnan(judgement.needed):
        lines.append(
            f"resolution: one window must gain {judgement.needed:.1f} pictures ({judgement.needed / n:.4f}) "
            f"to leave the noise, more after correction for {len(judgement.windows)}"
        )
    able = "can" if judgement.resolves_thousandths else "cannot"
    lines.append(f"{n:,} pictures and {_count(judgement.floor.count, 'baseline')} {able} resolve thousandths")
    return lines


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _some(names: list[str]) -> str:
    return f"{len(names)} ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})" if names else "none"
