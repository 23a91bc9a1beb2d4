"""Axes of line plots."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xsample_tui.tui.widgets.line_plot import PlotFrame, round_ticks, value_ticks


@given(st.integers(2, 100_000), st.integers(12, 200), st.booleans())
def test_numbers_stand_where_they_are_and_never_touch(last: int, columns: int, logarithmic: bool) -> None:
    where = PlotFrame(1, last, 0.0, 1.0, columns, 5, logarithmic=logarithmic)
    found = round_ticks(where)
    line = [" "] * columns
    for column, text in found.items():
        assert "".join(line[max(column - 1, 0) : column + len(text) + 1]).strip() == ""
        line[column : column + len(text)] = text
        assert abs(where.dot(int(text), 0.0)[0] // 2 - column) < len(text)
    assert len(line) == columns
    assert found[0] == "1"
    assert str(last) in found.values()
    assert all(set(text[1:]) <= {"0"} and text[0] in "125" for text in found.values() if text != str(last))


def test_each_doubling_takes_as_much_of_a_logarithmic_axis() -> None:
    where = PlotFrame(1, 64, 0.0, 1.0, 61, 5, logarithmic=True)
    dots = [where.dot(2**power, 0.0)[0] for power in range(7)]
    steps = {after - before for before, after in pairwise(dots)}
    assert dots[0] == 0
    assert dots[-1] == 121
    assert steps <= {20, 21}


@given(st.floats(0, 1), st.floats(0.001, 20), st.integers(5, 40))
def test_values_beside_a_plot_are_evenly_spaced_and_stand_where_they_are(low: float, span: float, lines: int) -> None:
    where = PlotFrame(1, 9, low, low + span, 40, lines)
    ticks = value_ticks(where)
    assert 1 <= len(ticks) <= 6
    values = list(ticks.values())
    steps = {round((above - below) / span, 6) for above, below in pairwise(values)}
    assert len(steps) <= 1
    assert all(step > 0 for step in steps)
    for line, value in ticks.items():
        assert where.dot(1, value)[1] // 4 == line


@pytest.mark.parametrize(
    ("low", "high", "lines", "expected"),
    [
        (0.0612, 1.0, 9, [1.0, 0.8, 0.6, 0.4, 0.2]),
        (0.6065, 0.7653, 5, [0.75, 0.7, 0.65]),
        (0.99, 0.9911, 6, [0.991, 0.9905, 0.99]),
    ],
)
def test_values_beside_a_plot_are_round(low: float, high: float, lines: int, expected: list[float]) -> None:
    assert list(value_ticks(PlotFrame(1, 9, low, high, 40, lines)).values()) == expected


def test_values_that_are_powers_of_ten_are_round_as_what_they_stand_for() -> None:
    ticks = value_ticks(PlotFrame(1, 9, -2.2, -0.3, 40, 12), powers=True)
    assert [round(10**value, 4) for value in ticks.values()] == [0.5, 0.2, 0.1, 0.05, 0.02, 0.01]
