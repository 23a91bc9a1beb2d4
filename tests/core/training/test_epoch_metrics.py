"""Metrics against scikit-learn's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score
from sklearn.metrics import log_loss as sklearn_log_loss

from xsample_tui.core.training.epoch_metrics import binary_loss, errors, log_loss


@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(2, 12))
def test_losses_and_errors(seed: int, count: int, classes: int) -> None:
    lot = np.random.default_rng(seed)
    softmax = lot.dirichlet(np.ones(classes), count).astype(np.float32)
    labels = lot.integers(0, classes, count)
    clipped = np.clip(softmax.astype(float), 1e-7, 1 - 1e-7)
    each = -np.log(clipped[np.arange(count), labels])
    assert log_loss(softmax, labels) == pytest.approx(each.mean())
    normal = softmax / softmax.sum(axis=1, keepdims=True)
    if clipped.min() > 1e-6:
        wanted = sklearn_log_loss(labels, normal, labels=list(range(classes)))
        assert log_loss(softmax, labels) == pytest.approx(wanted, rel=1e-4)
    truth = np.eye(classes)[labels]
    binary = -(truth * np.log(clipped) + (1 - truth) * np.log(1 - clipped)).mean()
    assert binary_loss(softmax, labels) == pytest.approx(binary)
    assert errors(softmax, labels) == count - accuracy_score(labels, softmax.argmax(axis=1), normalize=False)
