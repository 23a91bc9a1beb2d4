"""Redraws the streams of a blend's networks, with the windows fixed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...core.stats.two_way_variance import StreamPart, pure_part
from ...core.training.epoch_metrics import EPSILON
from ..blending.blend import Blend
from ..blending.pooled_choices import pool_choices, right_of
from ..pool.member_outputs import Indices, Outputs
from ..pool.member_selection import TopMembers, best_of
from .arm_candidates import Candidates

REDRAWS = 120
LEAST_SEEDS = 4
# Each redraw of a blend that is averaged over draws repeats so many of these.
_DRAWS = 8

Parts = tuple[StreamPart, StreamPart]


def stream_parts(
    candidates: Candidates, blend: Blend, rules: Sequence[TopMembers], chance: np.random.Generator, source: str
) -> Parts | None:
    """Return by how much a blend's accuracy and log-loss vary over streams; None where that cannot be measured.

    Each redraw draws the whole pool again and chooses the members again, so that what selection varies by is counted.
    Windows are fixed: each becomes one of its versions, itself or a replicate; with R + 1 of them the variance over
    redraws is too small by R / (R + 1). Whole-image networks are exchangeable: each redraw chooses from a random
    half of them; with m of S the variance is too small by 1 - m / S (the delete-half jackknife: Shao and Wu 1989).

    Args:
        candidates: all members.
        blend: the blend, of a blender that fits nothing.
        rules: its rule; several where it is the average over draws.
        chance: for the redraws.
        source: of the parts: the arm's letter.
    """
    k, pool = rules[0].k, tuple(dict.fromkeys(member for rule in rules for member in rule.pool))
    known = set(candidates.pools.seeds)
    seeds, windows = candidates.all_seeds, [member for member in pool if member not in known]
    versions, half = candidates.versions(pool, k), max(k, len(seeds) // 2)
    factors = []
    if windows:
        if versions < 2:
            return None
        factors.append(versions / (versions - 1))
    if len(windows) < len(pool):
        if len(seeds) < LEAST_SEEDS or half >= len(seeds):
            return None
        factors.append(len(seeds) / (len(seeds) - half))
    some = rules[:_DRAWS]
    count = REDRAWS if len(some) == 1 else REDRAWS // 4
    drawn, kept = _drawn(candidates, windows, half, count, chance)
    right = np.zeros((count, len(blend.outputs.labels)))
    losses = np.zeros_like(right)
    chosen = np.zeros(len(candidates.names), np.int64)
    for rule in some:
        # One draw for all rules: a window that two of them hold has the same stream in both.
        columns = [windows.index(member) for member in rule.pool if member not in known]
        pools = drawn[:, columns]
        if len(columns) < len(rule.pool):
            pools = np.concatenate([pools, kept], axis=1)
        np.add.at(chosen, best_of(candidates.select, k, pools), 1)
        found = _outcomes(candidates.select, blend, k, pools)
        right += found[0]
        losses += found[1]
    factor, freedom = max(factors), _freedom(candidates, chosen, windows, versions)
    return (
        pure_part(right / len(some), factor, freedom, source, least=one_image(right.shape[1])),
        pure_part(losses / len(some), factor, freedom, source),
    )


def _drawn(
    candidates: Candidates, windows: Sequence[int], half: int, count: int, chance: np.random.Generator
) -> tuple[Indices, Indices]:
    """Return redraws of the windows' streams and of the whole-image networks that there are to choose from.

    Returns:
        (count, windows) a version of each window, and (count, half) whole-image networks.
    """
    versions = [(window, *candidates.pools.replicates.get(window, ())) for window in windows]
    sizes = np.array([len(every) for every in versions], np.int64)
    table = np.array([[*every, *every[:1] * (max(sizes, default=0) - len(every))] for every in versions], np.intp)
    seeds = np.array(candidates.all_seeds, np.intp)
    drawn, kept = np.empty((count, len(windows)), np.intp), np.empty((count, half), np.intp)
    for row in range(count):
        if windows:
            drawn[row] = table[np.arange(len(windows)), chance.integers(sizes)]
        kept[row] = chance.permutation(seeds)[:half]
    return drawn, kept


def _freedom(candidates: Candidates, chosen: NDArray[np.int64], windows: Sequence[int], versions: int) -> float:
    """Return the degrees of freedom of what redraws vary by.

    A window shows its variance in one version less than it has, and counts as far as redraws choose it: of windows
    chosen equally often each counts in full. Whole-image networks show theirs in one less than there are. Windows
    and whole-image networks in one blend make up the variance by their shares of what was chosen.

    Args:
        candidates: all members.
        chosen: (members,) how often redraws chose each, one of them at least once.
        windows: of the pool.
        versions: how many streams each window was trained from.
    """
    own = [sum(int(chosen[i]) for i in (window, *candidates.pools.replicates.get(window, ()))) for window in windows]
    share = sum(own) / int(chosen.sum())
    below = (1 - share) ** 2 / (len(candidates.all_seeds) - 1) if share < 1 else 0.0
    if any(own):
        below += share**2 * sum(times**2 for times in own) / (sum(own) ** 2 * (versions - 1))
    return 1 / below


def one_image(n: int) -> float:
    """Return the variance of a mean over n images of which one is right or wrong by chance."""
    return 1 / n**2


def common_draw(candidates: Candidates, outputs: Outputs) -> Parts | None:
    """Return what one draw of initial weights may move all networks by that share it; None with too few seeds.

    It is not known: the draw is one. It can do no more than all that streams do to one whole-image network, and it
    does not shrink with the number of networks that share it.

    Args:
        candidates: all members.
        outputs: theirs on the images that are judged on.
    """
    seeds = np.array(candidates.all_seeds, np.intp)
    if len(seeds) < LEAST_SEEDS:
        return None
    n, freedom = len(outputs.labels), float(len(seeds) - 1)
    right = outputs.correct[seeds].astype(np.float64)
    losses = -np.log(np.clip(outputs.true[seeds].astype(np.float64), EPSILON, 1 - EPSILON))
    parts = (
        pure_part(right, 1.0, freedom, "one draw", least=one_image(n)),
        pure_part(losses, 1.0, freedom, "one draw"),
    )
    return parts[0].scaled(1.0), parts[1].scaled(1.0)


def per_image(blend: Blend) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return for each image whether a blend has it right (0 or 1) and its log-loss in nats, (n,) each."""
    labels = blend.outputs.labels
    true = blend.probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return blend.correct.astype(np.float64), -np.log(np.clip(true, EPSILON, 1 - EPSILON))


