"""Many curves as dots: where they are, and that none leaves the frame."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from xsample_tui.tui.widgets.faint_curves import faint_dots
from xsample_tui.tui.widgets.line_plot import PlotFrame, braille

WHERE = PlotFrame(1, 11, 0.0, 1.0, 10, 4)


def curve(*values: float, first: int = 1) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(first, first + len(values), dtype=float), np.array(values, float)


def test_a_level_curve_is_where_its_line_would_be() -> None:
    level = [(epoch, 0.5) for epoch in range(1, 12)]
    assert faint_dots([curve(*[0.5] * 11)], WHERE) == braille(level, WHERE)


def test_a_curve_ends_with_its_epochs_and_one_epoch_is_a_dot() -> None:
    short = faint_dots([curve(0.5, 0.5, 0.5)], WHERE)
    assert {column for column, _ in short} == {0, 1, 2}
    (single,) = faint_dots([curve(1.0, first=11)], WHERE)
    assert single == (9, 0)
    assert faint_dots([], WHERE) == {}


@given(st.lists(st.lists(st.floats(-3, 3), min_size=1, max_size=20), max_size=5))
def test_what_is_outside_the_frame_is_left_out(values: list[list[float]]) -> None:
    places = faint_dots([curve(*one) for one in values], WHERE)
    assert all(0 <= column < 10 and 0 <= line < 4 and 0 < bits < 256 for (column, line), bits in places.items())


def test_columns_are_the_epochs_that_are_drawn_there() -> None:
    for epoch in range(1, 12):
        column = WHERE.dot(epoch, 0.5)[0] // 2
        assert abs(WHERE.epoch(column) - epoch) <= 1
    assert (WHERE.epoch(0), WHERE.epoch(9)) == (1, 11)
