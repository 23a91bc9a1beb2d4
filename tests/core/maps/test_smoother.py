"""Bands of maps of noise: what is divided once a map, against each window by itself."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from xsample_tui.core.maps.map_noise import MapNoise
from xsample_tui.core.maps.place_kernels import WIDTHS, kernels_of
from xsample_tui.core.maps.smoother import Band, ImageParts, Smoother

Floats = NDArray[np.float64]
PLACES = np.stack(np.divmod(np.arange(30), 6), axis=1)


def straightforward(
    weights: tuple[Floats, ...], noise: MapNoise, maps: Floats, windows: Floats, common: Floats
) -> tuple[Floats, NDArray[np.intp]]:
    """Return the largest absolute z of each map at each width, and the width of least risk, as they are defined."""
    images = np.zeros_like(weights[0]) if noise.images is None else noise.images
    own = noise.windows[:, None] * windows + np.maximum(np.diag(images), 0)[:, None]
    peaks, risks = np.empty((2, len(weights), maps.shape[1]))
    for index, kernel in enumerate(weights):
        found = kernel @ maps
        shared = np.outer(np.diag(kernel) * noise.windows, windows) + (kernel * images).sum(axis=1)[:, None]
        risks[index] = (((maps - found) ** 2 + 2 * shared) / own).sum(axis=0)
        variance = np.outer((kernel**2) @ noise.windows, windows) + noise.common * common
        variance += np.maximum(np.diag(kernel @ images @ kernel.T), 0)[:, None]
        peaks[index] = (np.abs(found) / np.sqrt(variance)).max(axis=0)
    return peaks, len(weights) - 1 - np.round(risks, 9)[::-1].argmin(axis=0)


@pytest.mark.parametrize("over_images", [False, True])
def test_maps_are_judged_as_by_the_definition(over_images: bool) -> None:
    chance = np.random.default_rng(int(over_images))
    windows = chance.uniform(1, 6, 30)
    near = np.exp(-((PLACES[:, None] - PLACES[None]) ** 2).sum(axis=-1) / 4)
    noise = MapNoise(windows, 0.7, 9, near if over_images else None)
    kernels = kernels_of(PLACES)
    band = Band(kernels, noise, ImageParts.of(kernels, noise.images))
    # Wide gains, so that every width is chosen by some map.
    broad = kernels.weights[4] @ chance.normal(0, 1, (30, 400)) * chance.uniform(0, 30, 400)
    maps = broad + np.sqrt(windows)[:, None] * chance.standard_normal((30, 400))
    factors, common = chance.uniform(0.5, 2, (2, 400))
    smoothed, peaks, chosen = band.smooth(maps, factors, common)
    expected_peaks, expected = straightforward(kernels.weights, noise, maps, factors, common)
    assert peaks == pytest.approx(expected_peaks, rel=1e-12)
    assert chosen.tolist() == expected.tolist()
    assert len(np.unique(chosen)) >= 4
    for index, found in enumerate(smoothed):
        assert np.broadcast_to(found, maps.shape) == pytest.approx(kernels.weights[index] @ maps, abs=1e-10)
        variance = np.diag(kernels.weights[index] @ np.diag(windows) @ kernels.weights[index].T) + 0.7
        if over_images:
            variance = variance + np.diag(kernels.weights[index] @ near @ kernels.weights[index].T)
        assert band.standard_errors(index) == pytest.approx(np.sqrt(variance), rel=1e-12)


def test_a_map_of_one_mean_has_a_value_for_every_window() -> None:
    smoother = Smoother(PLACES, MapNoise(np.ones(30)), draws=2_000)
    smoothed, chosen = smoother.smooth(np.stack([np.zeros(30), np.arange(30.0)], axis=1))
    assert smoothed.shape == (30, 2)
    assert math.isinf(WIDTHS[chosen[0]])
    assert WIDTHS[chosen[1]] < math.inf
