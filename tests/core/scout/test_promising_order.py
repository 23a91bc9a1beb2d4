"""The promising first: every window once, the best first, every beginning over the whole grid."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from xsample_tui.core.scout import promising_order as module
from xsample_tui.core.scout.promising_order import promising_order, weighted
from xsample_tui.core.training.training_order import FIRST_BASELINES, among_baselines, coarse_to_fine

SIDE = 20
GRID = [(row, col) for row in range(SIDE) for col in range(SIDE)]


def bump(top: int, left: int) -> list[float]:
    """Return losses that are least at a place, and more the farther from it."""
    return [float(np.hypot(row - top, col - left)) for row, col in GRID]


def test_examples() -> None:
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("loss", [bump(4, 13), [0.0] * len(GRID), [float(n % 7) for n in range(len(GRID))]])
def test_an_order_names_every_place_once_and_is_always_the_same(loss: list[float]) -> None:
    order = weighted(GRID, loss)
    assert sorted(order) == list(range(len(GRID)))
    assert order == weighted(list(GRID), list(loss))
    assert loss[order[0]] == min(loss)


def test_the_best_come_early_and_the_rest_of_the_grid_is_seen_too() -> None:
    loss = bump(4, 13)
    order = weighted(GRID, loss)
    best = set(np.argsort(loss, kind="stable")[:20].tolist())
    coarse = coarse_to_fine(GRID)

    def found(sequence: tuple[int, ...], count: int) -> int:
        return len(best & set(sequence[:count]))

    assert found(order, 100) == 20
    assert found(coarse, 100) < 10
    quarter = np.asarray(GRID)[list(order[:100])]
    far = max(int(np.abs(quarter - place).max(axis=1).min()) for place in np.asarray(GRID))
    assert far <= SIDE // 3


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_places(count: int) -> None:
    places = [(0, 5 * number) for number in range(count)]
    order = weighted(places, [float(-number) for number in range(count)])
    assert sorted(order) == list(range(count))
    assert order[:1] == tuple(range(count))[-1:]


def test_baselines_stay_where_the_other_orders_have_them_and_windows_without_an_estimate_come_last() -> None:
    baselines = [f"b{number}" for number in range(8)]
    names = among_baselines(baselines, [f"w{number}" for number in range(6)])
    places = {name: None if name.startswith("b") else (0, int(name[1:])) for name in names}
    loss = {f"w{number}": 1.0 - number / 10 for number in range(4)}
    order = promising_order(names, places, loss)
    assert sorted(order) == sorted(names)
    assert order[:FIRST_BASELINES] == tuple(baselines[:FIRST_BASELINES])
    assert [order.index(name) for name in baselines] == [names.index(name) for name in baselines]
    windows = [name for name in order if name.startswith("w")]
    assert windows[0] == "w3"
    assert windows[-2:] == ["w4", "w5"]


def test_a_sweep_that_was_laid_out_with_fewer_baselines_first_keeps_their_number() -> None:
    names = ["b0", "b1", "b2", "w0", "w1", "b3", "w2", "w3", "b4", "w4", "w5"]
    places = {name: None if name.startswith("b") else (0, int(name[1:])) for name in names}
    order = promising_order(names, places, {f"w{number}": 1.0 - number / 10 for number in range(6)})
    assert {name: order.index(name) for name in order if name.startswith("b")} == {
        "b0": 0, "b1": 1, "b2": 2, "b3": 5, "b4": 8,
    }  # fmt: skip
    assert order[3] == "w5"
