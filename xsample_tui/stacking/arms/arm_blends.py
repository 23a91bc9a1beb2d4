"""Builds the arms: blends that differ in one thing each."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ArgumentError
from ...core.seeding import generator
from ...core.stats.diversity import Diversity, diversity
from ...core.stats.paired_tests import CochranQ, cochran_q
from ..blending.blend import Blend, blend_select, blend_test
from ..blending.blender_registry import blender as named_blender
from ..blending.pooling import Blender
from ..pool.member_outputs import Outputs
from ..pool.member_selection import MemberSelection, RandomMembers, TopMembers
from .arm_candidates import Candidates
from .random_sets import RandomSets, blend_sets, random_positions
from .stream_redraws import LEAST_SEEDS, Parts, common_draw, per_image, stream_parts

DRAWS = 50
TITLES = {
    "A": "best windows: stacking across",
    "A*": "best windows of as many as B had",
    "B": "best seeds: any ensemble",
    "B*": "best seeds of as many as A had",
    "M": "best of windows and seeds",
    "A=": "windows that B's arithmetic buys",
    "C": "randomly chosen windows",
    "D": "randomly chosen seeds",
    "E": "best random masks of equal ink",
    "F": "best placebo masks: noise",
    "G": "the best single model",
}


@dataclass(frozen=True)
class ArmPlan:
    """An arm before it is blended.

    Attributes:
        letter: as in ``TITLES``.
        rule: chooses its members.
        pool: indices of the members it chooses from.
        draws: the same arm on other random draws, to average over; empty where nothing is drawn.
    """

    letter: str
    rule: MemberSelection
    pool: tuple[int, ...]
    draws: tuple[MemberSelection, ...] = ()


@dataclass(frozen=True, eq=False)
class ArmResult:
    """An arm, blended.

    Attributes:
        plan: what it is.
        blend: on the images it is judged on; of an arm with draws, the first.
        members: names, best first.
        seconds: training time of its members, in seconds, on the machines that trained them.
        pool_seconds: training time of all that it chose from.
        work: multiply-adds of its members' training, the same on every machine.
        mean_errors, sd_errors: over draws; None where nothing is drawn or the blender is fitted.
        right, losses: (n,) float64: whether it has each image right (a share where it is averaged over draws), and
            its log-loss in nats.
        streams: what its accuracy and log-loss vary by over streams; None where that is not known.
        shared_draw: what both may be moved by one draw of initial weights that its masked networks share and
            whole-image networks do not, in a run of 0.1.0; None elsewhere.
    """

    plan: ArmPlan
    blend: Blend
    members: tuple[str, ...]
    seconds: float
    pool_seconds: float
    work: int
    mean_errors: float | None
    sd_errors: float | None
    right: NDArray[np.float64]
    losses: NDArray[np.float64]
    streams: Parts | None
    shared_draw: Parts | None = None

    @property
    def averaged(self) -> bool:
        """Whether it is the mean over random draws instead of one blend."""
        return self.mean_errors is not None

    @cached_property
    def _correct(self) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
        return np.concatenate([cut.correct for _, cut in self.blend.cuts()], axis=1)

    @cached_property
    def diversity(self) -> Diversity:
        """How differently its members err."""
        return diversity(self._correct)

    @cached_property
    def cochran(self) -> CochranQ:
        """Whether its members have equal accuracies."""
        return cochran_q(self._correct)


def plan_arms(candidates: Candidates, k: int) -> tuple[list[ArmPlan], list[str]]:
    """Return the arms that can be had from the finished trials, and why the others cannot.

    B is chosen from the windows' twins where each window has one, else from all whole-image networks. Where one
    pool is larger, the larger is drawn down to the smaller and averaged over the draws (A*, or B*).

    Raises:
        InputError: A or B cannot be had, so that there is no question to answer.
    """
    pools, seed = candidates.pools, candidates.seed
    windows, seeds = pools.windows, pools.matched or pools.seeds
    for noun, pool in {"windows": windows, "baselines": seeds}.items():
        if len(pool) < k:
            raise ArgumentError("k", k, f"only {len(pool)} {noun} are finished; train more, or choose fewer")
    found = {"A": windows, "B": seeds, "E": pools.random, "F": pools.placebo}
    missing = [f"{x} left out: {len(found[x])} of {k} trials" for x in ("E", "F") if len(found[x]) < k]
    plans = [ArmPlan(x, TopMembers(k, pool), pool) for x, pool in found.items() if len(pool) >= k]
    every = (*windows, *seeds)
    plans.append(ArmPlan("M", TopMembers(k, every), every))
    plans.append(ArmPlan("G", TopMembers(1, every), every))
    if (bought := _bought(candidates, windows, seeds, k)) != k:
        plans.append(ArmPlan("A=", TopMembers(bought, windows), windows))
    for letter, pool in (("C", windows), ("D", seeds)):
        lots = tuple(RandomMembers(k, pool, seed, draw) for draw in range(DRAWS))
        plans.append(ArmPlan(letter, lots[0], pool, lots))
    size = min(len(windows), len(seeds))
    for letter, pool in (("A*", windows), ("B*", seeds)):
        if len(pool) > size:
            some = tuple(TopMembers(k, _subset(pool, size, seed, draw)) for draw in range(DRAWS))
            plans.append(ArmPlan(letter, some[0], some[0].pool, some))
    return sorted(plans, key=lambda arm: list(TITLES).index(arm.letter)), missing


def blend_arms(
    candidates: Candidates,
    plans: list[ArmPlan],
    blender: Blender,
    test: Outputs | None,
    on_arm: Callable[[str], None] = lambda letter: None,
) -> dict[str, ArmResult]:
    """Blend every arm: cross-fitted on select, or on test by what all of select chose.

    Args:
        candidates: all members.
        plans: the arms.
        blender: the same for all.
        test: the opened test outputs; None to judge on select.
        on_arm: receives each arm's letter as it starts.
    """
    outputs = candidates.select if test is None else test
    sets = _random_sets(candidates, plans, blender, outputs)
    results: dict[str, ArmResult] = {}
    most = blender.most or len(candidates.names)
    for arm in plans:
        if isinstance(arm.rule, TopMembers) and arm.rule.k > most and arm.letter == "A=":
            continue
        on_arm(arm.letter)
        blend = _blend(candidates, arm.rule, blender, test)
        right, losses = per_image(blend)
        mean = sd = None
        streams: Parts | None = None
        if arm.letter in sets:
            drawn = sets[arm.letter]
            right, losses, streams = drawn.right, drawn.losses, (drawn.stream, drawn.loss_stream)
            mean, sd = float(drawn.errors.mean()), float(drawn.errors.std(ddof=1))
        elif arm.draws and not blender.fitted:
            blends = [_blend(candidates, rule, blender, test) for rule in arm.draws]
            errors = [drawn.score.errors for drawn in blends]
            mean, sd = float(np.mean(errors)), float(np.std(errors, ddof=1))
            pairs = [per_image(drawn) for drawn in blends]
            right, losses = (np.mean([pair[i] for pair in pairs], axis=0) for i in (0, 1))
        members = [int(i) for i in blend.whole.members]
        results[arm.letter] = ArmResult(
            plan=arm,
            blend=blend,
            members=tuple(candidates.names[i] for i in members),
            seconds=sum(candidates.seconds[i] for i in members),
            pool_seconds=sum(candidates.seconds[i] for i in arm.pool),
            work=sum(candidates.work[i] for i in members),
            mean_errors=mean,
            sd_errors=sd,
            right=right,
            losses=losses,
            streams=streams,
        )
    return _with_streams(candidates, results, blender, test)


def _blend(candidates: Candidates, rule: MemberSelection, blender: Blender, test: Outputs | None) -> Blend:
    blend = blend_select(candidates.select, rule, blender, candidates.seed)
    return blend if test is None else blend_test(blend, test)


def _random_sets(
    candidates: Candidates, plans: list[ArmPlan], blender: Blender, outputs: Outputs
) -> dict[str, RandomSets]:
    """Return the random sets of C and D, at the same places in both pools where these are matched."""
    pools = {arm.letter: arm.pool for arm in plans if arm.letter in ("C", "D")}
    k = next((arm.rule.k for arm in plans if isinstance(arm.rule, RandomMembers)), 0)
    if blender.fitted or any(len(pool) < k + 2 for pool in pools.values()):
        return {}
    found = {}
    for letter, pool in pools.items():
        positions = random_positions(len(pool), k, generator(candidates.seed, "random sets", k, len(pool)))
        found[letter] = blend_sets(outputs, pool, positions, blender, letter)
    return found


def arm_facts(result: ArmResult) -> dict[str, Any]:
    """Return an arm as plain values."""
    stream = None if result.streams is None else result.streams[0]
    return {
        "arm": result.plan.letter,
        "title": TITLES[result.plan.letter],
        "rule": result.plan.rule.words(),
        "k": len(result.members),
        "pool": len(result.plan.pool),
        "members": list(result.members),
        **result.blend.score.facts(),
        "temperature": result.blend.whole.temperature,
        "mean_errors_over_draws": result.mean_errors,
        "sd_errors_over_draws": result.sd_errors,
        "stream_sd": None if stream is None else math.sqrt(stream.variance),
        "stream_sd_assumed": None if stream is None else stream.assumed,
        "stream_sd_hidden": None if stream is None else stream.hidden,
        "cochran_q": result.cochran.statistic,
        "cochran_p": result.cochran.p,
        **asdict(result.diversity),
        "seconds": result.seconds,
        "pool_seconds": result.pool_seconds,
        "multiply_adds": result.work,
    }


def _with_streams(
    candidates: Candidates, results: dict[str, ArmResult], blender: Blender, test: Outputs | None
) -> dict[str, ArmResult]:
    """Return the results with their stream parts: measured where streams were trained, else taken over from B's.

    Of networks that were not trained again the variance is assumed to be B's, scaled by the errors: a count of
    errors varies with its size. So is that of fitted blenders, which cannot be fitted again for every redraw: it is
    the mean's of the same members.
    """
    plain = named_blender("mean") if blender.fitted else blender
    measured: dict[str, Parts | None] = {}
    for letter, result in results.items():
        if result.streams is not None:
            measured[letter] = result.streams
            continue
        rules = result.plan.draws if result.averaged else (result.plan.rule,)
        tops = [rule for rule in rules if isinstance(rule, TopMembers)]
        blend = result.blend if not blender.fitted else _blend(candidates, result.plan.rule, plain, test)
        chance = generator(candidates.seed, "streams", letter)
        parts = stream_parts(candidates, blend, tops, chance, letter) if tops else None
        if parts is not None and blender.fitted:
            factor = _ratio(result.right, blend.correct.astype(np.float64))
            parts = (parts[0].scaled(factor), parts[1].scaled(factor))
        measured[letter] = parts
    base = measured.get("B")
    if len(candidates.all_seeds) < LEAST_SEEDS or base is None:
        return {letter: replace(result, streams=None) for letter, result in results.items()}
    found = {}
    draw = common_draw(candidates, results["B"].blend.outputs) if candidates.pools.named else None
    whole = set(candidates.all_seeds)
    for letter, result in results.items():
        parts = measured[letter]
        if letter == "C" and (seeds := measured.get("D")) is not None:
            # What windows add differs by the window too, which is fixed here: the seeds' part stands in.
            factor = _ratio(result.right, results["D"].right)
            parts = (seeds[0].scaled(factor), seeds[1].scaled(factor))
        if parts is None:
            factor = _ratio(result.right, results["B"].right)
            parts = (base[0].scaled(factor), base[1].scaled(factor))
        shared = None if whole.issuperset(int(i) for i in result.blend.whole.members) else draw
        found[letter] = replace(result, streams=parts, shared_draw=shared)
    return found


def _ratio(right: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return how many times as many errors the first has as the second; one error at least counts on either side."""
    n = len(right)
    return max(n - float(right.sum()), 1.0) / max(n - float(other.sum()), 1.0)


def _bought(candidates: Candidates, windows: tuple[int, ...], seeds: tuple[int, ...], k: int) -> int:
    """Return how many windows the multiply-adds of k whole-image networks' training buy, at most all there are."""
    own, whole = (float(np.mean([candidates.work[i] for i in pool])) for pool in (windows, seeds))
    return max(1, min(len(windows), round(k * whole / own))) if own > 0 else k


def _subset(pool: tuple[int, ...], size: int, seed: int, draw: int) -> tuple[int, ...]:
    order = generator(seed, "equal pool", draw).permutation(len(pool))[:size]
    return tuple(pool[i] for i in sorted(order))
