"""Tests which windows of a run differ from the baselines by more than noise and chance."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.count_text import counted
from ...core.error_words import errors_apart, errors_between
from ...core.errors import InputError
from ...core.old_names import renamed_fields
from ...core.stats.multiple_testing import benjamini_hochberg, holm
from ...core.stats.paired_tests import least_net_gain, mcnemar
from ...core.stats.seed_noise import NoiseFloor, chance_p, expected_best_gain, noise_floor
from ...core.stats.significance import WORDS, Standing
from ...core.stats.two_way_variance import ALPHA
from ...core.stats.window_tests import (
    WindowTests,
    detectable_gain,
    expected_p,
    seed_variance,
    window_tests,
)
from ..pool.member_outputs import Indices
from ..pool.model_pool import ModelPool
from ..pool.stream_pools import Pools

if TYPE_CHECKING:
    import pandas as pd

THOUSANDTH = 0.001
MOST_BASELINES = 400
# Of a judgement's fields in 0.1.0, in files and in Python.
_OLD_NAMES = {"pictures": "images", "luck": "chance_gain", "luck_p": "chance_p"}


@dataclass(frozen=True)
class WindowJudgement:
    """One window against the baselines and against its twin, on select.

    Attributes:
        name: the trial's name.
        errors: its wrong images.
        gain: the baselines' mean errors minus its own.
        low, high: the gain's 95 % interval over seeds and images; nan with one baseline.
        t, p: of the same (:func:`~xsample_tui.core.stats.window_tests.window_tests`); nan with one baseline.
        p_holm, p_bh: the larger of p and mcnemar_p, adjusted over all windows of the run.
        twin: the whole-image network of the same stream; None where none is trained.
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


@renamed_fields(_OLD_NAMES)
@dataclass(frozen=True)
class Judgement:
    """A run judged on select.

    Attributes:
        images: how many select holds.
        floor: the baselines' noise floor.
        sd: the seeds' standard deviation used for tests and for chance, in images: the floor's, moderated by what is
            usual at as many errors; that alone with one baseline.
        sd_assumed: whether it is that alone.
        chance_gain: images that the best of so many windows is expected to gain on one baseline without any effect.
        chance_p: the probability that chance alone makes the best window gain that much; nan with no spread.
        needed: gain of a single window, in images, that is found in 4 of 5 repetitions before any correction; nan if
            unknown.
        needed_corrected: the same after correction for all windows.
        baselines_needed: with so many baselines one of the windows that are beyond noise, but not significant after
            correction, would be, if all differences stayed as they are; None where there is no such window, or no
            number up to ``MOST_BASELINES`` would do.
        baselines_for_all: the same for all of these windows together.
        named: whether the run was laid out by 0.1.0, so that windows share initial weights that baselines do not.
        least_net: least net gain that McNemar's exact test can call significant, in images.
        windows: best first.
        parked: windows that successive halving has parked, by the epochs that they have; tests and chance count them.
        joined: how many of all windows joined at a rung.
    """

    images: int
    floor: NoiseFloor
    sd: float
    sd_assumed: bool
    chance_gain: float
    chance_p: float
    needed: float
    needed_corrected: float
    baselines_needed: int | None
    baselines_for_all: int | None
    named: bool
    least_net: int
    windows: tuple[WindowJudgement, ...]
    parked: tuple[int, ...] = ()
    joined: int = 0

    @property
    def screened(self) -> int:
        """How many windows the tests are corrected for."""
        return len(self.windows) + len(self.parked)

    def of(self, standing: Standing) -> list[str]:
        """Return the windows of a standing, best first."""
        return [window.name for window in self.windows if window.standing == standing]

    @property
    def resolves_thousandths(self) -> bool:
        """Whether a single window's gain of a thousandth would leave the noise."""
        return self.needed / self.images <= THOUSANDTH

    def to_frame(self) -> pd.DataFrame:
        """Return the windows, a row each, best first."""
        import pandas as pd

        return pd.DataFrame([asdict(window) for window in self.windows])

    def sentences(self) -> list[str]:
        """Return the judgement in sentences, without the table of windows."""
        return sentences(self)

    def facts(self) -> dict[str, Any]:
        """Return everything as plain values for JSON; what is not known is None."""
        # Files and programs read the names of 0.1.0.
        old = {new: name for name, new in _OLD_NAMES.items()}
        described = {old.get(name, name): value for name, value in asdict(self).items()}
        described["resolves_thousandths"] = self.resolves_thousandths
        known: dict[str, Any] = _finite(described)
        return known


