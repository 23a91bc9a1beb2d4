"""Compares the arms, and puts the answer into sentences."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np

from ...core.duration_text import duration
from ...core.error_words import errors_apart, errors_between
from ...core.seeding import generator
from ...core.stats.effect_verdict import MARGIN, Verdict, verdict
from ...core.stats.multiple_testing import holm
from ...core.stats.paired_bootstrap import PairedDifference, paired_bootstrap
from ...core.stats.paired_tests import mcnemar
from ...core.stats.two_way_variance import ALPHA, Effect, effect
from ..blending.pooling import Blender
from ..pool.member_outputs import Outputs
from ..pool.member_selection import PRIMARY_K
from ..pool.model_pool import ModelPool
from .arm_blends import ArmResult, blend_arms, plan_arms
from .arm_candidates import Candidates
from .member_redraws import redraw
from .stream_redraws import LEAST_SEEDS, one_image

Ink = tuple[float, float] | None
Rank = Literal["primary", "secondary", "exploratory"]
PRIMARY_BLEND = "mean"
PAIRS: dict[str, tuple[str, str]] = {
    "A - B": ("A", "B"),
    "A* - B": ("A*", "B"),
    "A - B*": ("A", "B*"),
    "C - D": ("C", "D"),
    "M - B": ("M", "B"),
    "A= - B": ("A=", "B"),
    "A - C": ("A", "C"),
    "B - D": ("B", "D"),
    "A - E": ("A", "E"),
    "A - F": ("A", "F"),
    "A - G": ("A", "G"),
}
MEANINGS = {
    "A - B": "do windows help beyond what any ensemble of seeds does?",
    "A* - B": "the same, with as many windows to choose from as B had seeds",
    "A - B*": "the same, with as many seeds to choose from as A had windows",
    "C - D": "the same without any choice: random windows against random seeds, over all draws",
    "M - B": "do windows add anything to an ensemble of seeds?",
    "A= - B": "at equal compute: as many windows as the multiply-adds of B's training buy",
    "A - C": "what choosing the windows adds",
    "B - D": "what choosing the seeds adds",
    "A - E": "is it the window, or any random subspace?",
    "A - F": "against masks that change next to nothing",
    "A - G": "ensembling at all, against the best single model",
}


@dataclass(frozen=True)
class ArmComparison:
    """Two arms on the same images.

    Attributes:
        name: as in ``PAIRS``.
        rank: ``primary``: the one that was fixed in advance. ``secondary``: corrected over all of these.
            ``exploratory``: at another k or with another blender than were fixed in advance.
        difference: in accuracy, over images and streams with the windows fixed.
        over_images: the same over images alone: for these very networks, not for others trained likewise.
        log_loss: difference in log-loss (below 0: the first is better), over images and streams.
        only_first, only_second: images that one of them alone has right, of arms with draws in the first draw.
        mcnemar_p: McNemar's exact test of these; None where an arm is an average over draws.
        p_holm: the difference's p-value, over all secondary ones corrected by Holm; its own where it is primary.
        verdict: on the difference in accuracy.
        log_loss_verdict: on the difference in log-loss, by its own p-value; second in rank.
        margin: the largest difference in accuracy that does not matter.
        note: why there is no verdict.
        over_grid: the difference in accuracy over images and members, as if the windows were a sample of others: for
            another grid. Of the primary comparison of two blends of weights only; never what the verdict is from.
    """

    name: str
    rank: Rank
    difference: Effect
    over_images: Effect
    log_loss: Effect
    only_first: int
    only_second: int
    mcnemar_p: float | None
    p_holm: float
    verdict: Verdict
    log_loss_verdict: Verdict
    margin: float
    note: str = ""
    over_grid: PairedDifference | None = None

    def facts(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self) | {
            "meaning": MEANINGS[self.name],
            "minimum_detectable": self.difference.detectable,
        }


@dataclass(frozen=True, eq=False)
class ArmStudy:
    """The arms at one k with one blender, compared.

    Attributes:
        candidates: what they were chosen from.
        k: members of each.
        results: by letter.
        comparisons: the primary one first.
        missing: arms that are left out, and why.
        answer: the answer in sentences: the first says it, the second what would resolve it.
    """

    candidates: Candidates
    k: int
    results: dict[str, ArmResult]
    comparisons: tuple[ArmComparison, ...]
    missing: tuple[str, ...]
    answer: tuple[str, ...]

    @property
    def primary(self) -> ArmComparison:
        """The comparison that the answer is about."""
        return self.comparisons[0]


def arms_of(
    models: ModelPool, k: int, blender: Blender, *, ink: Ink = None, opened_by: str | None = None, **options: Any
) -> ArmStudy:
    """Compare the arms that a run's and its controls' trials allow; errors and other arguments: :func:`compare_arms`.

    Args:
        models: these trials.
        ink: least and greatest share of ink that a window's mask may remove; None for any.
        opened_by: who opens the test set, for the ledger; None to judge on select.
    """
    candidates, command = Candidates.of(models, ink), models.run.shell_command("arms")
    test = None if opened_by is None else models.open_test(opened_by, f"arms, {blender.name} of k = {k}")
    return compare_arms(candidates, k, blender, arms_command=command, test=test, **options)


def compare_arms(
    candidates: Candidates,
    k: int,
    blender: Blender,
    *,
    arms_command: str = "xsample-tui arms NAME",
    margin: float = MARGIN,
    test: Outputs | None = None,
    on_arm: Callable[[str], None] = lambda letter: None,
) -> ArmStudy:
    """Plan, blend and compare all arms that the finished trials allow.

    Args:
        candidates: all members.
        k: members of each arm.
        blender: the same for all.
        arms_command: what trains the controls of the run, as the answer names it.
        margin: the largest difference in accuracy that does not matter, above 0.
        test: the opened test outputs; None to judge on select.
        on_arm: receives each arm's letter as it starts.

    Raises:
        InputError: A or B cannot be had.
    """
    plans, missing = plan_arms(candidates, k)
    results = blend_arms(candidates, plans, blender, test, on_arm)
    comparisons = compare(results, margin=margin, fixed=k == PRIMARY_K and blender.name == PRIMARY_BLEND)
    comparisons[0] = replace(comparisons[0], over_grid=_over_grid(comparisons[0], results, candidates.seed))
    return ArmStudy(
        candidates,
        k,
        results,
        tuple(comparisons),
        tuple(missing),
        tuple(answer(candidates, results, comparisons, arms_command)),
    )


def compare(results: dict[str, ArmResult], *, margin: float = MARGIN, fixed: bool = True) -> list[ArmComparison]:
    """Compare the arms that there are, the primary pair first.

    Args:
        results: the arms by letter.
        margin: the largest difference in accuracy that does not matter.
        fixed: whether k and the blender are those that were fixed in advance.
    """
    first = primary_pair(results)
    pairs = {first: PAIRS[first], **PAIRS}
    found = [
        _compare(name, results[one], results[other], margin, rank="primary" if name == first else "secondary")
        for name, (one, other) in pairs.items()
        if one in results and other in results
    ]
    # A - B of unequal pools compares how many there were to choose from as well; it is shown, and not judged.
    secondary = [c for c in found[1:] if c.name != "A - B"]
    adjusted = dict(zip((c.name for c in secondary), holm([c.difference.p for c in secondary]).tolist(), strict=True))
    judged = [_judged(c, results, adjusted.get(c.name)) for c in found]
    return judged if fixed else [replace(c, rank="exploratory") for c in judged]


def _over_grid(found: ArmComparison, results: dict[str, ArmResult], seed: int) -> PairedDifference | None:
    first, second = (results[letter].blend for letter in PAIRS[found.name])
    chance = generator(seed, "bootstrap", found.name)
    redraws = redraw(first, second, chance)
    return None if redraws is None else paired_bootstrap(first.correct, second.correct, chance, redraws)


def primary_pair(results: dict[str, ArmResult]) -> str:
    """Return the pair whose pools are equally large: ``A - B``, ``A* - B`` or ``A - B*``."""
    return "A* - B" if "A*" in results else "A - B*" if "B*" in results else "A - B"


def _compare(name: str, first: ArmResult, second: ArmResult, margin: float, *, rank: Rank) -> ArmComparison:
    gaps, losses = first.right - second.right, first.losses - second.losses
    streams = loss_streams = None
    if first.streams is not None and second.streams is not None:
        # A draw of initial weights that both share moves both alike.
        alone = (
            [first.shared_draw or second.shared_draw] if (not first.shared_draw) != (not second.shared_draw) else []
        )
        pairs = [pair for pair in (first.streams, second.streams, *alone) if pair is not None]
        streams, loss_streams = tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)
    one, other = first.blend.correct, second.blend.correct
    only_first, only_second = int((one & ~other).sum()), int((other & ~one).sum())
    difference = effect(gaps, streams, least=one_image(len(gaps)))
    return ArmComparison(
        name=name,
        rank=rank,
        difference=difference,
        over_images=effect(gaps, None),
        log_loss=effect(losses, loss_streams),
        only_first=only_first,
        only_second=only_second,
        mcnemar_p=None if first.averaged or second.averaged else float(mcnemar(only_first, only_second)),
        p_holm=difference.p,
        verdict="not resolved",
        log_loss_verdict="not resolved",
        margin=margin,
    )


def _judged(found: ArmComparison, results: dict[str, ArmResult], p_holm: float | None) -> ArmComparison:
    """Return a comparison with its verdicts."""
    windows, seeds = (len(results[letter].plan.pool) for letter in ("A", "B"))
    if found.difference.over == "images alone":
        unknown = "how much seeds alone change a blend is unknown"
        note = f"fewer than {LEAST_SEEDS} whole-image networks: {unknown}"
        if seeds >= LEAST_SEEDS:
            note = f"all {seeds} whole-image networks are in the blend, and without one more {unknown}"
    elif found.name == "A - B" and windows != seeds:
        note = f"A had {windows} candidates, B {seeds}, which favours {'A' if windows > seeds else 'B'}"
    else:
        p = found.difference.p if p_holm is None else p_holm
        loss = verdict(found.log_loss, 0.0)
        # A smaller log-loss is the better one.
        turned: dict[Verdict, Verdict] = {"helps": "hurts", "hurts": "helps"}
        return replace(
            found,
            p_holm=p,
            verdict=verdict(found.difference, found.margin, mcnemar_p=found.mcnemar_p, p=p),
            log_loss_verdict=turned.get(loss, loss),
        )
    return replace(found, verdict="no verdict", log_loss_verdict="no verdict", note=note)


def answer(
    candidates: Candidates, results: dict[str, ArmResult], comparisons: list[ArmComparison], arms: str
) -> list[str]:
    """Return the answer in sentences: the answer, what would resolve it, what qualifies it.

    Args:
        candidates: what the arms were chosen from.
        results: the arms by letter.
        comparisons: of them, the primary one first.
        arms: the command that trains the controls of the run.
    """
    found, n = comparisons[0], len(results["A"].right)
    lines = [_sentence(candidates, results, found), _resolving(candidates, results, found, arms)]
    pools = candidates.pools
    if pools.named:
        lines.append(
            "This run was created by 0.1.0: its windows share one set of initial weights, the whole-image networks "
            "do not, so the difference mixes masks with initial weights; the interval allows for that"
        )
    if pools.shared:
        lines.append("All networks start from the same initial weights: the answer holds for these weights")
    if pools.rungs:
        lines.append(
            f"Successive halving: {len(pools.windows):,} of {candidates.screened:,} windows and {len(pools.seeds):,} "
            "of as many whole-image networks came through the same rungs, and each blend chooses among these"
        )
    lines += _exact(found) + _assumed(results, found, n)
    for other in comparisons[1:]:
        # Cross-fitted, a fold may choose a window although all of select together chooses none.
        if other.name == "M - B" and np.array_equal(results["M"].losses, results["B"].losses):
            lines.append(
                "Windows and seeds (M - B): no window is among the best of both, so the two blends are equal"
            )
        elif other.name in ("C - D", "M - B") and not (other.verdict == "no verdict" and other.note == found.note):
            lines.append(_second(other, n))
    if found.over_grid is not None and found.note == "":
        grid = found.over_grid
        lines.append(f"For another grid: 95 % {errors_between(grid.low * n, grid.high * n)}; no verdict")
    loss = found.log_loss
    if found.note == "":
        lines.append(
            f"In log-loss, {found.log_loss_verdict}: {loss.difference:+.5f} nats (95 % {loss.low:+.5f} to "
            f"{loss.high:+.5f}, below 0 favours windows)"
        )
    if found.rank == "exploratory":
        lines.append(f"Exploratory: the analysis fixed in advance is the {PRIMARY_BLEND} of k = {PRIMARY_K}")
    return lines


def _assumed(results: dict[str, ArmResult], found: ArmComparison, n: int) -> list[str]:
    """Say which parts of the interval over seeds are assumed."""
    lines = []
    parts = {letter: result.streams[0] for letter in PAIRS[found.name] if (result := results[letter]).streams}
    if any(part.assumed for part in parts.values()):
        lines.append(
            "No window was trained from further streams: how much seeds change its blend is assumed from the "
            "whole-image networks, scaled by the errors"
        )
    if hidden := [letter for letter, part in parts.items() if part.hidden]:
        said = " and ".join(f"{letter} (SD {math.sqrt(parts[letter].variance) * n:.1f} errors)" for letter in hidden)
        lines.append(
            f"How much seeds change {said}, beyond single images, is too small to measure; the mean of the values "
            "that the measurement allows is assumed"
        )
    return lines


def _sentence(candidates: Candidates, results: dict[str, ArmResult], found: ArmComparison) -> str:
    """Return the answer in one sentence."""
    n, d = len(results["A"].right), found.difference
    k, count = len(results["A"].members), len(candidates.pools.windows)
    if found.verdict == "no verdict":
        return f"No verdict on blending windows: {found.note}"
    blends = f"the best {k} of these {count:,} windows" if k > 1 else f"the best of these {count:,} windows"
    others = f"the best {k} whole-image networks" if k > 1 else "the best whole-image network"
    verb = "make" if k > 1 else "makes"
    says = f"{blends} {verb} {errors_apart(d.difference * n)} of {n:,} than {others}"
    span = f"95 % {errors_between(d.low * n, d.high * n)}, over {d.over}"
    if found.verdict in ("helps", "hurts"):
        return f"Blending windows {found.verdict}: {says} ({span})"
    if found.verdict == "no difference":
        narrow = errors_between(d.narrow_low * n, d.narrow_high * n)
        return f"No difference larger than {found.margin:g}: {says} (90 % {narrow}, over {d.over})"
    return f"Not resolved: {says} ({span})"


def _exact(found: ArmComparison) -> list[str]:
    """Say what McNemar's test says of the very blends, where it is not what the verdict says."""
    if found.mcnemar_p is None or found.note:
        return []
    counts = f"McNemar p {found.mcnemar_p:.2g} ({found.only_first} against {found.only_second} images)"
    if found.verdict == "not resolved" and found.mcnemar_p < ALPHA:
        return [f"Clear for these trained networks, {counts}; trained again from other seeds they might differ less"]
    return [f"For these trained networks: {counts}"]


