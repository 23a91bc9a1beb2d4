"""How well a scout ranked: Spearman's correlation, and how deep the best windows lie."""

import doctest

import pytest

from tests.harness.scout_estimates import estimate
from xsample_tui.core.scout import scout_ranking as module
from xsample_tui.core.scout.scout_ranking import scout_ranking, spearman


def test_examples() -> None:
    assert doctest.testmod(module).failed == 0


def test_ranks_that_agree_and_that_are_turned_round() -> None:
    found = estimate((0.1, 0.2, 0.3, 0.4, 0.5))
    agreeing = scout_ranking(found, {f"w{n}": 2.0 + n**3 for n in range(5)})
    assert agreeing is not None
    assert agreeing.spearman == pytest.approx(1)
    assert (agreeing.windows, agreeing.best, agreeing.within) == (5, 2, 2)
    turned = scout_ranking(found, {f"w{n}": -float(n) for n in range(5)})
    assert turned is not None
    assert turned.spearman == pytest.approx(-1)
    assert turned.within == 5


def test_by_hand_with_ties() -> None:
    # Ranks 1, 2.5, 2.5, 4 against 1, 3, 2, 4.
    assert spearman([1.0, 2.0, 2.0, 3.0], [10.0, 30.0, 20.0, 40.0]) == pytest.approx(4.5 / (4.5 * 5) ** 0.5)


def test_constant_losses_have_no_correlation() -> None:
    found = scout_ranking(estimate((0.1, 0.1, 0.1, 0.1)), {f"w{n}": float(n) for n in range(4)})
    assert found is not None
    assert found.spearman is None
    assert "Spearman undefined" in found.sentence()


def test_fewer_than_four_windows_and_windows_that_it_lacks() -> None:
    found = estimate((0.1, 0.2, 0.3, 0.4), (0.4, 0.3, 0.2, 0.1))
    assert scout_ranking(found, {"w0": 1.0, "w1": 2.0, "w2": 3.0, "other": 4.0}) is None
    whole = scout_ranking(found, {"w0": 1.0, "w1": 2.0, "w2": 3.0, "w3": 4.0, "other": 0.0})
    assert whole is not None
    assert whole.windows == 4
    assert whole.baseline == pytest.approx(-1)
    assert whole.sentence().endswith("; a baseline under masks: -1.00")
