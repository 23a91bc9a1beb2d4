"""Nulls of the arms, through their real planning: complete repetitions in which everything but the windows is new."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from tests.stacking.simulated import Sweep
from xsample_tui.stacking.blender import BLENDERS
from xsample_tui.stacking.comparison import compare_arms, primary_pair


@dataclass(frozen=True)
class Found:
    """What many repetitions gave.

    Attributes:
        verdicts: share of repetitions that say helps or hurts, by comparison.
        covered: share of 95 % intervals that hold the mean over all repetitions, likewise.
        primary: the name of the primary comparison.
    """

    verdicts: dict[str, float]
    covered: dict[str, float]
    primary: str


def repeat(sweep: Sweep, count: int, blend: str = "mean") -> Found:
    """Return what ``count`` repetitions give."""
    rows: dict[str, list[tuple[float, float, float, bool]]] = {}
    primary = ""
    for number in range(count):
        study = compare_arms(sweep.draw(number), sweep.k, BLENDERS[blend])
        primary = primary_pair(study.results)
        for c in study.comparisons:
            d = c.difference
            rows.setdefault(c.name, []).append((d.difference, d.low, d.high, c.verdict in ("helps", "hurts")))
    covered, verdicts = {}, {}
    for name, found in rows.items():
        table = np.array(found, np.float64)
        truth = table[:, 0].mean()
        covered[name] = float(((table[:, 1] <= truth) & (truth <= table[:, 2])).mean())
        verdicts[name] = float(table[:, 3].mean())
    return Found(verdicts, covered, primary)


def level(count: int) -> float:
    """Return the most that 5 % gives in so many repetitions, with two standard errors."""
    return 0.05 + 2 * math.sqrt(0.05 * 0.95 / count)


# Nulls: windows are as good as whole pictures, so that helps and hurts are false.
NULLS = {
    "equal windows": (Sweep(), "mean"),
    "without replicates": (Sweep(replicates=0), "mean"),
    "10 seeds for 40 windows": (Sweep(windows=40, seeds=10), "mean"),
    "k = 1": (Sweep(k=1), "mean"),
    "k = 2": (Sweep(k=2), "mean"),
    "logistic": (Sweep(windows=12, seeds=12, images=500), "logistic"),
}
# Fixed grids with real differences: only coverage counts.
GRIDS = {
    "windows differ in skill": Sweep(spread=0.3),
    "and masks in what they do to images": Sweep(spread=0.3, effect=0.5, skill=0.2),
}


def test_a_null_gets_no_verdict_more_often_than_it_may() -> None:
    count = 30
    found = repeat(Sweep(windows=12, seeds=12, images=300), count)
    assert found.verdicts[found.primary] <= level(count)
    assert found.covered[found.primary] >= 0.95 - 3 * math.sqrt(0.05 * 0.95 / count)


def test_25_windows_and_3_seeds_get_no_verdict_at_all() -> None:
    study = compare_arms(Sweep(seeds=3, images=300, k=3, replicates=0).draw(0), 3, BLENDERS["mean"])
    assert {c.verdict for c in study.comparisons} == {"no verdict"}


def test_a_real_difference_is_found() -> None:
    found = repeat(Sweep(windows=12, seeds=12, images=800, better=0.8), 4)
    assert found.verdicts[found.primary] == 1
    assert found.verdicts["C - D"] == 1


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", NULLS)
def test_nulls_at_length(name: str) -> None:
    sweep, blend = NULLS[name]
    count = 2000
    found = repeat(sweep, count, blend)
    print(f"{name}: {found}")
    assert found.verdicts[found.primary] <= level(count)
    assert 0.93 <= found.covered[found.primary] <= 0.98


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", GRIDS)
def test_fixed_grids_are_covered(name: str) -> None:
    found = repeat(GRIDS[name], 2000)
    print(f"{name}: {found}")
    assert 0.93 <= found.covered[found.primary] <= 0.98
