"""Axes of line plots."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from xsample_tui.tui.widgets.line_plot import PlotFrame, round_ticks


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
