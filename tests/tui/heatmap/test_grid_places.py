"""Which trained window speaks for a window that has no result yet."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xsample_tui.tui.heatmap.grid_places import GridPlaces


def grid(rows: int, columns: int) -> GridPlaces:
    windows: Any = [
        SimpleNamespace(trial=SimpleNamespace(row=4 * i, col=4 * j, name=f"w{i}-{j}", joined=0))
        for i in range(rows)
        for j in range(columns)
    ]
    return GridPlaces(windows)


@given(st.data())
def test_the_nearest_is_nearest_and_no_order_of_what_is_known_changes_it(data: Any) -> None:
    places = grid(data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6)))
    names = sorted(places.places)
    known = data.draw(st.lists(st.sampled_from(names), unique=True))
    wanting = [name for name in names if name not in known]
    found = places.nearest(known, wanting)
    mixed = random.Random(data.draw(st.integers(0, 9))).sample(known, len(known))
    assert places.nearest(mixed, wanting) == found
    for name, lender in found.items():
        apart = {other: distance(places.places[name], places.places[other]) for other in known}
        assert apart[lender] == min(apart.values())


def distance(one: tuple[int, int], other: tuple[int, int]) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def test_what_is_far_from_all_stays_empty() -> None:
    places = grid(10, 10)
    known = [f"w{i}-{j}" for i in range(3) for j in range(10)]
    found = places.nearest(known, [name for name in places.places if name not in known])
    assert "w3-5" in found
    assert "w9-5" not in found


@pytest.mark.parametrize(("known", "wanting"), [([], ["w0-0"]), (["w0-0"], [])])
def test_with_nothing_known_or_wanted_there_is_nothing(known: list[str], wanting: list[str]) -> None:
    assert grid(2, 2).nearest(known, wanting) == {}


def test_a_place_between_coarser_windows_is_covered_by_the_nearest() -> None:
    at = [(row, col, 0) for row in (0, 4, 8) for col in (0, 4, 8)] + [(2, 2, 1)]
    windows: Any = [
        SimpleNamespace(trial=SimpleNamespace(row=row, col=col, name=f"w{row}-{col}", joined=joined))
        for row, col, joined in at
    ]
    places = GridPlaces(windows)
    assert places.extent == (4, 4)
    assert set(places.covered) == {(1, 0), (1, 2), (1, 3), (0, 1), (2, 1), (3, 1)}
    # Rows 0, 2, 4 and 8: beside the window at (2, 2) are (2, 0) and (2, 4).
    assert (places.covered[1, 0], places.covered[1, 3]) == ("w0-0", "w0-8")
    # A grid that nothing has joined has gaps where windows were left out.
    assert grid(2, 2).covered == {}