def _resolving(candidates: Candidates, results: dict[str, ArmResult], found: ArmComparison, arms: str) -> str:
    """Say what would resolve it, and what the data can find."""
    n, d = len(results["A"].right), found.difference
    seconds = sum(candidates.seconds) / max(candidates.jobs, 1)
    if found.verdict == "no verdict":
        twins = len(candidates.pools.windows) - len(candidates.pools.seeds)
        each = [candidates.seconds[i] for i in candidates.pools.seeds] or [0.0]
        about = duration(max(twins, 1) * float(np.mean(each)) / max(candidates.jobs, 1))
        return f"What would give a verdict: the windows' twins, about {about} of training here: {arms}"
    finds = f"a difference of {d.detectable * n:.1f} errors of {n:,} is found in 4 of 5 such sweeps"
    if found.verdict in ("helps", "hurts"):
        return f"What it can find: {finds}"
    target = found.margin
    # Both parts of the variance shrink with the number of sweeps on images of their own.
    times = math.ceil((d.detectable / target) ** 2)
    if times <= 1:
        return f"What it can find: {finds}"
    return (
        f"What would resolve it: {finds}; one of {target:g} ({target * n:.1f}) takes about {times:,} times as many "
        f"seeds and images, about {duration(times * seconds)} of training here"
    )


def _second(found: ArmComparison, n: int) -> str:
    d = found.difference
    subject = {"C - D": "random choices", "M - B": "windows and seeds"}
    head = f"{subject[found.name][0].upper()}{subject[found.name][1:]} ({found.name})"
    if found.verdict == "no verdict":
        return f"{head}: no verdict: {found.note}"
    finds = f"; finds {d.detectable * n:.1f} errors of {n:,}" if found.name == "C - D" else ""
    word = f"no difference larger than {found.margin:g}" if found.verdict == "no difference" else found.verdict
    span = errors_between(d.low * n, d.high * n)
    return f"{head}: {word}: {errors_apart(d.difference * n)}, 95 % {span}{finds}"
