"""Windows that rungs have chosen, against baselines that nothing has chosen: how often one is found that is none."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from xsample_tui.core.stats.multiple_testing import holm
from xsample_tui.core.stats.paired_tests import mcnemar
from xsample_tui.core.stats.window_tests import window_tests


@dataclass(frozen=True)
class Rungs:
    """A sweep whose windows do not matter.

    Attributes:
        screened: how many windows went through rungs.
        on: how many came through: those with the least loss on the early-stopping images.
        tie: how much of that loss is the network's skill, 0..1.
        skill: SD of the networks' skill, in units of their noise on single images.
        baselines, images: how many.
    """

    screened: int = 121
    on: int = 10
    tie: float = 0.7
    skill: float = 0.1
    baselines: int = 10
    images: int = 2000

    def repeat(self, count: int) -> tuple[float, float]:
        """Return in which share of sweeps a window is found, and how many of their intervals hold that it is none."""
        alarms, covered = 0, []
        for number in range(count):
            chance = np.random.default_rng(number)
            skills = chance.standard_normal(self.screened)
            seen = self.tie * skills + math.sqrt(1 - self.tie**2) * chance.standard_normal(self.screened)
            chosen = skills[np.argsort(-seen)[: self.on]]
            every = self.skill * np.concatenate([chosen, chance.standard_normal(self.baselines)])
            hard = 2.0 + 1.5 * chance.standard_normal(self.images)
            right = hard + every[:, None] + chance.standard_normal((len(every), self.images)) > 0
            windows, baselines = right[: self.on], right[self.on :]
            tests, base = window_tests(windows, baselines), baselines[0]
            exact = mcnemar((windows & ~base).sum(axis=1), (base & ~windows).sum(axis=1))
            alarms += bool((holm(np.maximum(tests.p, exact), self.screened - self.on) < 0.05).any())
            covered += ((tests.low <= 0) & (tests.high >= 0)).tolist()
        return alarms / count, float(np.mean(covered))


NULLS = {
    "121 windows": Rungs(),
    "36 windows": Rungs(screened=36),
    "refined to 79 windows": Rungs(screened=79, on=14),
    "the loss is the skill": Rungs(tie=1.0),
    "the same, much skill": Rungs(tie=1.0, skill=0.2),
    "the same, three baselines": Rungs(tie=1.0, baselines=3),
}


def level(count: int) -> float:
    return 0.05 + 2 * math.sqrt(0.05 * 0.95 / count)


@pytest.mark.parametrize("name", NULLS)
def test_nulls(name: str) -> None:
    assert NULLS[name].repeat(100)[0] <= level(100)


def test_intervals_of_windows_that_rungs_chose_hold_for_their_trainings_and_not_for_others() -> None:
    """Why ``judge`` says so: rungs choose trainings that are better than others of the same windows."""
    assert Rungs(tie=1.0, skill=0.2).repeat(60)[1] < 0.9
    assert Rungs(tie=0.0, skill=0.2).repeat(60)[1] > 0.93


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", NULLS)
def test_nulls_at_length(name: str) -> None:
    alarms, covered = NULLS[name].repeat(2000)
    print(f"{name}: false findings {alarms:.4f}, intervals that hold none {covered:.4f}")
    assert alarms <= level(2000)
