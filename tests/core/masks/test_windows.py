"""Windows and the grid of their positions."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xsample_tui.core.errors import InputError
from xsample_tui.core.masks.windows import article_grid, grid

LENGTH = st.integers(1, 40)


@given(LENGTH, LENGTH, st.integers(1, 12), st.integers(1, 12), st.integers(1, 15))
def test_every_window_fits_and_the_last_row_and_column_are_there(
    height: int, width: int, window_height: int, window_width: int, stride: int
) -> None:
    if window_height > height or window_width > width:
        with pytest.raises(InputError, match="window"):
            grid(height, width, window_height, window_width, stride)
        return
    windows = grid(height, width, window_height, window_width, stride)
    rows, cols = sorted({w.row for w in windows}), sorted({w.col for w in windows})
    assert rows[0] == cols[0] == 0
    assert rows[-1] == height - window_height
    assert cols[-1] == width - window_width
    assert all(b - a <= stride for axis in (rows, cols) for a, b in itertools.pairwise(axis))
    assert [(w.row, w.col) for w in windows] == [(r, c) for r in rows for c in cols]


def test_counts_of_the_article_and_of_all_placements() -> None:
    assert len(grid(28, 28, 9, 9, 1)) == 400
    assert [(w.row, w.col) for w in article_grid(28, 28, 9, 9, 1)] == [
        (i, j) for i in range(28 - 9) for j in range(28 - 9)
    ]


@pytest.mark.parametrize("bad", [(0, 9, 1), (29, 9, 1), (9, 0, 1), (9, 9, 0), (9, 9, -3)])
def test_windows_that_do_not_fit_are_refused(bad: tuple[int, int, int]) -> None:
    with pytest.raises(InputError, match=r"^(window|stride): "):
        grid(28, 28, *bad)


def test_the_articles_loop_has_no_place_for_a_window_of_the_images_size() -> None:
    with pytest.raises(InputError, match="smaller"):
        article_grid(9, 28, 9, 9, 1)
