"""Tables of text: what is left out and what is shortened where there is too little room."""

from __future__ import annotations

import pytest

from xsample_tui.core.table_text import TextColumn, drawn, fitted, shortened

COLUMNS = (
    TextColumn("run", least=10),
    TextColumn("errors", right=True),
    TextColumn("log-loss", right=True, rank=1),
    TextColumn("disagree", right=True, rank=2),
)
ROWS = [["quick-20261126-1-placebo", "95", "0.3229", "0.2498"], ["short", "1,036", "0.1240", "0.0192"]]


def test_where_there_is_room_everything_is_shown_aligned() -> None:
    assert drawn(COLUMNS, ROWS) == [
        "run                       errors  log-loss  disagree",
        "quick-20261126-1-placebo      95    0.3229    0.2498",
        "short                      1,036    0.1240    0.0192",
    ]


def test_names_are_shortened_in_the_middle_before_a_column_is_left_out() -> None:
    assert drawn(COLUMNS, ROWS, 40) == [
        "run           errors  log-loss  disagree",
        "quick…lacebo      95    0.3229    0.2498",
        "short          1,036    0.1240    0.0192",
    ]


def test_the_columns_of_the_largest_rank_are_left_out_first() -> None:
    shown = [[COLUMNS[i].heading for i in fitted(COLUMNS, ROWS, width)] for width in (38, 37, 27, 18)]
    assert shown == [
        ["run", "errors", "log-loss", "disagree"],
        ["run", "errors", "log-loss"],
        ["run", "errors"],
        ["run", "errors"],
    ]


@pytest.mark.parametrize("width", range(1, 61))
def test_no_line_is_wider_than_the_room(width: int) -> None:
    assert max(map(len, drawn(COLUMNS, ROWS, width))) <= width


def test_names_that_differ_at_the_end_stay_apart() -> None:
    names = [f"quick-20261126-1-{kind}" for kind in ("seeds", "replicates", "random", "placebo")]
    assert len({shortened(name, 12) for name in names}) == 4
    assert shortened("abcdef", 1) == "a"
    assert shortened("abcdef", 0) == ""


def test_a_table_without_rows_has_its_headings() -> None:
    assert drawn(COLUMNS, [], 12) == ["run  errors"]
