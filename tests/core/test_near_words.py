"""Words that may have been meant."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xsample_tui.core import near_words
from xsample_tui.core.near_words import did_you_mean, nearest

KNOWN = ["quick", "standard", "Article"]


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(near_words) == (0, 1)


@given(st.sampled_from(KNOWN), st.booleans(), st.integers(0, 9))
def test_a_word_with_a_letter_left_out_is_found_in_any_case(word: str, upper: bool, at: int) -> None:
    at %= len(word)
    typed = word[:at] + word[at + 1 :]
    assert nearest(typed.upper() if upper else typed.lower(), KNOWN) == word


@pytest.mark.parametrize("word", ["", "xyz", "0"])
def test_nothing_is_near_another_word(word: str) -> None:
    assert nearest(word, KNOWN) is None
    assert did_you_mean(word, KNOWN) == ()
