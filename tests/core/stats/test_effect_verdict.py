"""The verdict on an effect: what its interval and McNemar's test say of it."""

import math

import numpy as np
import pytest

from xsample_tui.core.stats.effect_verdict import verdict
from xsample_tui.core.stats.two_way_variance import Effect, effect


def made(difference: float, sd: float) -> Effect:
    """Return an effect of many degrees of freedom."""
    n = 10_001
    gaps = np.full(n, difference)
    gaps[: n // 2] += sd * math.sqrt(n - 1)
    gaps[n // 2 : 2 * (n // 2)] -= sd * math.sqrt(n - 1)
    return effect(gaps, None)


@pytest.mark.parametrize(
    ("difference", "sd", "expected"),
    [
        (0.003, 0.001, "helps"),
        (-0.003, 0.001, "hurts"),
        (0.0018, 0.001, "not resolved"),
        (0.0, 0.0007, "not resolved"),
        (0.0, 0.0005, "no difference"),
        (0.0004, 0.0003, "no difference"),
        (0.0006, 0.0003, "helps"),
    ],
)
def test_verdicts(difference: float, sd: float, expected: str) -> None:
    assert verdict(made(difference, sd)) == expected


def test_a_finding_needs_mcnemar_too_and_any_correction() -> None:
    found = made(0.003, 0.001)
    assert verdict(found, mcnemar_p=0.04) == "helps"
    assert verdict(found, mcnemar_p=0.06) == "not resolved"
    assert verdict(found, p=0.06) == "not resolved"
    assert verdict(made(0.0, 0.0005), margin=0.0005) == "not resolved"


def test_equivalence_is_wrong_in_five_of_a_hundred_at_the_margin() -> None:
    chance, alarms = np.random.default_rng(3), 0
    for _ in range(2000):
        gaps = chance.normal(0.1, 1.0, 2000)
        alarms += verdict(effect(gaps, None), margin=0.1) == "no difference"
    assert alarms / 2000 <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 2000)
