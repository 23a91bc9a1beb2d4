"""The order of training: every beginning covers the image evenly."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from xsample_tui.core.masks.windows import grid
from xsample_tui.core.training.training_order import (
    FIRST_BASELINES,
    SOON_BASELINES,
    TRAINING_ORDERS,
    Place,
    TrainingOrder,
    among_baselines,
    coarse_to_fine,
    from_centre,
    training_order,
)
from xsample_tui.stacking.pool.member_selection import PRIMARY_K

# Image, window, stride: MNIST's, CIFAR's, one row, narrow ones, and those whose last step is shorter.
GRIDS = [
    (28, 28, 9, 9, 1),
    (28, 28, 9, 9, 5),
    (28, 28, 9, 9, 4),
    (28, 28, 9, 9, 3),
    (28, 28, 9, 7, 2),
    (28, 28, 28, 5, 1),
    (28, 28, 26, 9, 1),
    (32, 32, 5, 5, 1),
    (64, 20, 9, 9, 3),
    (6, 6, 5, 5, 1),
    (9, 9, 9, 9, 1),
]


def places_of(layout: tuple[int, int, int, int, int]) -> list[Place]:
    return [(window.row, window.col) for window in grid(*layout)]


def largest_distances(places: list[Place], order: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the largest distance (of the rows or the columns, whichever is more) to a trained place, per prefix."""
    at = np.asarray(places)
    near, found = np.full(len(at), np.inf), []
    for index in order:
        near = np.minimum(near, np.abs(at - at[index]).max(axis=1))
        found.append(near.max())
    return np.asarray(found)


def least_possible(places: list[Place]) -> NDArray[np.int64]:
    """Return, for 1, 2, ... places, a distance that no choice of so many stays below: the others are too many."""
    at = np.asarray(places)
    most = {
        reach: int(np.prod([max((np.abs(axis - v) <= reach).sum() for v in axis) for axis in map(np.unique, at.T)]))
        for reach in range(int(at.max()) + 1)
    }
    counts = range(1, len(places) + 1)
    return np.asarray([next(r for r, covered in most.items() if n * covered >= len(places)) for n in counts])


@pytest.mark.parametrize("layout", GRIDS)
@pytest.mark.parametrize("order", [coarse_to_fine, from_centre])
def test_an_order_names_every_place_once_and_is_always_the_same(
    order: Callable[[Sequence[Place]], tuple[int, ...]], layout: tuple[int, int, int, int, int]
) -> None:
    places = places_of(layout)
    assert sorted(order(places)) == list(range(len(places)))
    assert order(places) == order(list(places))


@pytest.mark.parametrize("layout", GRIDS)
def test_every_beginning_covers_the_grid_nearly_as_well_as_any_choice_of_so_many(
    layout: tuple[int, int, int, int, int],
) -> None:
    places = places_of(layout)
    far = largest_distances(places, coarse_to_fine(places))
    best = least_possible(places)
    # No order whose choices are kept can be better than twice the best for all beginnings at once.
    assert (far <= 2 * best + layout[-1]).all()
    assert far[0] == best[0]


@pytest.mark.parametrize(("side", "step"), [(5, 1), (5, 4), (4, 3)])
def test_the_beginnings_of_a_small_grid_are_near_the_best_of_all_choices(side: int, step: int) -> None:
    places = [(step * row, step * col) for row in range(side) for col in range(side)]
    far = largest_distances(places, coarse_to_fine(places))
    for count in range(1, 5):
        best = min(
            largest_distances(places, chosen)[-1] for chosen in itertools.combinations(range(len(places)), count)
        )
        assert far[count - 1] <= 2 * best


def test_five_of_a_hundred_windows_show_the_whole_of_mnist() -> None:
    places = places_of((28, 28, 9, 9, 1))
    far = largest_distances(places, coarse_to_fine(places))
    by_rows = largest_distances(places, tuple(range(len(places))))
    assert far[4] == 5
    assert far[19] == 4
    assert by_rows[19] == 19
    # The first ones lie within the image, not at its edge.
    assert all(2 <= row <= 17 and 2 <= col <= 17 for row, col in (places[i] for i in coarse_to_fine(places)[:9]))


@pytest.mark.parametrize("count", [10, 20, 40, 100, 200])
def test_a_beginning_has_as_many_windows_in_every_quarter(count: int) -> None:
    places = places_of((28, 28, 9, 9, 1))
    chosen = [places[index] for index in coarse_to_fine(places)[:count]]
    quarters = [
        sum((row < 10) == top and (col < 10) == left for row, col in chosen) for top in (0, 1) for left in (0, 1)
    ]
    assert max(quarters) - min(quarters) <= max(2, count // 10)


def test_a_few_scattered_windows_have_an_order_too() -> None:
    places = [(0, 0), (0, 19), (3, 4), (19, 2), (19, 3)]
    order = coarse_to_fine(places)
    assert sorted(order) == [0, 1, 2, 3, 4]
    # Neighbours are not trained one after the other while others are far from all.
    assert {3, 4} - set(order[:4])
    assert coarse_to_fine([(4, 4)]) == (0,)
    assert coarse_to_fine([]) == from_centre([]) == ()


def test_an_order_of_very_many_windows_names_each_once() -> None:
    places = [(row, col) for row in range(70) for col in range(70)]
    order = coarse_to_fine(places)
    assert sorted(order) == list(range(4_900))
    far = largest_distances(places, order)
    assert far[4_095] <= 1


def test_the_centre_comes_first_and_the_corners_last() -> None:
    places = places_of((28, 28, 9, 9, 5))
    order = [places[index] for index in from_centre(places)]
    assert order[0] == (10, 10)
    assert set(order[-4:]) == {(0, 0), (0, 19), (19, 0), (19, 19)}


@pytest.mark.parametrize("order", TRAINING_ORDERS)
@pytest.mark.parametrize("baselines", [0, 1, 2, 3, 4, 10, 60])
def test_a_few_baselines_come_first_and_the_others_in_between(order: TrainingOrder, baselines: int) -> None:
    places: list[Place | None] = [None] * baselines
    places += places_of((28, 28, 9, 9, 5))
    sequence = training_order(order, places)
    assert sorted(sequence) == list(range(len(places)))
    at = [position for position, index in enumerate(sequence) if index < baselines]
    assert [sequence[position] for position in at] == list(range(baselines))
    if order == "rows":
        assert sequence == tuple(range(len(places)))
        return
    first = min(baselines, FIRST_BASELINES)
    assert at[:first] == list(range(first))
    # The next ones follow a window each.
    soon = at[first : first + SOON_BASELINES]
    assert soon == [first + 1 + 2 * number for number in range(len(soon))]
    if baselines > first + SOON_BASELINES:
        gaps = np.diff([soon[-1], *at[first + SOON_BASELINES :], len(places)])
        assert gaps.max() - gaps.min() <= 2


def test_so_many_baselines_come_early_that_a_verdict_on_blending_needs_no_more() -> None:
    # As many as it blends, and one to tell how much their choice varies.
    assert FIRST_BASELINES + SOON_BASELINES == PRIMARY_K + 1


@pytest.mark.parametrize(("windows", "expected"), [(0, "0123456789"), (1, "012a3456789"), (2, "012a3b456789")])
def test_few_windows_among_many_baselines(windows: int, expected: str) -> None:
    assert "".join(among_baselines("0123456789", "abcdefgh"[:windows])) == expected


def test_baselines_alone_stay_in_order() -> None:
    assert training_order("coarse", [None] * 5) == (0, 1, 2, 3, 4)
    assert training_order("coarse", []) == ()
