"""The learning curve of the chosen trial against the baselines' mean, drawn in braille dots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from .link import Link
from .palette import theme_color

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_LABEL = 7
_TICK_ROOM = 8
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
Series = Sequence[tuple[int, float]]


@dataclass(frozen=True)
class Frame:
    """The part of the plane that is drawn, and the columns and lines it is drawn on."""

    first: float
    last: float
    low: float
    high: float
    columns: int
    lines: int

    def dot(self, epoch: float, value: float) -> tuple[int, int]:
        """Return the dot of a point, counted from the upper left."""
        right = (epoch - self.first) / (self.last - self.first)
        up = (value - self.low) / (self.high - self.low)
        return round(right * (2 * self.columns - 1)), round((1 - up) * (4 * self.lines - 1))


def frame(series: Sequence[Series], epochs: int, columns: int, lines: int) -> Frame:
    """Return the frame that shows whole series: from epoch 1, and with some room above and below.

    Args:
        series: what is to be drawn, at least one point together.
        epochs: epochs planned.
        columns, lines: size of the drawing.
    """
    values = [value for points in series for _, value in points]
    last = max(2, max(epoch for points in series for epoch, _ in points))
    low, high = min(values), max(values)
    room = max((high - low) * 0.08, 0.0005)
    return Frame(1, min(last, max(epochs, 2)), low - room, min(high + room, 1.0 + room / 2), columns, lines)


def braille(points: Series, where: Frame, *, dotted: bool = False) -> dict[tuple[int, int], int]:
    """Return a line through points as braille patterns by (column, line); ``dotted`` leaves every other dot out."""
    marks: dict[tuple[int, int], int] = {}
    dots = [where.dot(epoch, value) for epoch, value in points]
    for (x0, y0), (x1, y1) in zip(dots, dots[1:] or dots, strict=False):
        steps = max(abs(x1 - x0), abs(y1 - y0), 1)
        for step in range(steps + 1):
            x, y = x0 + round((x1 - x0) * step / steps), y0 + round((y1 - y0) * step / steps)
            if not dotted or x // 2 % 2 == 0:
                place = x // 2, y // 4
                marks[place] = marks.get(place, 0) | _DOTS[y % 4][x % 2]
    return marks


class Curve(Widget):
    """Validation and training accuracy of one trial, epoch by epoch.

    Args:
        link: the run's link.
    """

    BORDER_TITLE = "learning curve"

    def __init__(self, link: Link) -> None:
        super().__init__(id="curve")
        self._link = link
        self._trial: str | None = None
        self._strips: list[Strip] | None = None

    def show(self, trial: str | None) -> None:
        """Show another trial's curve, or the present one's as it is now."""
        self._trial = trial
        self._strips = None
        self.border_title = f"learning curve · {trial}" if trial else "learning curve"
        if self.display:
            self.refresh()

    def on_mount(self) -> None:
        """Follow the theme."""
        self.watch(self.app, "theme", lambda: self.show(self._trial), init=False)

    def on_resize(self) -> None:
        """Draw to the new size."""
        self._strips = None

    def render_line(self, y: int) -> Strip:
        """Return one line of the drawing."""
        if self._strips is None:
            self._strips = self._draw()
        blank = Style(bgcolor=self.background_colors[1].rich_color)
        if y < len(self._strips):
            return self._strips[y].adjust_cell_length(self.size.width, blank)
        return Strip.blank(self.size.width, blank)

    def _draw(self) -> list[Strip]:
        variables = self.app.theme_variables
        ground = self.background_colors[1].rich_color
        muted = Style(color=theme_color(variables, "foreground-muted").rich_color, bgcolor=ground)
        layers = {
            "val": Style(color=theme_color(variables, "primary").rich_color, bgcolor=ground, bold=True),
            "train": Style(color=theme_color(variables, "accent").rich_color, bgcolor=ground),
            "baselines": muted,
        }
        entry = self._link.progress.trials.get(self._trial or "")
        if entry is None or not entry.history:
            words = "no epoch yet" if entry is not None else "no trial chosen"
            return [Strip([Segment(" " + words, muted)])]
        val = [(m.epoch, m.val_accuracy) for m in entry.history]
        train = [(m.epoch, m.accuracy) for m in entry.history]
        levels = ((m.epoch, self._link.yardstick.level(m.epoch)) for m in entry.history)
        base = [(epoch, level.accuracy) for epoch, level in levels if level is not None]
        columns, lines = self.size.width - _LABEL - 1, self.size.height - 2
        if columns < 10 or lines < 3:
            return [Strip([Segment(" too little room", muted)])]
        where = frame([val, train, base], self._link.run.spec.training.epochs, columns, lines)
        # Later layers are drawn over earlier ones where they share a place.
        drawn = [
            (braille(base, where, dotted=True) if base else {}, layers["baselines"]),
            (braille(train, where, dotted=True), layers["train"]),
            (braille(val, where), layers["val"]),
        ]
        legend = [Segment(" " * _LABEL, muted), Segment(" ━ val acc", layers["val"])]
        legend += [Segment("  ┅ train acc (dropout on)", layers["train"])]
        legend += [Segment("  ┅ baselines' mean", muted)] if base and not entry.trial.is_baseline else []
        strips = [Strip(legend)]
        strips += [self._line(line, where, drawn, muted) for line in range(lines)]
        strips.append(_epoch_axis(where, muted))
        return strips

    def _line(
        self, line: int, where: Frame, drawn: list[tuple[dict[tuple[int, int], int], Style]], muted: Style
    ) -> Strip:
        step = max(1, (where.lines - 1) // 4)
        label = ""
        if line % step == 0 and (line + step <= where.lines or line == where.lines - 1):
            share = line / max(where.lines - 1, 1)
            label = f"{where.high - share * (where.high - where.low):.4f}"
        segments = [Segment(f"{label:>{_LABEL}}", muted), Segment("┤" if label else "│", muted)]
        for column in range(where.columns):
            bits, style = 0, muted
            for marks, layer in drawn:
                if pattern := marks.get((column, line), 0):
                    bits, style = bits | pattern, layer
            segments.append(Segment(chr(0x2800 + bits) if bits else " ", style))
        return Strip(segments).simplify()


def _epoch_axis(where: Frame, style: Style) -> Strip:
    """Return the line of epoch numbers under the drawing."""
    line = [" "] * where.columns
    span = where.last - where.first
    step = next(s for s in _STEPS if span / s <= where.columns / _TICK_ROOM or s == _STEPS[-1])
    marks = sorted({int(where.first), *range(step, int(where.last) + 1, step)})
    for epoch in marks:
        text = str(epoch)
        start = min(max(where.dot(epoch, where.low)[0] // 2 - len(text) // 2, 0), where.columns - len(text))
        # A number that would touch the one before is left out.
        if all(c == " " for c in line[max(start - 1, 0) : start + len(text)]):
            line[start : start + len(text)] = text
    text = "".join(line)
    return Strip([Segment(f"{'epoch':>{_LABEL}} {text}", style)])
