"""Diversity of classifiers, against deslib."""

import numpy as np
import pytest
from deslib.util import diversity as deslib
from numpy.typing import NDArray

from xsample_tui.core.stats.diversity import disagreement, diversity, double_fault


def answers(seed: int, k: int = 4, n: int = 300) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    lot = np.random.default_rng(seed)
    labels = lot.integers(0, 5, n)
    predictions = np.where(lot.random((k, n)) < 0.7, labels, lot.integers(0, 5, (k, n)))
    return labels, predictions


@pytest.mark.parametrize("seed", range(3))
def test_pairwise_diversity_is_deslibs(seed: int) -> None:
    labels, predictions = answers(seed)
    correct = predictions == labels
    for i, j in [(0, 1), (1, 3), (2, 3)]:
        pair = (labels, predictions[i], predictions[j])
        assert disagreement(correct)[i, j] == pytest.approx(deslib.disagreement_measure(*pair))
        assert double_fault(correct)[i, j] == pytest.approx(deslib.double_fault(*pair))


def test_diversity_sums_up_the_pairs() -> None:
    labels, predictions = answers(3)
    correct = predictions == labels
    found = diversity(correct)
    pairs = [(labels, predictions[i], predictions[j]) for i in range(4) for j in range(i)]
    assert found.disagreement == pytest.approx(np.mean([deslib.disagreement_measure(*pair) for pair in pairs]))
    assert found.double_fault == pytest.approx(np.mean([deslib.double_fault(*pair) for pair in pairs]))
    assert found.oracle_error == np.mean([not any(row[i] for row in correct) for i in range(correct.shape[1])])
    assert diversity(correct[:1]).oracle_error == pytest.approx((~correct[0]).mean())
