"""McNemar's test and Cochran's Q, against statsmodels and scipy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import cochrans_q
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar

from xsample_tui.core.stats.paired_tests import cochran_q, mcnemar

counts = st.integers(0, 2000)


@given(counts, counts)
def test_mcnemar_is_statsmodels_and_the_binomial_test(only_a: int, only_b: int) -> None:
    p = float(mcnemar(only_a, only_b))
    assert p == pytest.approx(statsmodels_mcnemar([[7, only_a], [only_b, 3]], exact=True).pvalue, rel=1e-9)
    if only_a + only_b:
        assert p == pytest.approx(binomtest(only_a, only_a + only_b).pvalue, rel=1e-9)


def test_mcnemar_on_arrays_and_without_discordant_images() -> None:
    assert mcnemar([0, 5, 6], [0, 0, 0]).tolist() == pytest.approx([1, 0.0625, 0.03125])
    assert mcnemar([[1], [9]], [2, 3]).shape == (2, 2)


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


def test_models_that_agree_on_every_image() -> None:
    same = np.tile(np.array([True, False, True]), (3, 1))
    assert cochran_q(same).p == 1
    assert cochran_q(same[:1]).p == 1


def test_cochran_q_of_two_models_is_mcnemar_without_continuity() -> None:
    correct = np.array([[1] * 30 + [0] * 10, [1] * 12 + [0] * 18 + [1] * 4 + [0] * 6], bool)
    assert cochran_q(correct).statistic == pytest.approx((18 - 4) ** 2 / (18 + 4))
