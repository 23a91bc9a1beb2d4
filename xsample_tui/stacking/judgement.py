"""The judgement of a run: which windows differ from the baselines by more than noise and luck."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.correction import benjamini_hochberg, holm
from ..core.errors import InputError
from ..core.noise import NoiseFloor, best_by_luck, luck_p, noise_floor
from ..core.paired import least_net_gain, mcnemar
from ..core.stats.standing import WORDS, Standing
from ..core.stats.two_way import ALPHA
from ..core.stats.window_test import (
    SeedVariance,
    WindowTests,
    detectable_gain,
    error_ratio,
    seed_variance,
    window_tests,
)
from .library import Library
from .outputs import Indices
from .pools import Pools

if TYPE_CHECKING:
    import pandas as pd

THOUSANDTH = 0.001
MOST_BASELINES = 400


@dataclass(frozen=True)
class WindowJudgement:
    """One window against the baselines and against its twin, on select.

    Attributes:
        name: the trial's name.
        errors: its wrong images.
        gain: the baselines' mean errors minus its own.
        low, high: the gain's 95 % interval over seeds and images; nan with one baseline.
        t, p: of the same (:func:`~xsample_tui.core.stats.window_test.window_tests`); nan with one baseline.
        p_holm, p_bh: the larger of p and mcnemar_p, adjusted over all windows of the run.
        twin: the whole-picture network of the same stream; None where none is trained.
        twin_errors: its wrong images.
        paired_gain: the twin's errors minus the window's.
        only_window, only_baseline: images that it alone, or the network that it is paired with alone, has right: its
            twin, else the first baseline.
        mcnemar_p: McNemar's exact test of these.
        standing: ``better`` or ``worse`` where p_holm is below 0.05; ``uncorrected`` where only the tests by
            themselves are: not significant after correction.
    """

    name: str
    errors: int
    gain: float
    low: float
    high: float
    t: float
    p: float
    p_holm: float
    p_bh: float
    twin: str | None
    twin_errors: int | None
    paired_gain: int | None
    only_window: int
    only_baseline: int
    mcnemar_p: float
    standing: Standing


@dataclass(frozen=True)
class Judgement:
    """A run judged on select.

    Attributes:
        pictures: how many select holds.
        floor: the baselines' noise floor.
        sd: the seeds' standard deviation used for tests and luck, in images: the floor's, moderated by what is usual
            at as many errors; that alone with one baseline.
        sd_assumed: whether it is that alone.
        luck: pictures that the best of so many windows is expected to gain on one baseline with no effect at all.
        luck_p: probability that luck alone makes the best window gain what it does; nan with no spread.
        needed: gain of a single window, in images, that is found in 4 of 5 repetitions before any correction; nan if
            unknown.
        needed_corrected: the same after correction for all windows.
        baselines_needed: with so many baselines the best window's gain would pass the correction; None where it
            passes already, or no number of them would do.
        named: whether the run was laid out by 0.1.0, so that windows share initial weights that baselines do not.
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
    needed_corrected: float
    baselines_needed: int | None
    named: bool
    least_net: int
    windows: tuple[WindowJudgement, ...]

    def of(self, standing: Standing) -> list[str]:
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
    """Judge the finished windows of a run against its finished baselines, twins that ``arms`` trained among them.

    Raises:
        InputError: no baseline or no window is finished.
    """
    pools = library.pools()
    baselines, windows = (np.array(pool, np.intp) for pool in (pools.seeds, pools.windows))
    for kind, pool in {"baseline": baselines, "window": windows}.items():
        if not len(pool):
            raise InputError("run", library.run.name, f"no {kind} is finished, so there is nothing to compare")
    select = library.select
    floor, base = noise_floor(select.errors[baselines]), seed_variance(select.errors[baselines])
    right = select.correct
    again = {i: right[list(pools.replicates[w])] for i, w in enumerate(pools.windows) if w in pools.replicates}
    tests = window_tests(right[windows], right[baselines], again)
    rows = _windows(library, tests, pools, baselines, windows)
    best, known = rows[0], floor.count > 1
    image = float(tests.image_sd[int(np.argmin(select.errors[windows]))]) ** 2
    return Judgement(
        pictures=len(select.labels),
        floor=floor,
        sd=base.sd,
        sd_assumed=not known,
        luck=best_by_luck(len(rows), base.sd),
        luck_p=luck_p(best.gain, len(rows), base.sd, floor.count),
        needed=detectable_gain(base, floor.count) if known else math.nan,
        needed_corrected=detectable_gain(base, floor.count, len(rows)) if known else math.nan,
        baselines_needed=_baselines_needed(best, base, floor, len(rows), image),
        named=pools.named,
        least_net=least_net_gain(ALPHA),
        windows=rows,
    )