def judge(models: ModelPool) -> Judgement:
    """Judge the finished windows of a run against its finished baselines, twins that ``arms`` trained among them.

    Raises:
        InputError: no baseline or no window is finished.
    """
    pools = models.pools()
    baselines, windows = (np.array(pool, np.intp) for pool in (pools.seeds, pools.windows))
    for kind, pool in {"baseline": baselines, "window": windows}.items():
        if not len(pool):
            raise InputError("run", models.run.name, f"no {kind} is finished, so there is nothing to compare")
    select = models.select
    floor, base = noise_floor(select.errors[baselines]), seed_variance(select.errors[baselines])
    right = select.correct
    again = {i: right[list(pools.replicates[w])] for i, w in enumerate(pools.windows) if w in pools.replicates}
    tests = window_tests(right[windows], right[baselines], again)
    rows = _windows(models, tests, pools, baselines, windows)
    best, known, screened = rows[0], floor.count > 1, len(rows) + len(models.parked)
    needed = _baselines_needed(tests, rows, models, select.errors[baselines]) if known else (None, None)
    return Judgement(
        images=len(select.labels),
        floor=floor,
        sd=base.sd,
        sd_assumed=not known,
        chance_gain=expected_best_gain(screened, base.sd),
        chance_p=chance_p(best.gain, screened, base.sd, floor.count),
        needed=detectable_gain(base, floor.count) if known else math.nan,
        needed_corrected=detectable_gain(base, floor.count, screened) if known else math.nan,
        baselines_needed=needed[0],
        baselines_for_all=needed[1],
        named=pools.named,
        least_net=least_net_gain(ALPHA),
        windows=rows,
        parked=tuple(sorted(models.parked)),
        joined=models.joined,
    )


