"""Durations and sizes in words."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xsample_tui.core import duration_text as durations
from xsample_tui.core import size_text as sizes
from xsample_tui.core.duration_text import duration

LENGTH = {"s": 1, "min": 60, "h": 3600, "d": 86_400}


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(durations).attempted > 0
    assert doctest.testmod(durations).failed == doctest.testmod(sizes).failed == 0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 s"), (0, "0 s"), (59.4, "59 s"), (59.6, "1 min"), (60, "1 min"), (3569, "59 min"), (3571, "1 h"),
        (3600, "1 h"), (4800, "1 h 20 min"), (86_369, "23 h 59 min"), (86_371, "1 d"), (90_000, "1 d 1 h"),
    ],
)  # fmt: skip
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(42, "42 s"), (3500, "58 min"), (3599, "1 h"), (4800, "1 h"), (84_700, "1 d"), (90_000, "1 d"), (2e5, "2 d")],
)
def test_in_one_unit(seconds: float, text: str) -> None:
    assert duration(seconds, exactly=False) == text


@given(st.floats(0, 1e8))
def test_no_unit_is_as_large_as_the_next(seconds: float) -> None:
    words = duration(seconds).split()
    figures = dict(zip(words[1::2], map(int, words[::2]), strict=True))
    assert figures.get("s", 0) < 60
    assert figures.get("min", 0) < 60
    assert figures.get("h", 0) < 24
    said = sum(figure * LENGTH[unit] for unit, figure in figures.items())
    resolution = 1 if seconds < 59.5 else 60 if seconds < 86_370 else 3600
    assert abs(said - seconds) <= resolution / 2
