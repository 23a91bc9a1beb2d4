"""Corrections for many tests, by hand and against statsmodels."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from xsample_tui.core.stats.multiple_testing import benjamini_hochberg, holm

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=40)


@given(p_values)
@settings(max_examples=30)  # statsmodels collects garbage at every call
def test_holm_is_statsmodels(p: list[float]) -> None:
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-12)


@given(p_values)
def test_benjamini_hochberg_is_statsmodels(p: list[float]) -> None:
    assert benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1], abs=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_corrections_never_lower_a_p_and_keep_the_order(p: list[float]) -> None:
    for corrected in (holm(p), benjamini_hochberg(p)):
        assert (corrected >= np.array(p) - 1e-15).all()
        assert (corrected <= 1).all()
        assert (np.diff(corrected[np.argsort(p, kind="stable")]) >= 0).all()
    assert (holm(p) >= benjamini_hochberg(p) - 1e-12).all()


def test_corrections_of_many_families_at_once() -> None:
    p = np.random.default_rng(0).random((7, 5, 9))
    assert holm(p)[3, 2].tolist() == holm(p[3, 2]).tolist()
    assert np.isnan(benjamini_hochberg([0.1, math.nan])).all()
    assert benjamini_hochberg([]).shape == (0,)


def test_holm_by_hand() -> None:
    assert holm([0.04, 0.01, 0.03]).tolist() == pytest.approx([0.06, 0.03, 0.06])
