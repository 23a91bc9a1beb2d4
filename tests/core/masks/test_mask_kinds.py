"""Masks, and the ink they remove."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from xsample_tui.core.data.pixel_mass import InkMap
from xsample_tui.core.masks.mask_kinds import (
    DRAWERS,
    MASK_KINDS,
    PLACEBO_INK,
    Canvas,
    MaskKind,
    random_like,
    windows_for,
)
from xsample_tui.core.masks.windows import Window
from xsample_tui.datasets import load


def images(seed: int, count: int = 12, height: int = 11, width: int = 13, channels: int = 1) -> NDArray[np.uint8]:
    """Return images of which about half the pixels are blank, one image wholly."""
    lot = np.random.default_rng(seed)
    made = lot.integers(1, 256, (count, height, width, channels), np.uint8)
    made[lot.random(made.shape[:3]) < 0.5] = 0
    made[0] = 0
    return made


def canvas(seed: int = 0) -> Canvas:
    return Canvas(InkMap(images(seed)).share, seed)


WINDOWS = st.builds(Window, st.integers(0, 6), st.integers(0, 7), st.integers(1, 5), st.integers(1, 6))


@given(WINDOWS)
def test_keep_and_occlude_are_each_others_inverse(window: Window) -> None:
    keep, occlude = DRAWERS["keep"](window, canvas()), DRAWERS["occlude"](window, canvas())
    assert keep.sum() == window.height * window.width
    assert np.array_equal(keep, ~occlude)
    assert keep[window.row, window.col]
    assert keep[window.row + window.height - 1, window.col + window.width - 1]


@given(WINDOWS, st.sampled_from(["keep", "occlude", "article"]), st.integers(0, 5))
def test_random_like_removes_as_much_ink_as_the_mask(window: Window, kind: MaskKind, seed: int) -> None:
    on = canvas(seed)
    mask = DRAWERS[kind](window, on)
    drawn = random_like(mask, window, on)
    # Nearer than one pixel's ink, unless nothing at all is kept: one pixel always is.
    if mask.any():
        assert abs(on.share[drawn].sum() - on.share[mask].sum()) <= on.share.max()
    assert drawn.any()
    assert np.array_equal(drawn, random_like(mask, window, on))


@given(WINDOWS)
def test_random_is_the_control_of_keep(window: Window) -> None:
    on = canvas()
    assert np.array_equal(DRAWERS["random"](window, on), random_like(DRAWERS["keep"](window, on), window, on))


@given(WINDOWS)
def test_article_zeroes_what_the_articles_code_zeroes(window: Window) -> None:
    x = np.ones((1, 11, 13, 1))
    i, j = window.row, window.col
    x[:, :i, :j, :] = 0
    x[:, i + window.height :, j + window.width :, :] = 0
    assert np.array_equal(DRAWERS["article"](window, canvas()), x[0, :, :, 0] == 1)


def test_the_articles_code_zeroes_19_to_361_pixels() -> None:
    blank = Canvas(np.full((28, 28), 1 / 784), 0)
    zeroed = {
        (w.row, w.col): int((~DRAWERS["article"](w, blank)).sum())
        for w in windows_for("article", (28, 28), (9, 9), 1)
    }
    assert len(zeroed) == 361
    assert all(count == i * j + (19 - i) * (19 - j) for (i, j), count in zeroed.items())
    assert (min(zeroed.values()), max(zeroed.values())) == (19, 361)


@given(WINDOWS, st.integers(0, 5))
def test_random_keeps_as_much_ink_as_the_window_to_within_a_pixel(window: Window, seed: int) -> None:
    drawn = canvas(seed)
    random, keep = DRAWERS["random"](window, drawn), DRAWERS["keep"](window, drawn)
    assert abs(drawn.share[random].sum() - drawn.share[keep].sum()) <= drawn.share.max()
    assert random.any()


@given(WINDOWS, st.integers(0, 5))
def test_placebo_removes_under_a_thousandth_of_the_ink(window: Window, seed: int) -> None:
    share = np.full((30, 40), 1 / 1200)
    share[:10] = 0.00001
    drawn = Canvas(share, seed)
    mask = DRAWERS["placebo"](window, drawn)
    assert 0 < drawn.share[~mask].sum() < PLACEBO_INK


@pytest.mark.parametrize("kind", ["random", "placebo"])
def test_masks_drawn_by_lot_depend_on_seed_and_window_alone(kind: MaskKind) -> None:
    share = np.full((30, 40), 1 / 1200)
    share[:10] = 0.00001
    one, other = Window(1, 2, 9, 9), Window(2, 1, 9, 9)
    draw = DRAWERS[kind]
    assert np.array_equal(draw(one, Canvas(share, 7)), draw(one, Canvas(share, 7)))
    assert not np.array_equal(draw(one, Canvas(share, 7)), draw(one, Canvas(share, 8)))
    assert not np.array_equal(draw(one, Canvas(share, 7)), draw(other, Canvas(share, 7)))


@given(st.integers(0, 20), st.sampled_from(MASK_KINDS), st.sampled_from([1, 3]))
def test_figures_are_what_zeroing_the_pixels_does(seed: int, kind: MaskKind, channels: int) -> None:
    shown = images(seed, channels=channels)
    ink = InkMap(shown)
    mask = DRAWERS[kind](Window(2, 3, 4, 5), Canvas(ink.share, seed))
    masked = shown * mask[:, :, None]
    mass, left = shown.sum(axis=(1, 2, 3), dtype=float), masked.sum(axis=(1, 2, 3), dtype=float)
    (figures,) = ink.figures(mask[None])
    assert figures.pixels_zeroed == (~mask).sum()
    assert figures.images_touched == (masked != shown).any(axis=(1, 2, 3)).sum()
    expected = np.divide(mass - left, mass, out=np.zeros_like(mass), where=mass > 0).mean()
    assert figures.ink_removed == pytest.approx(expected, abs=1e-12)


# Mean ink removed over all windows, in percent, as MNIST's 10,000 test images have it (article, keep, occlude).
# The 5,000 digits of the demo are other images of the same kind, so they come within half a percent or so.
@pytest.mark.parametrize(
    ("kind", "count", "mean", "low", "high"),
    [("article", 361, 15.2, 0.0008, 71.5), ("keep", 400, 82.2, 65.0, 99.0), ("occlude", 400, 17.8, 1.0, 35.0)],
)
def test_ink_on_real_digits(kind: MaskKind, count: int, mean: float, low: float, high: float) -> None:
    ink = InkMap(load("demo").images)
    windows = windows_for(kind, (28, 28), (9, 9), 1)
    figures = ink.figures(np.stack([DRAWERS[kind](w, Canvas(ink.share, 0)) for w in windows]))
    removed = np.array([100 * f.ink_removed for f in figures])
    assert len(removed) == count
    assert removed.mean() == pytest.approx(mean, abs=0.6)
    assert removed.min() == pytest.approx(low, abs=0.4)
    assert removed.max() == pytest.approx(high, abs=1.0)
