"""The names of runs beside a run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xsample_tui.store.control_run_names import CONFIRM, CONTROL_KINDS, REFIT, beside, parts_of


@given(
    st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True),
    st.sampled_from((*CONTROL_KINDS, CONFIRM, REFIT)),
    st.integers(1, 99),
)
def test_a_name_says_whose_it_is_and_of_what_kind(run: str, kind: str, number: int) -> None:
    assert parts_of(beside(run, kind, number)) == (run, kind)


@pytest.mark.parametrize("name", ["digits", "seeds", "-seeds", "digits-seeds-", "digits-seeds-x", "digits-twins"])
def test_other_names_are_no_such(name: str) -> None:
    assert parts_of(name) is None
