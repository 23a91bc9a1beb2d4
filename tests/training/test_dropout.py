from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from xsample_tui.training.dropout import dropout, kept_units


def seed(*parts: int) -> tf.Tensor:
    return tf.constant(parts, tf.int64)


@pytest.mark.parametrize("rate", [0.0, 0.25, 0.5, 0.75, 0.1, 0.9])
def test_the_share_of_units_that_stay(rate: float) -> None:
    kept = np.array(kept_units(400, 333, rate, seed(3, 4)))
    assert kept.shape == (400, 333)
    assert kept.dtype == np.bool_
    sigma = np.sqrt(rate * (1 - rate) / kept.size)
    assert abs(kept.mean() - (1 - rate)) <= 5 * sigma
    # Neither an image nor a unit is favoured.
    assert np.abs(kept.mean(0) - (1 - rate)).max() <= 6 * np.sqrt(rate * (1 - rate) / 400)
    assert np.abs(kept.mean(1) - (1 - rate)).max() <= 6 * np.sqrt(rate * (1 - rate) / 333)


@pytest.mark.parametrize("rate", [0.25, 0.1])
def test_draws_are_a_function_of_the_seed(rate: float) -> None:
    one, again = (np.array(kept_units(5, 77, rate, seed(8, 1))) for _ in range(2))
    assert np.array_equal(one, again)
    for other in (seed(9, 1), seed(8, 2)):
        assert 0 < (one != np.array(kept_units(5, 77, rate, other))).mean() < 0.7


def test_what_stays_is_scaled_so_that_the_mean_is_kept() -> None:
    hidden = tf.random.stateless_uniform((50, 4, 5, 6), seed=(1, 2), minval=1.0, maxval=2.0)
    out = dropout(hidden, 0.25, seed(1, 1)).numpy()
    ratio = out / hidden.numpy()
    assert set(np.round(np.unique(ratio), 5)) == {0.0, np.float32(1.33333)}
    assert out.mean() == pytest.approx(hidden.numpy().mean(), rel=0.05)


@pytest.mark.parametrize("width", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("rate", [0.25, 0.1])
def test_any_width_is_drawn(width: int, rate: float) -> None:
    kept = np.array(kept_units(3000, width, rate, seed(1, 2)))
    assert kept.shape == (3000, width)
    assert np.abs(kept.mean(0) - (1 - rate)).max() < 0.05


@pytest.mark.parametrize("rate", [0.25, 0.5, 0.75, 0.1])
def test_units_are_drawn_independently(rate: float) -> None:
    """Neighbours, and the four units that share a byte, keep and drop without regard to each other."""
    kept = np.array(kept_units(20_000, 16, rate, seed(5, 6))).astype(float)
    together = np.corrcoef(kept.T)
    assert np.abs(together - np.eye(16)).max() < 0.05
    along = np.corrcoef(kept[:-1].ravel(), kept[1:].ravel())[0, 1]
    assert abs(along) < 0.01
