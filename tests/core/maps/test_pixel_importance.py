"""The pixel importance map against a plain loop, and by its properties."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from xsample_tui.core.maps.pixel_importance import covers, mean_effect, mean_image, mean_noise, shows
from xsample_tui.core.masks.mask_kinds import DRAWERS, MASK_KINDS, Canvas, MaskKind
from xsample_tui.core.masks.windows import Window, grid

finite = st.floats(-1e6, 1e6)


def kept(shape: tuple[int, int], windows: list[Window]) -> Any:
    """Return what windows of kind keep cover."""
    canvas = Canvas(np.full(shape, 1 / (shape[0] * shape[1])), seed=0)
    return covers("keep", np.stack([DRAWERS["keep"](window, canvas) for window in windows]))


@st.composite
def sweeps(draw: st.DrawFn) -> tuple[Any, Any]:
    """Some windows of a small image, and their effects, some of them unknown."""
    windows, height, width = draw(st.integers(1, 7)), draw(st.integers(1, 6)), draw(st.integers(1, 6))
    covered = draw(arrays(np.bool_, (windows, height, width)))
    effects = draw(arrays(np.float64, windows, elements=finite | st.just(math.nan) | st.just(math.inf)))
    return covered, effects


def plainly(covered: Any, effects: Any) -> tuple[Any, Any]:
    """The same by loops over pixels and windows."""
    mean, count = np.full(covered.shape[1:], np.nan), np.zeros(covered.shape[1:], np.int64)
    for row in range(covered.shape[1]):
        for column in range(covered.shape[2]):
            over = [float(e) for c, e in zip(covered, effects, strict=True) if c[row, column] and math.isfinite(e)]
            count[row, column] = len(over)
            if over:
                mean[row, column] = math.fsum(over) / len(over)
    return mean, count


@given(sweeps())
def test_it_is_the_mean_over_the_windows_that_cover(sweep: Any) -> None:
    found = mean_effect(*sweep)
    mean, count = plainly(*sweep)
    np.testing.assert_array_equal(found.count, count)
    np.testing.assert_allclose(found.mean, mean, rtol=1e-9, atol=1e-6, equal_nan=True)


@given(sweeps())
def test_it_is_nan_exactly_where_no_window_covers(sweep: Any) -> None:
    covered, effects = sweep
    found = mean_effect(covered, effects)
    known = covered[np.isfinite(effects)].any(axis=0) if np.isfinite(effects).any() else np.zeros(covered.shape[1:])
    np.testing.assert_array_equal(np.isnan(found.mean), ~known.astype(bool))


@given(sweeps(), finite)
def test_an_effect_that_all_windows_share_is_every_pixels(sweep: Any, shared: float) -> None:
    covered, _ = sweep
    found = mean_effect(covered, np.full(len(covered), shared))
    np.testing.assert_allclose(found.mean[found.count > 0], shared, rtol=1e-9, atol=1e-6)


@given(sweeps(), st.floats(-100, 100).filter(bool), st.floats(-100, 100), st.randoms())
def test_it_is_linear_and_does_not_mind_the_order(sweep: Any, scale: float, shift: float, lot: Any) -> None:
    covered, effects = sweep
    order = list(range(len(effects)))
    lot.shuffle(order)
    found = mean_effect(covered[order], effects[order] * scale + shift)
    before = mean_effect(covered, effects)
    np.testing.assert_allclose(found.mean, before.mean * scale + shift, rtol=1e-6, atol=1e-3, equal_nan=True)


@given(sweeps())
def test_no_pixel_is_outside_the_range_of_its_windows(sweep: Any) -> None:
    covered, effects = sweep
    found, known = mean_effect(covered, effects), effects[np.isfinite(effects)]
    means = found.mean[~np.isnan(found.mean)]
    assume(means.size)
    room = 1e-9 * (1 + np.abs(known).max())
    assert known.min() - room <= means.min()
    assert means.max() <= known.max() + room


def test_it_refuses_effects_of_other_windows() -> None:
    with pytest.raises(ValueError, match="2 windows, but effects of shape"):
        mean_effect(np.ones((2, 3, 3), np.bool_), [1.0])


@pytest.mark.parametrize("kind", MASK_KINDS)
def test_windows_cover_what_they_show_or_hide(kind: MaskKind) -> None:
    canvas = Canvas(np.full((8, 8), 1 / 64), 0)
    mask = DRAWERS[kind](Window(2, 3, 4, 4), canvas)
    covered = covers(kind, mask[None])[0]
    assert shows(kind) == bool((covered == mask).all())
    if kind in ("keep", "occlude"):
        assert covered[2:6, 3:7].all()
        assert covered.sum() == 16
    if kind == "article":
        assert covered[0, 0]
        assert covered[7, 7]
        assert not covered[2:6, 3:7].any()


def test_the_noise_of_a_mean_is_that_of_independent_trainings() -> None:
    lot = np.random.default_rng(1)
    n, r, sd = 9, 4, 6.0
    windows, baselines = lot.normal(0, sd, (20_000, n)), lot.normal(0, sd, (20_000, r))
    scatter = (baselines.mean(axis=1) - windows.mean(axis=1)).std()
    expected = mean_noise(sd, r, [0, 1, n])
    assert expected[0] == math.inf
    assert expected[1] == pytest.approx(sd * math.sqrt(1.25))
    assert expected[2] == pytest.approx(scatter, rel=0.03)


def test_a_pixel_gets_the_mean_of_the_windows_that_cover_it() -> None:
    found = mean_effect(kept((3, 4), [Window(0, 0, 2, 2), Window(0, 1, 2, 2)]), [2.0, -6.0]).mean
    nan = float("nan")
    assert found.ravel().tolist() == pytest.approx([2, -2, -6, nan, 2, -2, -6, nan, nan, nan, nan, nan], nan_ok=True)


def test_it_agrees_with_the_definition_pixel_by_pixel() -> None:
    windows = grid(9, 7, 4, 3, 2)
    effects = np.random.default_rng(1).normal(size=len(windows))
    found = mean_effect(kept((9, 7), windows), effects).mean
    for row in range(9):
        for col in range(7):
            over = [
                effect
                for w, effect in zip(windows, effects, strict=True)
                if w.row <= row < w.row + w.height and w.col <= col < w.col + w.width
            ]
            assert found[row, col] == pytest.approx(np.mean(over))


def test_as_many_effects_as_windows() -> None:
    with pytest.raises(ValueError, match="1 windows, but effects"):
        mean_effect(kept((4, 4), [Window(0, 0, 2, 2)]), [1.0, 2.0])


def test_the_mean_image_reaches_one_and_blank_images_stay_blank() -> None:
    images = np.zeros((2, 2, 2, 3), np.uint8)
    assert (mean_image(images) == 0).all()
    images[0, 0, 1] = 100
    images[1, 1, 1, 0] = 30
    assert mean_image(images).ravel().tolist() == pytest.approx([0, 1, 0, 0.1])