def _windows(
    library: Library, tests: WindowTests, pools: Pools, baselines: Indices, windows: Indices
) -> tuple[WindowJudgement, ...]:
    select, first = library.select, int(baselines[0])
    errors, right = select.errors, select.correct
    beside = np.array([pools.twins.get(int(window), first) for window in windows], np.intp)
    only_window = (right[windows] & ~right[beside]).sum(axis=1)
    only_baseline = (right[beside] & ~right[windows]).sum(axis=1)
    exact = mcnemar(only_window, only_baseline)
    # A finding has to hold over seeds and images, and for the very networks at hand.
    both = np.maximum(tests.p, exact)
    p_holm, p_bh = holm(both), benjamini_hochberg(both)
    rows = []
    for i, index in enumerate(windows):
        twin = pools.twins.get(int(index))
        rows.append(
            WindowJudgement(
                name=library.members[index].name,
                errors=int(errors[index]),
                gain=float(tests.gain[i]),
                low=float(tests.low[i]),
                high=float(tests.high[i]),
                t=float(tests.t[i]),
                p=float(tests.p[i]),
                p_holm=float(p_holm[i]),
                p_bh=float(p_bh[i]),
                twin=None if twin is None else library.members[twin].name,
                twin_errors=None if twin is None else int(errors[twin]),
                paired_gain=None if twin is None else int(errors[twin] - errors[index]),
                only_window=int(only_window[i]),
                only_baseline=int(only_baseline[i]),
                mcnemar_p=float(exact[i]),
                standing=_standing(float(tests.gain[i]), float(both[i]), float(p_holm[i])),
            )
        )
    return tuple(sorted(rows, key=lambda row: row.errors))


def _standing(gain: float, p: float, p_holm: float) -> Standing:
    if math.isnan(p_holm):
        return "unknown"
    if p_holm >= ALPHA:
        return "uncorrected" if p < ALPHA else "noise"
    return "better" if gain > 0 else "worse"


def _baselines_needed(
    best: WindowJudgement, base: SeedVariance, floor: NoiseFloor, windows: int, image: float
) -> int | None:
    """Return with how many baselines the best window's gain would be significant after correction.

    Args:
        best: the window.
        base: the baselines' seed variance.
        floor: their noise floor.
        windows: over how many is corrected.
        image: variance of what the mask does to single images, which more baselines do not change.
    """
    if floor.count < 2 or best.standing == "better" or best.gain <= 0 or best.mcnemar_p * windows >= ALPHA:
        return None
    from scipy.special import stdtr

    own = base.value * error_ratio(best.errors, floor.mean) + image
    for count in range(floor.count + 1, MOST_BASELINES + 1):
        se = math.sqrt(own + base.value / count)
        if 2 * float(stdtr(count - 1, -best.gain / se)) * windows < ALPHA:
            return count
    return None


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def sentences(judgement: Judgement) -> list[str]:
    """Return the judgement in sentences, without the table: the answer, what would resolve it, the rest."""
    n, floor, rows = judgement.pictures, judgement.floor, judgement.windows
    best = rows[0]
    lines = [_answer(judgement), _resolving(judgement)]
    lines.append(f"{_count(floor.count, 'baseline')} on {n:,} images: mean {floor.mean:.1f} errors")
    if judgement.sd_assumed:
        lines.append(f"noise floor: one baseline shows none; sqrt(errors / 2) = {judgement.sd:.1f} is assumed")
    else:
        used = "" if f"{judgement.sd:.1f}" == f"{floor.sd:.1f}" else f"; {judgement.sd:.1f} is used"
        lines.append(f"noise floor: SD {floor.sd:.1f} images (95 % {floor.low:.1f} to {floor.high:.1f}){used}")
    lines.append(
        f"luck: the best of {_count(len(rows), 'window')} with no effect would gain {judgement.luck:.1f} images on "
        f"average, and {best.gain:+.1f} or more with probability {judgement.luck_p:.2g}"
    )
    if judgement.named:
        lines.append(
            "laid out by 0.1.0: windows share one draw of initial weights which the baselines do not, so a "
            "difference may come from that draw"
        )
    lines.append(
        f"resolution: one image of {n:,} is {1 / n:.4f}; McNemar's test needs a net gain of at least "
        f"{judgement.least_net} ({judgement.least_net / n:.4f})"
    )
    able = "can" if judgement.resolves_thousandths else "cannot"
    return [*lines, f"{n:,} images and {_count(floor.count, 'baseline')} {able} resolve thousandths"]


def _answer(judgement: Judgement) -> str:
    rows, best = judgement.windows, judgement.windows[0]
    better, worse, alone = (judgement.of(standing) for standing in ("better", "worse", "uncorrected"))
    if judgement.sd_assumed:
        return "Not resolved: one baseline cannot tell windows from noise"
    count = "this window" if len(rows) == 1 else f"these {len(rows)} windows"
    span = f"{best.name} gains {best.gain:+.1f} images (95 % {best.low:+.1f} to {best.high:+.1f})"
    if better:
        head = f"Better than whole pictures, of {count}: {_some(better)}; the best, {span}"
    else:
        head = f"No window is better than whole pictures after correction, of {count}; the best, {span}"
    tail = f"; worse: {_some(worse)}" if worse else ""
    return head + tail + (f"; {WORDS['uncorrected']}: {_some(alone)}" if alone else "")


def _resolving(judgement: Judgement) -> str:
    n, rows = judgement.pictures, judgement.windows
    if judgement.sd_assumed:
        return "What would resolve it: more baselines, 10 or the windows' twins (xsample-tui arms)"
    finds = (
        f"a gain of {judgement.needed_corrected:.1f} images ({judgement.needed_corrected / n:.4f}) is found in 4 of "
        f"5 such sweeps after correction for {_count(len(rows), 'window')}, {judgement.needed:.1f} without"
    )
    if judgement.baselines_needed is not None:
        return f"What would resolve it: {judgement.baselines_needed} baselines, if the best keeps its gain; {finds}"
    return f"What it can find: {finds}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _some(names: list[str]) -> str:
    return f"{len(names)} ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})" if names else "none"
