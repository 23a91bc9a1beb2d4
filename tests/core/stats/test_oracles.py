"""The statistics against independent implementations."""

import numpy as np
import pytest
from deslib.util import diversity as deslib
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import binomtest, bootstrap
from sklearn.metrics import brier_score_loss
from sklearn.metrics import log_loss as sklearn_log_loss
from statsmodels.stats.contingency_tables import cochrans_q
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from xsample_tui.core.stats.calibration import brier, calibration_error
from xsample_tui.core.stats.diversity import disagreement, diversity, double_fault
from xsample_tui.core.stats.multiple_testing import benjamini_hochberg, holm
from xsample_tui.core.stats.paired_bootstrap import paired_bootstrap
from xsample_tui.core.stats.paired_tests import cochran_q, mcnemar
from xsample_tui.core.stats.wilson_interval import wilson
from xsample_tui.core.training.epoch_metrics import log_loss

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=40)
counts = st.integers(0, 2000)


@given(p_values)
@settings(max_examples=30)  # statsmodels collects garbage at every call
def test_holm_is_statsmodels(p: list[float]) -> None:
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-12)


@given(p_values)
def test_benjamini_hochberg_is_statsmodels(p: list[float]) -> None:
    assert benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1], abs=1e-12)


@given(counts, counts)
def test_mcnemar_is_statsmodels_and_the_binomial_test(only_a: int, only_b: int) -> None:
    p = float(mcnemar(only_a, only_b))
    assert p == pytest.approx(statsmodels_mcnemar([[7, only_a], [only_b, 3]], exact=True).pvalue, rel=1e-9)
    if only_a + only_b:
        assert p == pytest.approx(binomtest(only_a, only_a + only_b).pvalue, rel=1e-9)


def test_mcnemar_on_arrays_and_without_discordant_images() -> None:
    assert mcnemar([0, 5, 6], [0, 0, 0]).tolist() == pytest.approx([1, 0.0625, 0.03125])
    assert mcnemar([[1], [9]], [2, 3]).shape == (2, 2)


@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999))
def test_wilson_is_statsmodels(found: tuple[int, int], confidence: float) -> None:
    expected = proportion_confint(*found, alpha=1 - confidence, method="wilson")
    assert wilson(*found, confidence) == pytest.approx(expected, abs=1e-9)


def test_wilson_of_nothing_is_everything() -> None:
    assert wilson(0, 0) == (0, 1)


@given(st.integers(2, 8), st.integers(2, 60), st.integers(0, 10_000))
def test_cochran_q_is_statsmodels(k: int, n: int, seed: int) -> None:
    lot = np.random.default_rng(seed)
    correct = lot.random((k, n)) < lot.random((k, 1))
    found = cochran_q(correct)
    if (correct == correct[0]).all():
        assert (found.statistic, found.p) == (0, 1)
        return
    expected = cochrans_q(correct.T.astype(int))
    assert found.statistic == pytest.approx(expected.statistic)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-9, abs=1e-12)


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


@pytest.mark.parametrize("seed", range(2))
def test_the_paired_bootstrap_of_images_is_scipys(seed: int) -> None:
    lot = np.random.default_rng(seed)
    a, b = lot.random(3000) < 0.95, lot.random(3000) < 0.93
    found = paired_bootstrap(a, b, lot, draws=20_000)
    gap = a.astype(float) - b
    expected = bootstrap((gap,), np.mean, n_resamples=20_000, method="percentile", batch=200, rng=lot)
    assert found.difference == pytest.approx(gap.mean())
    assert found.low == pytest.approx(expected.confidence_interval.low, abs=6e-4)
    assert found.high == pytest.approx(expected.confidence_interval.high, abs=6e-4)
    assert found.sd == pytest.approx(expected.standard_error, rel=0.03)
    assert not found.members
