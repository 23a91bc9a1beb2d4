"""Stream redraws: what a blend would have been had its networks been trained from other streams, windows fixed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..core.metrics import EPSILON
from ..core.stats.two_way import StreamPart, pure_part
from .blend import Blend
from .candidates import Candidates
from .outputs import Outputs
from .rule import Rule, Top

REDRAWS = 120
LEAST_SEEDS = 4
# Each redraw of a blend that is averaged over draws repeats so many of these.
_DRAWS = 8

Parts = tuple[StreamPart, StreamPart]


def stream_parts(
    candidates: Candidates, blend: Blend, rules: Sequence[Top], chance: np.random.Generator, source: str
) -> Parts | None:
    """Return by how much a blend's accuracy and log-loss vary over streams; None where that cannot be measured.

    Each redraw draws the whole pool anew and chooses the members again, so that what selection varies by is counted.
    Windows are fixed: each becomes one of its versions, itself or a replicate; with R + 1 of them the variance over
    redraws is too small by R / (R + 1). Whole-picture networks are exchangeable: each redraw chooses from a random
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
    right = np.zeros((count, len(blend.outputs.labels)))
    losses = np.zeros_like(right)
    chosen: Counter[int] = Counter()
    for row in range(count):
        # One draw for all rules: a window that two of them hold has the same stream in both.
        drawn = {window: candidates.version(window, chance) for window in windows}
        kept = tuple(int(i) for i in chance.permutation(seeds)[:half])
        for rule in some:
            members = tuple(drawn[member] for member in rule.pool if member in drawn)
            members += kept if len(members) < len(rule.pool) else ()
            redrawn = Top(k, members)
            chosen.update(int(member) for member in redrawn.choose(candidates.select))
            found = _outcome(candidates.select, blend, redrawn)
            right[row] += found[0]
            losses[row] += found[1]
    factor, freedom = max(factors), _freedom(candidates, chosen, windows, versions)
    return (
        pure_part(right / len(some), factor, freedom, source, least=one_image(right.shape[1])),
        pure_part(losses / len(some), factor, freedom, source),
    )


def _freedom(candidates: Candidates, chosen: Counter[int], windows: Sequence[int], versions: int) -> float:
    """Return the degrees of freedom of what redraws vary by.

    A window shows its variance in one version less than it has, and counts as far as redraws choose it: of windows
    chosen equally often each counts in full. Whole-picture networks show theirs in one less than there are. Windows
    and whole-picture networks in one blend make up the variance by their shares of what was chosen.

    Args:
        candidates: all members.
        chosen: how often redraws chose each member, at least one.
        windows: of the pool.
        versions: how many streams each window was trained from.
    """
    own = [sum(chosen[i] for i in (window, *candidates.pools.replicates.get(window, ()))) for window in windows]
    share = sum(own) / chosen.total()
    below = (1 - share) ** 2 / (len(candidates.all_seeds) - 1) if share < 1 else 0.0
    if any(own):
        below += share**2 * sum(times**2 for times in own) / (sum(own) ** 2 * (versions - 1))
    return 1 / below


def one_image(n: int) -> float:
    """Return the variance of a mean over n images of which one is right or wrong by chance."""
    return 1 / n**2


def common_draw(candidates: Candidates, outputs: Outputs) -> Parts | None:
    """Return what one draw of initial weights may move all networks by that share it; None with too few seeds.

    It is not known: the draw is one. It can do no more than all that streams do to one whole-picture network, and it
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


def _outcome(select: Outputs, blend: Blend, rule: Rule) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return :func:`per_image` of a blend whose members a rule chooses otherwise; temperatures stay as they are."""
    outputs = blend.outputs
    n = len(outputs.labels)
    logs = np.empty((n, outputs.classes))
    temperature = np.empty((n, 1))
    for part, cut in blend.cuts():
        other = outputs.cut(rule.choose(select, part.fold), part.fold)
        pooled = blend.blender.fit(other, 0).pool(other)
        logs[cut.pictures] = np.log(np.maximum(pooled, EPSILON))
        temperature[cut.pictures] = part.temperature
    right = (logs.argmax(axis=1) == outputs.labels).astype(np.float64)
    logs /= temperature
    logs -= logs.max(axis=1, keepdims=True)
    true = logs[np.arange(n), outputs.labels] - np.log(np.exp(logs).sum(axis=1))
    return right, -np.maximum(true, np.log(EPSILON))
