"""Kernels over places: smoothed along rows and columns, against the products of whole matrices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from xsample_tui.core.maps.place_kernels import WIDTHS, PlaceKernels, kernels_of

Floats = NDArray[np.float64]


def straightforward(places: NDArray[np.int64], width: float) -> Floats:
    """Return the (W, W) weights of a width in steps, as they are defined."""
    apart = ((places[:, None] - places[None]) ** 2).sum(axis=-1).astype(np.float64)
    step = apart[apart > 0].min(initial=np.inf)
    apart /= 1 if np.isinf(step) else step
    if width == 0:
        return np.eye(len(places))
    kernel = np.ones_like(apart) if np.isinf(width) else np.exp(-apart / (2 * width**2))
    return np.asarray(kernel / kernel.sum(axis=1, keepdims=True))


@st.composite
def some_places(draw: st.DrawFn) -> NDArray[np.int64]:
    """Draw places: of a full grid, of one with windows missing, in any order, scattered, the same twice."""
    rows, columns, stride = draw(st.integers(1, 7)), draw(st.integers(1, 7)), draw(st.integers(1, 4))
    every = stride * np.stack(np.divmod(np.arange(rows * columns), columns), axis=1)
    kept = draw(st.lists(st.integers(0, len(every) - 1), min_size=1, max_size=len(every), unique=draw(st.booleans())))
    return every if draw(st.booleans()) else every[kept]


@given(some_places(), st.integers(0, 2**32 - 1))
def test_maps_are_smoothed_as_by_the_whole_matrix(places: NDArray[np.int64], seed: int) -> None:
    chance = np.random.default_rng(seed)
    kernels = kernels_of(places)
    maps, variances = chance.normal(size=(len(places), 3)), chance.uniform(0.1, 9, len(places))
    smoothed = kernels.variances(variances)
    for index, width in enumerate(WIDTHS):
        expected = straightforward(places, width)
        found = np.broadcast_to(kernels.smooth(maps, index), maps.shape)
        assert found == pytest.approx(expected @ maps, rel=1e-12, abs=1e-12)
        assert kernels.weights[index] == pytest.approx(expected, rel=1e-12)
        assert kernels.diagonals[index] == pytest.approx(np.diag(expected), rel=1e-12)
        assert smoothed[index] == pytest.approx(np.diag(expected @ np.diag(variances) @ expected.T), rel=1e-12)


@pytest.mark.parametrize(("rows", "missing"), [(12, ()), (12, (0, 5, 77)), (4, tuple(range(2, 14)))])
def test_either_way_of_smoothing_gives_the_same(rows: int, missing: tuple[int, ...]) -> None:
    every = np.stack(np.divmod(np.arange(rows * rows), rows), axis=1)
    places = np.delete(every, missing, axis=0)
    maps = np.random.default_rng(0).normal(size=(len(places), 4))
    along, whole = PlaceKernels(places), PlaceKernels(places)
    along._along, whole._along = True, False
    for width in range(len(WIDTHS)):
        assert along.smooth(maps, width) == pytest.approx(whole.smooth(maps, width), rel=1e-12, abs=1e-12)


def test_neighbours_are_those_next_to_a_place_and_a_lone_place_has_none() -> None:
    places = np.array([[0, 0], [0, 2], [2, 2], [20, 20]])
    left = kernels_of(places).neighbours @ np.array([1.0, 2.0, 4.0, 100.0])
    assert left == pytest.approx([1 - 3, 2 - 2.5, 4 - 1.5])
    assert kernels_of(places) is kernels_of(places.copy())
