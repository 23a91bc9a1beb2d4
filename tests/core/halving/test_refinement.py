"""Refinement: which windows join after a rung."""

from __future__ import annotations

from xsample_tui.core.halving.refinement import finer_stride, neighbours
from xsample_tui.core.masks.windows import Window, grid


def places(windows: set[Window]) -> set[tuple[int, int]]:
    return {(window.row, window.col) for window in windows}


def test_the_stride_halves_from_rung_to_rung() -> None:
    assert [finer_stride(8, rung) for rung in range(5)] == [4, 2, 1, 1, 1]
    assert [finer_stride(5, rung) for rung in range(3)] == [2, 1, 1]


def test_neighbours_are_one_finer_stride_away() -> None:
    finer = grid(28, 28, 9, 9, 2)
    found = places(neighbours([Window(4, 8, 9, 9)], finer, 2))
    assert found == {(row, col) for row in (2, 4, 6) for col in (6, 8, 10)}


def test_at_the_edge_they_are_fewer_and_the_last_row_is_one_of_them() -> None:
    finer = grid(28, 28, 9, 9, 2)
    assert places(neighbours([Window(0, 0, 9, 9)], finer, 2)) == {(0, 0), (0, 2), (2, 0), (2, 2)}
    # Rows 0, 2, ..., 18 and 19.
    assert {row for row, _ in places(neighbours([Window(18, 4, 9, 9)], finer, 2))} == {16, 18, 19}


def test_neighbours_that_two_have_in_common_count_once() -> None:
    finer = grid(28, 28, 9, 9, 2)
    found = neighbours([Window(4, 4, 9, 9), Window(4, 8, 9, 9)], finer, 2)
    assert len(found) == 9 + 6
