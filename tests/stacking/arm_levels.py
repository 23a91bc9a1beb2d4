"""What many repetitions of a simulated sweep say of its arms: how often a verdict, how often covered."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tests.stacking.simulated import Sweep
from xsample_tui.stacking.arms.arm_comparison import compare_arms, primary_pair
from xsample_tui.stacking.blending.blender_registry import BLENDERS


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
