"""Redraws of streams, and random sets: pooled at once, against the straightforward computation."""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple

import numpy as np
import pytest

from tests.stacking.simulated import Sweep
from xsample_tui.core.stats.two_way_variance import StreamPart, pure_part
from xsample_tui.core.training.epoch_metrics import EPSILON
from xsample_tui.stacking.arms.arm_candidates import Candidates
from xsample_tui.stacking.arms.random_sets import BLOCKS, RandomSets, _stream, blend_sets, random_positions
from xsample_tui.stacking.arms.stream_redraws import REDRAWS, _freedom, one_image, stream_parts
from xsample_tui.stacking.blending.blend import Blend, blend_select
from xsample_tui.stacking.blending.blender_registry import BLENDERS
from xsample_tui.stacking.pool.member_selection import TopMembers

KINDS = ("mean", "geometric", "vote")


def slowly(
    candidates: Candidates, blend: Blend, rules: list[TopMembers], chance: np.random.Generator
) -> tuple[StreamPart, StreamPart]:
    """Return what :func:`stream_parts` does, each redraw chosen and blended by itself."""
    k, pool = rules[0].k, tuple(dict.fromkeys(member for rule in rules for member in rule.pool))
    seeds, versions = candidates.all_seeds, candidates.versions(pool, rules[0].k)
    windows = [member for member in pool if member not in candidates.pools.seeds]
    half = max(k, len(seeds) // 2)
    factors = [versions / (versions - 1)] if windows else []
    factors += [len(seeds) / (len(seeds) - half)] if len(windows) < len(pool) else []
    some, n, outputs = rules[:8], len(blend.outputs.labels), blend.outputs
    rows = []
    chosen: Counter[int] = Counter()
    for _ in range(REDRAWS if len(some) == 1 else REDRAWS // 4):
        drawn = {}
        for window in windows:
            every = (window, *candidates.pools.replicates.get(window, ()))
            drawn[window] = every[int(chance.integers(len(every)))]
        kept = tuple(int(i) for i in chance.permutation(seeds)[:half])
        found = np.zeros((2, n))
        for rule in some:
            members = tuple(drawn[member] for member in rule.pool if member in drawn)
            members += kept if len(members) < len(rule.pool) else ()
            redrawn = TopMembers(k, members)
            chosen.update(int(i) for i in redrawn.choose(candidates.select))
            for part, cut in blend.cuts():
                other = outputs.cut(redrawn.choose(candidates.select, part.fold), part.fold)
                logs = np.log(np.maximum(blend.blender.fit(other, 0).pool(other), EPSILON))
                powers = np.exp(logs / part.temperature)
                true = (powers / powers.sum(axis=1, keepdims=True))[np.arange(len(cut.labels)), cut.labels]
                found[0, cut.images] += logs.argmax(axis=1) == cut.labels
                found[1, cut.images] -= np.log(np.maximum(true, EPSILON))
        rows.append(found / len(some))
    right, losses = np.array(rows).transpose(1, 0, 2)
    counts = np.array([chosen[i] for i in range(len(candidates.names))])
    freedom = _freedom(candidates, counts, windows, versions)
    return (
        pure_part(right, max(factors), freedom, "A", least=one_image(n)),
        pure_part(losses, max(factors), freedom, "A"),
    )


def same(one: StreamPart, other: StreamPart) -> None:
    for mine, theirs in zip(astuple(one), astuple(other), strict=True):
        assert mine == (theirs if isinstance(theirs, str) else pytest.approx(theirs, rel=1e-9, abs=1e-18))


@pytest.mark.parametrize("kind", KINDS)
def test_redraws_of_windows_seeds_and_both_are_those_one_by_one(kind: str) -> None:
    candidates = Sweep(windows=8, seeds=8, images=100, k=3).draw(0)
    windows, seeds = candidates.pools.windows, candidates.pools.seeds
    rules = {
        "windows": [TopMembers(3, windows)],
        "seeds": [TopMembers(3, seeds)],
        "both": [TopMembers(3, (*windows, *seeds))],
        "one": [TopMembers(1, windows)],
        "draws": [TopMembers(3, windows[i : i + 6]) for i in range(3)],
    }
    for every in rules.values():
        blend = blend_select(candidates.select, every[0], BLENDERS[kind], 0)
        found = stream_parts(candidates, blend, every, np.random.default_rng(5), "A")
        assert found is not None
        for mine, theirs in zip(found, slowly(candidates, blend, every, np.random.default_rng(5)), strict=True):
            same(mine, theirs)


def sets_slowly(
    candidates: Candidates, positions: np.ndarray[tuple[int, int], np.dtype[np.intp]], kind: str
) -> RandomSets:
    """Return what :func:`blend_sets` does, each set by itself."""
    outputs, pool = candidates.select, np.array(candidates.pools.windows)
    n = len(outputs.labels)
    blocks = np.array_split(np.random.default_rng(len(pool)).permutation(n), BLOCKS)
    good, losses = np.empty((len(positions), n)), np.empty((len(positions), n))
    for row, places in enumerate(positions):
        cut = outputs.cut(pool[places])
        pooled = BLENDERS[kind].fit(cut, 0).pool(cut)
        good[row] = pooled.argmax(axis=1) == outputs.labels
        losses[row] = -np.log(np.clip(pooled[np.arange(n), outputs.labels], EPSILON, 1 - EPSILON))
    scores = [np.array([[row[part].mean() for part in blocks] for row in table]) for table in (good, losses)]
    streams = [_stream(table, positions, len(pool), "C") for table in scores]
    errors = n - good.sum(axis=1).astype(np.int64)
    return RandomSets(good.mean(axis=0), losses.mean(axis=0), streams[0], streams[1], errors)


@pytest.mark.parametrize("kind", KINDS)
def test_random_sets_are_those_one_by_one(kind: str) -> None:
    candidates = Sweep(windows=8, seeds=8, images=100, k=3).draw(1)
    positions = random_positions(8, 3, np.random.default_rng(0), 40)
    found = blend_sets(candidates.select, candidates.pools.windows, positions, BLENDERS[kind], "C")
    expected = sets_slowly(candidates, positions, kind)
    assert found.right == pytest.approx(expected.right, abs=1e-12)
    assert found.losses == pytest.approx(expected.losses, rel=1e-9)
    assert found.errors.tolist() == expected.errors.tolist()
    same(found.stream, expected.stream)
    same(found.loss_stream, expected.loss_stream)
