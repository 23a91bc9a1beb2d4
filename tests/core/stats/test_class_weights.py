"""Scores with every class alike, against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, log_loss
from sklearn.utils.class_weight import compute_sample_weight

from xsample_tui.core.stats.class_weights import balanced_accuracy, balanced_log_loss, class_weights
from xsample_tui.stacking.blending.blend_score import Score


@given(st.lists(st.integers(0, 4), max_size=60), st.integers(0, 2**32))
@settings(deadline=None, max_examples=30)
def test_they_are_those_of_scikit_learn(classes: list[int], seed: int) -> None:
    labels = np.array([0, 1, *classes], np.int64)
    drawn = np.random.default_rng(seed).dirichlet(np.full(5, 0.5), len(labels))
    softmax = np.clip(drawn, 1e-6, None).astype(np.float32)
    softmax /= softmax.sum(axis=1, keepdims=True)
    predicted, true = softmax.argmax(axis=1), softmax[np.arange(len(labels)), labels]
    found = float(balanced_accuracy(predicted == labels, labels))
    # It warns of predictions of classes that no image has.
    if np.isin(predicted, labels).all():
        assert found == pytest.approx(balanced_accuracy_score(labels, predicted))
    weights = compute_sample_weight("balanced", labels)
    assert class_weights(labels) == pytest.approx(weights / weights.sum())
    exact = softmax.astype(np.float64)
    exact /= exact.sum(axis=1, keepdims=True)
    expected = log_loss(labels, exact, sample_weight=weights, labels=range(5))
    assert float(balanced_log_loss(true, labels)) == pytest.approx(expected, rel=1e-4)
    score = Score.of(softmax, labels)
    assert score.balanced_accuracy == found
    assert score.balanced_log_loss == pytest.approx(expected, rel=1e-4)


def test_a_large_class_does_not_count_more_than_a_small_one() -> None:
    labels = np.array([0] * 90 + [1] * 10)
    always_zero = np.zeros(100, np.int64)
    assert float(balanced_accuracy(always_zero == labels, labels)) == pytest.approx(0.5)
    # Several models at once.
    both = np.stack([always_zero == labels, np.ones(100, np.bool_)])
    assert balanced_accuracy(both, labels) == pytest.approx([0.5, 1.0])
