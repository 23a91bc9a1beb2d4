"""Small maps of windows."""

from __future__ import annotations

import pytest
from textual.color import Color

from xsample_tui.tui.theme.colors import ThemeColors
from xsample_tui.tui.widgets.small_map import gain_paint, level_paint, small_map

VALUES = {(row, column): row + column / 10 for row in range(0, 15, 5) for column in range(0, 20, 5)}
BLACK = Color.parse("#000000")


def drawn(room: tuple[int, int], *, plain: bool = False) -> list[str]:
    lines = small_map(
        VALUES, level_paint(VALUES.values(), ThemeColors()), BLACK, room, plain=plain, words=lambda v: f"{v:.1f}"
    )
    return [line.plain for line in lines]


@pytest.mark.parametrize(
    ("room", "size"),
    [((40, 20), (28, 9)), ((28, 8), (28, 6)), ((20, 6), (16, 6)), ((9, 3), (8, 3)), ((4, 2), (4, 2))],
)
def test_cells_are_as_large_as_fits(room: tuple[int, int], size: tuple[int, int]) -> None:
    lines = drawn(room)
    assert {len(line) for line in lines} == {size[0]}
    assert len(lines) == size[1]


def test_wide_cells_have_words_and_small_ones_none() -> None:
    assert drawn((40, 3))[1].split() == ["5.0", "5.5", "6.0", "6.5"]
    assert "".join(drawn((8, 3))).strip() == ""
    assert drawn((3, 9)) == []


def test_without_colours_signs_show_what_is_better() -> None:
    assert drawn((4, 3), plain=True)[0][0] == " "
    assert drawn((4, 3), plain=True)[2][3] == "@"
    assert drawn((4, 2), plain=True) == []
    paint = gain_paint(0.5, ThemeColors(), lambda value: abs(value) > 0.1)
    assert [paint(value)[1] for value in (-0.4, 0.05, 0.2)] == ["−", "·", "+"]


def test_better_is_lighter_and_what_is_missing_has_no_colour() -> None:
    values = {(0, 0): 0.1, (0, 1): 0.9}
    (line,) = small_map(
        values, level_paint(values.values(), ThemeColors()), BLACK, (6, 1), plain=False, places=frozenset({(0, 2)})
    )
    colours = [span.style.bgcolor.get_truecolor() for span in line.spans]  # type: ignore[union-attr]
    assert sum(colours[0]) < sum(colours[1])
    assert (len(line.plain), len(colours)) == (6, 2)
