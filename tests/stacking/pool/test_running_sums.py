"""Running sums of members' matrices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.finished_runs import made_outputs
from xsample_tui.stacking.pool.running_sums import TERMS, RunningSums, Term

OUTPUTS = made_outputs(7, 60)


choices = st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=9), min_size=1, max_size=8)


@given(choices, st.sampled_from(sorted(TERMS)), st.integers(0, 40))
def test_running_sums_are_the_sums_whatever_came_before(path: list[list[int]], term: Term, start: int) -> None:
    sums = RunningSums(OUTPUTS.softmax, OUTPUTS.votes)
    images = slice(start, 60)
    for members in path:
        total = sums.total(term, np.array(members), images)
        expected = sum(TERMS[term](OUTPUTS.softmax[i, images]).astype(np.float64) for i in members)
        assert total == pytest.approx(expected, abs=1e-10)
        total[:] = -1  # the caller's own
