"""Wilson's interval, against statsmodels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from xsample_tui.core.stats.wilson_interval import wilson


@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999))
def test_wilson_is_statsmodels(found: tuple[int, int], confidence: float) -> None:
    expected = proportion_confint(*found, alpha=1 - confidence, method="wilson")
    assert wilson(*found, confidence) == pytest.approx(expected, abs=1e-9)


def test_wilson_of_nothing_is_everything() -> None:
    assert wilson(0, 0) == (0, 1)
