"""Differences in errors, as people say them."""

from __future__ import annotations

import doctest

from xsample_tui.core import error_words
from xsample_tui.core.error_words import errors_apart, errors_between


def test_the_examples_hold() -> None:
    assert doctest.testmod(error_words).failed == 0


def test_what_rounds_to_nothing_is_no_minus() -> None:
    assert errors_apart(-0.01) == "0 fewer errors"
    assert errors_between(-0.01, 4.0) == "0 to 4 fewer errors"
