"""Draws the windows of a run as a small map: a colour for each, without axes and without a cursor."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from rich.style import Style
from rich.text import Text
from textual.color import Color

from ..theme.colors import LEVELS, ThemeColors, ink_color, level_of, round_end, step_of

Place = tuple[int, int]
# Cells from large to small, columns by lines; the last is half a line high and needs colours.
_CELLS = ((7, 3), (7, 2), (7, 1), (4, 2), (2, 1), (1, 1))
_SIGNS = " .:-=+*#%@"
Paint = Callable[[float], tuple[Color, str]]


def level_paint(values: Collection[float], colors: ThemeColors) -> Paint:
    """Return what gives a value its colour and its sign, from the worst to the best.

    Args:
        values: all values, larger for better.
        colors: the colours of data.
    """
    low, high = min(values, default=0.0), max(values, default=0.0)

    def paint(value: float) -> tuple[Color, str]:
        level = level_of(value, low, high)
        return colors.color("level", level), _SIGNS[min(level * len(_SIGNS) // (LEVELS + 1), len(_SIGNS) - 1)]

    return paint


def gain_paint(limit: float, colors: ThemeColors, sure: Callable[[float], bool] = bool) -> Paint:
    """Return what gives a difference its colour and its sign, centred on 0.

    Args:
        limit: the difference with the strongest colour.
        colors: the colours of data.
        sure: whether a difference is to have a colour.
    """
    end = round_end(limit, 1e-9)

    def paint(value: float) -> tuple[Color, str]:
        step = step_of(value, end) if sure(value) else 0
        return colors.color("gain", step), "·" if step == 0 else "+" if step > 0 else "−"

    return paint


def small_map(
    values: Mapping[Place, float],
    paint: Paint,
    below: Color,
    room: tuple[int, int],
    *,
    plain: bool,
    places: frozenset[Place] = frozenset(),
    words: Callable[[float], str] = lambda value: "",
) -> list[Text]:
    """Return the map's lines, in the largest cells that there is room for; none where there is no room.

    Args:
        values: a value for each window, by its row and column in the image.
        paint: gives a value its colour, and its sign where there are no colours.
        below: the colour where there is no window.
        room: columns and lines.
        plain: whether signs must show everything.
        places: windows without a value, which have a place too.
        words: the value as text, for cells that are wide enough.
    """
    rows = sorted({row for row, _ in (*values, *places)})
    columns = sorted({column for _, column in (*values, *places)})
    if not rows:
        return []
    for across, down in _CELLS:
        if across * len(columns) <= room[0] and down * len(rows) <= room[1]:
            return _cells(values, paint, below, rows, columns, (across, down), plain=plain, words=words)
    if plain or len(columns) > room[0] or (len(rows) + 1) // 2 > room[1]:
        return []
    return _halves(values, paint, below, rows, columns)


def _cells(
    values: Mapping[Place, float],
    paint: Paint,
    below: Color,
    rows: list[int],
    columns: list[int],
    size: tuple[int, int],
    *,
    plain: bool,
    words: Callable[[float], str],
) -> list[Text]:
    across, down = size
    lines = []
    for row in rows:
        for line in range(down):
            text = Text(no_wrap=True)
            for column in columns:
                value = values.get((row, column))
                if value is None:
                    text.append(" " * across)
                    continue
                color, sign = paint(value)
                said = words(value) if line == down // 2 else ""
                said = said if len(said) < across else ""
                if not plain:
                    style = Style(color=ink_color(color).rich_color, bgcolor=color.rich_color)
                    text.append(f"{said:^{across}}", style)
                elif said:
                    text.append(f"{said:^{across}}")
                else:
                    text.append(f"{sign * max(across - 1, 1):<{across}}")
            lines.append(text)
    return lines


def _halves(
    values: Mapping[Place, float], paint: Paint, below: Color, rows: list[int], columns: list[int]
) -> list[Text]:
    lines = []
    for at in range(0, len(rows), 2):
        text = Text(no_wrap=True)
        for column in columns:
            pair = [values.get((row, column)) for row in rows[at : at + 2]]
            front, back = ([below if value is None else paint(value)[0] for value in pair] + [below])[:2]
            text.append("▀", Style(color=front.rich_color, bgcolor=back.rich_color))
        lines.append(text)
    return lines
