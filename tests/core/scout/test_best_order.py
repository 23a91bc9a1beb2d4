"""The best soonest: a sixth as the scout ranks them, then baselines and all others as in the promising order."""

from __future__ import annotations

import doctest

from xsample_tui.core.scout import best_order as module
from xsample_tui.core.scout.best_order import best_order
from xsample_tui.core.scout.promising_order import promising_order

LOSS = {f"w{col:02}": 1 - col / 100 for col in range(40)}
PLACES = {"b0": None, "b1": None} | {name: (0, col) for col, name in enumerate(LOSS)}


def test_examples() -> None:
    assert doctest.testmod(module).failed == 0


def test_a_sixth_comes_first_and_all_others_as_promising() -> None:
    order = best_order(list(PLACES), PLACES, LOSS)
    assert order[:7] == tuple(f"w{col}" for col in range(39, 32, -1))
    others = promising_order(list(PLACES), PLACES, LOSS)
    assert order[7:] == tuple(name for name in others if name not in order[:7])
    assert sorted(order) == sorted(PLACES)


def test_windows_without_an_estimate_come_last() -> None:
    known = {name: loss for name, loss in LOSS.items() if name != "w39"}
    assert best_order(list(PLACES), PLACES, known)[0] == "w38"
    assert best_order(list(PLACES), PLACES, known)[-1] == "w39"
    assert best_order(list(PLACES), PLACES, {})[:2] == ("b0", "b1")