def _windows(
    models: ModelPool, tests: WindowTests, pools: Pools, baselines: Indices, windows: Indices
) -> tuple[WindowJudgement, ...]:
    select, first = models.select, int(baselines[0])
    errors, right = select.errors, select.correct
    beside = np.array([pools.twins.get(int(window), first) for window in windows], np.intp)
    only_window = (right[windows] & ~right[beside]).sum(axis=1)
    only_baseline = (right[beside] & ~right[windows]).sum(axis=1)
    exact = mcnemar(only_window, only_baseline)
    # A finding has to hold over seeds and images, and for the very networks at hand.
    both = np.maximum(tests.p, exact)
    parked = len(models.parked)
    p_holm, p_bh = holm(both, parked), benjamini_hochberg(both, parked)
    rows = []
    for i, index in enumerate(windows):
        twin = pools.twins.get(int(index))
        rows.append(
            WindowJudgement(
                name=models.members[index].name,
                errors=int(errors[index]),
                gain=float(tests.gain[i]),
                low=float(tests.low[i]),
                high=float(tests.high[i]),
                t=float(tests.t[i]),
                p=float(tests.p[i]),
                p_holm=float(p_holm[i]),
                p_bh=float(p_bh[i]),
                twin=None if twin is None else models.members[twin].name,
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
    tests: WindowTests, rows: tuple[WindowJudgement, ...], models: ModelPool, base_errors: Indices
) -> tuple[int | None, int | None]:
    """Return with how many baselines the first, and all, of the windows that fail only the correction would pass it.

    Args:
        tests: of the windows, in the order of the pool.
        rows: the windows, judged.
        models: the pool.
        base_errors: (R,) wrong images of each baseline.
    """
    of = {row.name: row for row in rows}
    ordered = [of[models.members[i].name] for i in models.pools().windows]
    exact = np.array([row.mcnemar_p for row in ordered])
    open_ones = np.array([row.standing == "uncorrected" for row in ordered])
    if not open_ones.any():
        return None, None
    first = None
    for count in range(len(base_errors) + 1, MOST_BASELINES + 1):
        p = expected_p(tests, base_errors, len(models.select.labels), count)
        passes = (holm(np.maximum(p, exact), len(models.parked)) < ALPHA)[open_ones]
        if first is None and passes.any():
            first = count
        if passes.all():
            return first, count
    return first, None


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def sentences(judgement: Judgement) -> list[str]:
    """Return the judgement in sentences, without the table: the answer, what would resolve it, the rest."""
    n, floor, rows = judgement.images, judgement.floor, judgement.windows
    best = rows[0]
    lines = [_answer(judgement), _resolving(judgement)]
    for standing in ("better", "worse", "uncorrected"):
        # Where all windows are one thing, the first sentence says it.
        if (names := judgement.of(standing)) and len(names) < len(rows):
            lines.append(f"{WORDS[standing]}: {_some(names)}")
    if judgement.parked:
        lines.append(parked_words(judgement.parked, judgement.screened, judgement.joined))
    lines.append(f"{counted(floor.count, 'baseline')} on {n:,} images: mean {floor.mean:.1f} errors")
    if judgement.sd_assumed:
        lines.append(f"noise floor: unknown with one baseline; sqrt(errors / 2) = {judgement.sd:.1f} is assumed")
    else:
        used = "" if f"{judgement.sd:.1f}" == f"{floor.sd:.1f}" else f"; {judgement.sd:.1f} is used"
        lines.append(f"noise floor: SD {floor.sd:.1f} images (95 % {floor.low:.1f} to {floor.high:.1f}){used}")
    if best.gain > 0:
        # Of a best window that loses images it would be noise: every window gains that little by chance.
        lines.append(
            f"chance: the best of {counted(judgement.screened, 'window')} with no effect would gain "
            f"{judgement.chance_gain:.1f} images on average, and {best.gain:+.1f} or more with probability "
            f"{judgement.chance_p:.2g}"
        )
    if judgement.named:
        lines.append(
            "created by 0.1.0: all windows share one set of initial weights, the baselines do not, so a difference "
            "may come from these weights"
        )
    if not judgement.sd_assumed:
        corrected = judgement.needed_corrected
        lines.append(
            f"smallest differences found: {judgement.needed:.1f} images for one window, "
            f"{f'{corrected:.1f}' if corrected <= n else 'none'} after correction for {judgement.screened:,} "
            "(in 4 of 5 such sweeps)"
        )
    able = "are" if judgement.resolves_thousandths else "are not"
    return [
        *lines,
        f"McNemar's test: significant from a net gain of {judgement.least_net} of {n:,} images",
        f"differences of 0.001 {able} detectable with {n:,} images and {counted(floor.count, 'baseline')}",
    ]


def parked_words(parked: Sequence[int], screened: int, joined: int) -> str:
    """Return how many windows successive halving has parked, after which epochs, and what that does to intervals.

    Args:
        parked: the epochs of each, at least one.
        screened: how many windows there are in all.
        joined: how many of these joined at a rung.
    """
    more = f", {joined:,} of all joined at a rung" if joined else ""
    rungs = ", ".join(f"{count:,} after epoch {epoch}" for epoch, count in sorted(Counter(parked).items()))
    every = counted(screened, "window")
    return (
        f"successive halving: {len(parked):,} of {every} are parked ({rungs}){more}; they are no results, and tests "
        f"are corrected for all {screened:,}; intervals hold for the trainings that rungs chose, and a window "
        "that confirm trains again gains less on average"
    )


def too_few(judgement: Judgement) -> str:
    """Return that there are too few baselines for a correction, and how many would do; empty where there are not."""
    alone = len(judgement.of("uncorrected"))
    if not alone or judgement.baselines_needed is None:
        return ""
    count = counted(judgement.screened, "window")
    have, least, every = judgement.floor.count, judgement.baselines_needed, judgement.baselines_for_all
    if judgement.of("better") or judgement.of("worse"):
        head = f"{have} baselines are too few for {alone} of {count}: train at least {least}"
    else:
        head = f"{have} baselines cannot pass a correction for {count}: train at least {least}"
    if every is None or every == least:
        return head
    return f"{head}, {every} for all {alone} beyond noise"


def _answer(judgement: Judgement) -> str:
    rows, best = judgement.windows, judgement.windows[0]
    better, worse = len(judgement.of("better")), len(judgement.of("worse"))
    if judgement.sd_assumed:
        return "Not resolved: with one baseline the noise is unknown"
    count = counted(len(rows), "window")
    are = "is" if len(rows) == 1 else "are"
    if len(rows) in (better, worse):
        every = count if len(rows) == 1 else f"all {count}"
        head = f"{every} {are} significantly {'better' if better else 'worse'} than the baselines"
        head = head[0].upper() + head[1:]
    elif better or worse:
        verb = "is" if better == 1 else "are"
        head = f"Of {count}, {better} {verb} significantly better than the baselines and {worse} worse"
    else:
        head = f"0 of {count} {are} significant after correction"
    return (
        f"{head} (Holm, 5 %); the best, {best.name}, makes {errors_apart(best.gain)} "
        f"(95 % {errors_between(best.low, best.high)})"
    )


def _resolving(judgement: Judgement) -> str:
    if judgement.sd_assumed:
        return "What would resolve it: more baselines: 10, or the windows' twins, which the command arms trains"
    if words := too_few(judgement):
        return f"What would resolve it: {words}"
    n, needed = judgement.images, judgement.needed_corrected
    return (
        f"What it can find: a gain of {needed:.1f} images ({needed / n:.4f}) of one window in 4 of 5 such sweeps, "
        f"after correction for {counted(judgement.screened, 'window')}"
    )


def _some(names: list[str]) -> str:
    return f"{len(names)} ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})"