def _outcomes(
    select: Outputs, blend: Blend, k: int, pools: Indices
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return :func:`per_image` of a blend that chooses its members from other pools, (pools, n) each.

    Temperatures stay as they are.

    Args:
        select: all members' outputs on select.
        blend: the blend.
        k: members to choose.
        pools: (pools, size) indices of members.
    """
    outputs = blend.outputs
    right, losses = np.empty((2, len(pools), len(outputs.labels)))
    for part, cut in blend.cuts():
        # Redraws often choose the same members.
        choices, which = np.unique(best_of(select, k, pools, part.fold), axis=0, return_inverse=True)
        good, loss = np.empty((2, len(choices), len(outputs.labels)))
        for found in pool_choices(outputs, choices, blend.blender, part.fold):
            labels, logs = outputs.labels[found.images], found.probabilities
            np.log(np.maximum(logs, EPSILON, out=logs), out=logs)
            here = found.rows, found.images
            good[here] = right_of(logs, labels)
            logs -= logs.max(axis=1, keepdims=True)
            logs /= part.temperature
            true = logs[:, labels, np.arange(len(labels))]
            loss[here] = -np.maximum(true - np.log(np.exp(logs, out=logs).sum(axis=1)), np.log(EPSILON))
        right[:, cut.images], losses[:, cut.images] = (
            table[:, cut.images][which.reshape(-1)] for table in (good, loss)
        )
    return right, losses
