"""Draws line plots with axes, by braille dots or by letters."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

# The bit of each dot of a braille pattern: a row for each of its lines.
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
LABEL = 7
_TICK_ROOM = 8
_MOST_TICKS = 5
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
Series = Sequence[tuple[int, float]]


@dataclass(frozen=True)
class PlotFrame:
    """The visible ranges, and the columns and lines of the drawing.

    Attributes:
        first, last: of the axis to the right: epochs, or numbers of members.
        low, high: of the values.
        columns, lines: of the drawing, in characters.
        logarithmic: whether the axis to the right is; it begins above 0 then.
    """

    first: float
    last: float
    low: float
    high: float
    columns: int
    lines: int
    logarithmic: bool = False

    def dot(self, epoch: float, value: float) -> tuple[int, int]:
        """Return the dot of a point, from the upper left."""
        first, last, at = self.first, self.last, epoch
        if self.logarithmic:
            first, last, at = math.log(first), math.log(last), math.log(at)
        right = (at - first) / (last - first)
        up = (value - self.low) / (self.high - self.low)
        return round(right * (2 * self.columns - 1)), round((1 - up) * (4 * self.lines - 1))

    def epoch(self, column: int) -> int:
        """Return the epoch at a column of characters, the nearest in the frame."""
        share = (2 * column + 0.5) / (2 * self.columns - 1)
        return round(min(max(self.first + share * (self.last - self.first), self.first), self.last))


@dataclass(frozen=True)
class PlotLine:
    """One line of a plot.

    Attributes:
        points: its points.
        style: its colour.
        sign: its letter, with which the whole line is drawn if there are no braille dots.
        dotted: whether every other dot is left out.
        signed: whether the letter is also drawn at the end of a line of braille dots.
    """

    points: Series
    style: Style
    sign: str
    dotted: bool = False
    signed: bool = False


def frame(
    series: Sequence[Series],
    epochs: int,
    columns: int,
    lines: int,
    *,
    span: tuple[float, float] | None = None,
    most: float | None = 1.0,
) -> PlotFrame:
    """Return the frame that shows whole series: from epoch 1, with some space above and below.

    Args:
        series: the series, with at least one point in all.
        epochs: epochs planned.
        columns, lines: size of the drawing.
        span: first and last epoch instead.
        most: the upper bound of the values, if there is one.
    """
    values = [value for points in series for _, value in points]
    last = max(2, max(epoch for points in series for epoch, _ in points))
    low, high = min(values), max(values)
    room = max((high - low) * 0.08, 0.0005)
    # Values at the upper bound are drawn in the first line: the axis must not show impossible values.
    top = high + room if most is None else min(high + room, max(most, high))
    first, end = span or (1, min(last, max(epochs, 2)))
    return PlotFrame(first, end, low - room, top, columns, lines)


def round_ticks(where: PlotFrame) -> dict[int, str]:
    """Return the numbers to write under a drawing, by column: its ends, and the round ones that fit between.

    >>> round_ticks(PlotFrame(1, 36, 0, 1, 40, 5, logarithmic=True))
    {0: '1', 38: '36', 7: '2', 17: '5', 25: '10', 33: '20'}
    """
    first, last = round(where.first), round(where.last)
    found: dict[int, str] = {}
    for number in dict.fromkeys((first, last, *(step for step in _STEPS if first < step < last))):
        text = str(number)
        at = min(max(where.dot(number, where.low)[0] // 2, 0), where.columns - len(text))
        if all(at > column + len(other) or at + len(text) < column for column, other in found.items()):
            found[at] = text
    return found


def value_ticks(where: PlotFrame, *, powers: bool = False) -> dict[int, float]:
    """Return the round values to write beside a drawing, by line, from the top.

    >>> value_ticks(PlotFrame(1, 9, 0.23, 0.97, 40, 9))
    {2: 0.8, 4: 0.6, 6: 0.4}

    Args:
        where: the frame.
        powers: whether its values are powers of ten.
    """
    most = max(3, min(_MOST_TICKS, round(0.6 * where.lines))) + 0.5
    if powers:
        found = range(math.floor(where.low), math.ceil(where.high) + 1)
        values = [exponent + math.log10(factor) for exponent in found for factor in (1, 2, 5)]
    else:
        power = 10.0 ** math.floor(math.log10((where.high - where.low) / most))
        step = next(step for factor in (1, 2, 5, 10) if (where.high - where.low) / (step := factor * power) <= most)
        # Rounded, as 3 x 0.1 is a little more than 0.3.
        first, last = math.ceil(where.low / step), math.floor(where.high / step)
        values = [round(number * step, 9) for number in range(first, last + 1)]
    ticks: dict[int, float] = {}
    for value in reversed(values):
        line = where.dot(where.first, value)[1] // 4
        if 0 <= line < where.lines and line > max(ticks, default=-1):
            ticks[line] = value
    return ticks


def smoothed(points: Series, span: int) -> Series:
    """Return the exponential moving average of points over about ``span`` of them; with 1, the points themselves.

    ``s_t = sum_i d^(t-i) x_i / sum_i d^(t-i)`` with ``d = 1 - 2 / (span + 1)``: weights add up to 1 from the first
    point on, so that nothing is drawn towards zero.
    """
    decay = 1 - 2 / (span + 1)
    total = weight = 0.0
    found = []
    for epoch, value in points:
        total, weight = decay * total + value, decay * weight + 1
        found.append((epoch, total / weight))
    return found


def braille(points: Series, where: PlotFrame, *, dotted: bool = False) -> dict[tuple[int, int], int]:
    """Return a line through points as braille patterns by (column, line); ``dotted`` leaves every other dot out."""
    marks: dict[tuple[int, int], int] = {}
    dots = [where.dot(epoch, value) for epoch, value in points]
    for (x0, y0), (x1, y1) in zip(dots, dots[1:] or dots, strict=False):
        steps = max(abs(x1 - x0), abs(y1 - y0), 1)
        for step in range(steps + 1):
            x, y = x0 + round((x1 - x0) * step / steps), y0 + round((y1 - y0) * step / steps)
            if not dotted or x // 2 % 2 == 0:
                place = x // 2, y // 4
                marks[place] = marks.get(place, 0) | DOTS[y % 4][x % 2]
    return marks


def draw(
    lines: Sequence[PlotLine],
    where: PlotFrame,
    label: Callable[[float], str],
    muted: Style,
    *,
    letters: bool,
    behind: Mapping[tuple[int, int], tuple[str, Style]] | None = None,
    marked: Collection[tuple[int, int]] = (),
    powers: bool = False,
) -> list[Strip]:
    """Return a plot's lines with its axis of values; later lines are drawn over earlier ones.

    Args:
        lines: the lines.
        where: the frame.
        label: formats a value for the axis.
        muted: the style of the axis.
        letters: whether to draw by letters instead of braille dots.
        behind: signs that lines are drawn over, with their styles, by (column, line).
        marked: places to be drawn in reverse.
        powers: whether the values are powers of ten.
    """
    places: dict[tuple[int, int], tuple[str, Style]] = dict(behind or {})
    bits: dict[tuple[int, int], int] = {}
    for line in lines:
        for place, pattern in braille(line.points, where, dotted=line.dotted).items():
            bits[place] = bits.get(place, 0) | pattern
            places[place] = line.sign if letters else chr(0x2800 + bits[place]), line.style
    ends: set[tuple[int, int]] = set()
    for line in lines:
        if line.signed and line.points:
            x, y = where.dot(*line.points[-1])
            column = x // 2
            # Lines with the same end have their letters side by side.
            while (column, y // 4) in ends and column > 0:
                column -= 1
            ends.add((column, y // 4))
            places[column, y // 4] = line.sign, line.style + Style(bold=True)
    for place in marked:
        sign, style = places.get(place, (" ", muted))
        places[place] = sign, style + Style(reverse=True)
    ticks = value_ticks(where, powers=powers)
    strips = []
    for number in range(where.lines):
        text = label(ticks[number]) if number in ticks else ""
        segments = [Segment(f"{text:>{LABEL}}", muted), Segment("┤" if text else "│", muted)]
        segments += [Segment(*places.get((column, number), (" ", muted))) for column in range(where.columns)]
        strips.append(Strip(segments).simplify())
    return strips


def epoch_axis(where: PlotFrame, style: Style) -> Strip:
    """Return the line of epoch numbers under the drawing."""
    line = [" "] * where.columns
    span = where.last - where.first
    step = next(s for s in _STEPS if span / s <= where.columns / _TICK_ROOM or s == _STEPS[-1])
    first = -int(-where.first // 1)
    marks = sorted({first, *range(step * -(-first // step), int(where.last) + 1, step)})
    for epoch in marks:
        text = str(epoch)
        start = min(max(where.dot(epoch, where.low)[0] // 2 - len(text) // 2, 0), where.columns - len(text))
        # A number that would touch the previous one is left out.
        if all(c == " " for c in line[max(start - 1, 0) : start + len(text)]):
            line[start : start + len(text)] = text
    return Strip([Segment(f"{'epoch':>{LABEL}} {''.join(line)}", style)])
