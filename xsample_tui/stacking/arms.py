"""The arms: blends that differ in one thing each, so that the article's question gets an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..core.diversity import Diversity, diversity
from ..core.errors import InputError
from ..core.paired import CochranQ, cochran_q
from ..core.seed import generator
from .blend import Blend, blend_select, blend_test
from .library import Library
from .outputs import Outputs
from .recipe import Blender
from .rule import Lot, Rule, Top

DRAWS = 50
TITLES = {
    "A": "best windows: stacking across",
    "A*": "best windows of as many as B had",
    "B": "best seeds: any ensemble",
    "C": "windows by lot",
    "D": "seeds by lot",
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
        draws: the same arm on other lots, to average over; empty where nothing is drawn.
    """

    letter: str
    rule: Rule
    pool: tuple[int, ...]
    draws: tuple[Rule, ...] = ()


@dataclass(frozen=True, eq=False)
class ArmResult:
    """An arm, blended.

    Attributes:
        plan: what it is.
        blend: on the pictures it is judged on.
        members: names, best first.
        seconds: training time of its members, in seconds.
        pool_seconds: training time of all that it chose from.
        mean_errors, sd_errors: over lots; None where nothing is drawn or the blender is fitted.
    """

    plan: ArmPlan
    blend: Blend
    members: tuple[str, ...]
    seconds: float
    pool_seconds: float
    mean_errors: float | None
    sd_errors: float | None

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


def plan_arms(library: Library, k: int) -> tuple[list[ArmPlan], list[str]]:
    """Return the arms that can be had from the finished trials, and why the others cannot.

    Raises:
        InputError: A or B cannot be had, so that there is no question to answer.
    """
    seed = library.run.spec.seed
    pools = {
        "A": _indices(library, "windows"),
        "B": _indices(library, "baselines"),
        "E": _indices(library, "random"),
        "F": _indices(library, "placebo"),
    }
    pools |= {"C": pools["A"], "D": pools["B"]}
    missing = [f"{letter} left out: {len(pool)} of {k} trials" for letter, pool in pools.items() if len(pool) < k]
    for letter, noun in {"A": "windows", "B": "baselines"}.items():
        if len(pools[letter]) < k:
            raise InputError("--k", k, f"only {len(pools[letter])} {noun} are finished; train more, or choose fewer")
    # Random masks are drawn to leave as much ink as `keep` leaves; beside other masks they would not match.
    own = library.run.spec.windows.mask
    if own != "keep" and len(pools["E"]) >= k:
        missing.append(f"E left out: random masks match the ink of keep, not of {own}")
        pools["E"] = ()
    plans = [ArmPlan(x, Top(k, pools[x]), pools[x]) for x in ("A", "B", "E", "F") if len(pools[x]) >= k]
    plans += [ArmPlan(x, *_lots(k, pools[x], seed), draws=_lots_more(k, pools[x], seed)) for x in ("C", "D")]
    single = (*pools["A"], *pools["B"])
    plans.append(ArmPlan("G", Top(1, single), single))
    if len(pools["B"]) < len(pools["A"]):
        some = [Top(k, _subset(pools["A"], len(pools["B"]), seed, draw)) for draw in range(DRAWS)]
        plans.append(ArmPlan("A*", some[0], some[0].pool, tuple(some)))
    return sorted(plans, key=lambda arm: list(TITLES).index(arm.letter)), missing


def blend_arms(
    library: Library,
    plans: list[ArmPlan],
    blender: Blender,
    test: Outputs | None,
    on_arm: Callable[[str], None] = lambda letter: None,
) -> dict[str, ArmResult]:
    """Blend every arm: cross-fitted on select, or on test by what all of select chose.

    Args:
        library: the run and its companions.
        plans: the arms.
        blender: the same for all.
        test: the opened test outputs; None to judge on select.
        on_arm: is told each arm's letter as it begins.
    """
    results = {}
    for arm in plans:
        on_arm(arm.letter)
        blend = _blend(library, arm.rule, blender, test)
        drawn: list[int] = []
        if not blender.fitted:
            drawn = [_blend(library, rule, blender, test).score.errors for rule in arm.draws]
        chosen = [library.members[i] for i in blend.whole.members]
        results[arm.letter] = ArmResult(
            plan=arm,
            blend=blend,
            members=tuple(member.name for member in chosen),
            seconds=sum(member.seconds for member in chosen),
            pool_seconds=sum(library.members[i].seconds for i in arm.pool),
            mean_errors=float(np.mean(drawn)) if drawn else None,
            sd_errors=float(np.std(drawn, ddof=1)) if len(drawn) > 1 else None,
        )
    return results


def _blend(library: Library, rule: Rule, blender: Blender, test: Outputs | None) -> Blend:
    blend = blend_select(library.select, rule, blender, library.run.spec.seed)
    return blend if test is None else blend_test(blend, test)


def _indices(library: Library, kind: str) -> tuple[int, ...]:
    return tuple(int(index) for index in library.pool(kind))


def _lots(k: int, pool: tuple[int, ...], seed: int) -> tuple[Rule, tuple[int, ...]]:
    return Lot(k, pool, seed), pool


def _lots_more(k: int, pool: tuple[int, ...], seed: int) -> tuple[Rule, ...]:
    return tuple(Lot(k, pool, seed, draw) for draw in range(DRAWS))


def _subset(pool: tuple[int, ...], size: int, seed: int, draw: int) -> tuple[int, ...]:
    order = generator(seed, "equal pool", draw).permutation(len(pool))[:size]
    return tuple(pool[i] for i in sorted(order))
