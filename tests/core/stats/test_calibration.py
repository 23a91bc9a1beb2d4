"""Brier score, log-loss and calibration error, against scikit-learn and by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import brier_score_loss
from sklearn.metrics import log_loss as sklearn_log_loss

from xsample_tui.core.stats.calibration import brier, calibration_error
from xsample_tui.core.training.epoch_metrics import log_loss


def probabilities(seed: int, n: int = 500, classes: int = 4) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    lot = np.random.default_rng(seed)
    return lot.dirichlet(np.ones(classes), n).astype(np.float32), lot.integers(0, classes, n)


@pytest.mark.parametrize("seed", range(3))
def test_log_loss_and_brier_are_scikit_learns(seed: int) -> None:
    p, labels = probabilities(seed)
    exact = p.astype(np.float64) / p.astype(np.float64).sum(axis=1, keepdims=True)
    assert log_loss(p, labels) == pytest.approx(sklearn_log_loss(labels, exact, labels=range(4)), rel=1e-5)
    expected = brier_score_loss(labels, exact, labels=range(4), scale_by_half=False)
    assert brier(p, labels) == pytest.approx(expected, rel=1e-5)


def test_calibration_error_is_the_gap_of_each_bin_by_hand() -> None:
    # Sorted by confidence: .5 (wrong), .6 (right) | .8 (right), .9 (wrong).
    p = np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8], [0.4, 0.6]], np.float32)
    labels = np.array([1, 1, 1, 1])
    expected = (abs(0.5 - 0.55) * 2 + abs(0.5 - 0.85) * 2) / 4
    assert calibration_error(p, labels, bins=2) == pytest.approx(expected, abs=1e-6)


def test_calibration_error_of_calibrated_probabilities_is_near_zero() -> None:
    lot = np.random.default_rng(0)
    p = lot.dirichlet(np.ones(3), 40_000).astype(np.float32)
    labels = (lot.random((40_000, 1)) > p.cumsum(axis=1)).sum(axis=1).clip(max=2)
    assert calibration_error(p, labels) < 0.01
    assert calibration_error(p**4 / (p**4).sum(axis=1, keepdims=True), labels) > 0.1
