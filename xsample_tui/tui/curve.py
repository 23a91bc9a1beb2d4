"""The learning curve of the chosen trial against the baselines' mean, and the pinned trials' beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.strip import Strip

from ..core.progress import TrialProgress
from . import figure
from .ascii import is_ascii
from .drawing import Drawing
from .flag import letter
from .link import Link
from .noise import Measure
from .palette import PINS, palette_of, theme_color
from .panel import Panel
from .plot import LABEL, Frame, Line, Series, draw, epoch_axis, frame, smoothed

SPANS = (1, 5, 15)
_MOST_ZOOM = 64
_LEAST_COLUMNS, _LEAST_LINES = 10, 3
_LEGEND_LINES = 3
_PICTURES = 10_000


class Curve(Panel, Drawing, can_focus=True):
    """Validation and training accuracy, or loss, of one trial, epoch by epoch; of pinned ones the validation's.

    Args:
        link: the run's link.

    Attributes:
        pins: names of the pinned trials, at most PINS.
        measure: ``errors`` for accuracy, ``loss`` for the loss.
        log_axis: whether the axis of values is logarithmic; of accuracy the error rate is drawn then.
        span: epochs that are averaged over.
        zoom: how many times the epochs are magnified.
    """

    BORDER_TITLE = "learning curve"
    HELP = (
        "What the chosen trial reached on select after each epoch, against the baselines' mean after as many, and "
        "what it reached on its own fit pictures meanwhile: with dropout on and while the weights move, so that it "
        "can lie below. p pins a trial's curve, which then ends in its letter; y takes a logarithmic axis, of "
        "accuracy the share that is wrong; o smooths. Where the grid shows log-loss, the curves are losses."
    )
    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Curve {
        width: 1fr;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("plus,equals_sign", "zoom(2)", "Magnify the epochs", show=False, id="curve.magnify-the-epochs"),
        Binding("minus", "zoom(0.5)", "Show more epochs", show=False, id="curve.show-more-epochs"),
        Binding("z", "zoom(0)", "Show all epochs", show=False, id="curve.show-all-epochs"),
        Binding("left", "pan(-1)", "Earlier epochs", show=False, id="curve.earlier-epochs"),
        Binding("right", "pan(1)", "Later epochs", show=False, id="curve.later-epochs"),
    ]

    def __init__(self, link: Link) -> None:
        super().__init__(link)
        self.pins: list[str] = []
        self.measure: Measure = "errors"
        self.log_axis = False
        self.span = SPANS[0]
        self.zoom = 1.0
        # Where the magnified part ends, as a share of all epochs.
        self._end = 1.0

    # -- what it shows -------------------------------------------------------------------------------------------

    def show(self, trial: str | None) -> None:
        """Show another trial's curve, or the present one's as it is now."""
        self._trial = trial
        self.repaint()

    def repaint(self) -> None:
        """Draw it anew, and name it."""
        words = ["learning curve", *([self._trial] if self._trial else [])]
        self.border_title = " · ".join(words)
        super().repaint()

    def pin(self, trial: str) -> bool:
        """Pin a trial, or take its pin back; return whether there was room for one more pin."""
        if trial in self.pins:
            self.pins.remove(trial)
        elif len(self.pins) < PINS:
            self.pins.append(trial)
        else:
            return False
        self.repaint()
        return True

    def toggle_log(self) -> None:
        """Take a logarithmic axis of values, or a linear one again."""
        self.log_axis = not self.log_axis
        self.repaint()

    def smooth(self) -> None:
        """Average over more epochs; after the most, over none."""
        self.span = SPANS[(SPANS.index(self.span) + 1) % len(SPANS)]
        self.repaint()

    def show_measure(self, measure: Measure) -> None:
        """Draw accuracy or loss."""
        if measure != self.measure:
            self.measure = measure
            self.repaint()

    def action_zoom(self, factor: float) -> None:
        """Magnify the epochs, or show all of them (0)."""
        self.zoom = min(max(self.zoom * factor, 1.0), float(_MOST_ZOOM)) if factor else 1.0
        self._end = max(self._end, 1 / self.zoom)
        self.repaint()

    def action_pan(self, by: int) -> None:
        """Go to earlier or later epochs, by a quarter of those that are shown."""
        self._end = min(max(self._end + by / (4 * self.zoom), 1 / self.zoom), 1.0)
        self.repaint()

    def _style(self, color: Color, *, bold: bool = False) -> Style:
        return Style(color=color.rich_color, bgcolor=self.background_colors[1].rich_color, bold=bold)

    def draw(self) -> list[Strip]:
        """Return the curve of the chosen trial and the pinned ones', with its axes."""
        muted = self._style(theme_color(self.app.theme_variables, "foreground-muted"))
        entry = self._link.progress.trials.get(self._trial or "")
        named = [(words, line) for words, line in self._lines(entry, muted) if line.points]
        if not named:
            words = "no epoch yet" if entry is not None else "no trial chosen"
            return [Strip([Segment(" " + words, muted)])]
        legend = self._legend([(words, line.style) for words, line in named], muted)
        columns, rows = self.size.width - LABEL - 1, self.size.height - 1 - len(legend)
        if columns < _LEAST_COLUMNS or rows < _LEAST_LINES:
            return [Strip([Segment(" too little room", muted)])]
        where, lines = self._frame([line for _, line in named], columns, rows)
        if where is None:
            return [*legend, Strip([Segment(" no epoch in this part", muted)])]
        letters = is_ascii(self.app)
        return [*legend, *draw(lines, where, self._value, muted, letters=letters), epoch_axis(where, muted)]

    def _frame(self, lines: list[Line], columns: int, rows: int) -> tuple[Frame | None, list[Line]]:
        """Return the frame of the part that is shown, and the lines in it."""
        planned = self._link.run.spec.training.epochs
        most = None if self.log_axis or self.measure == "loss" else 1.0
        whole = frame([line.points for line in lines], planned, columns, rows, most=most)
        if self.zoom == 1:
            return whole, lines
        length = whole.last - whole.first
        first, last = whole.first + length * (self._end - 1 / self.zoom), whole.first + length * self._end
        # At least two epochs, or there is nothing to see.
        first, last = max(min(math.floor(first), math.ceil(last) - 1), 1), math.ceil(last)
        cut = [
            Line([p for p in line.points if first <= p[0] <= last], line.style, line.sign, line.dotted, line.signed)
            for line in lines
        ]
        cut = [line for line in cut if line.points]
        if not cut:
            return None, []
        return frame([c.points for c in cut], planned, columns, rows, span=(first, last), most=most), cut

    def _lines(self, entry: TrialProgress | None, muted: Style) -> list[tuple[str, Line]]:
        """Return what is drawn, each with its words for the legend; later ones are drawn over earlier ones."""
        variables, palette = self.app.theme_variables, palette_of(self.app)
        what = "loss" if self.measure == "loss" else "error" if self.log_axis else "acc"
        lines: list[tuple[str, Line]] = []
        if entry is not None and entry.history:
            base = self._baselines(len(entry.history))
            if base and not entry.trial.is_baseline:
                lines.append(("┅ baselines' mean", Line(base, muted, "-", dotted=True)))
            train = self._points(entry, "loss" if self.measure == "loss" else "accuracy")
            style = self._style(theme_color(variables, "accent"))
            lines.append((f"┅ train {what} (dropout on)", Line(train, style, ".", dotted=True)))
        for number, name in enumerate(self.pins):
            pinned = self._link.progress.trials.get(name)
            if pinned is None or pinned is entry:
                continue
            points = self._points(pinned, "val_loss" if self.measure == "loss" else "val_accuracy")
            sign, style = letter(number), self._style(palette.pin(number))
            lines.append((f"{sign} {name}", Line(points, style, sign, signed=True)))
        if entry is not None:
            points = self._points(entry, "val_loss" if self.measure == "loss" else "val_accuracy")
            style = self._style(theme_color(variables, "primary"), bold=True)
            lines.append((f"━ val {what}", Line(points, style, "*")))
        return lines

    def _points(self, entry: TrialProgress, field: str) -> Series:
        points = [(m.epoch, float(getattr(m, field))) for m in entry.history]
        return self._plotted(points)

    def _baselines(self, epochs: int) -> Series:
        levels = ((epoch, self._link.yardstick.level(epoch)) for epoch in range(1, epochs + 1))
        points = [(e, at.loss if self.measure == "loss" else at.accuracy) for e, at in levels if at is not None]
        return self._plotted(points)

    def _plotted(self, points: Series) -> Series:
        """Return points smoothed and on the present axis."""
        if self.span > 1:
            points = smoothed(points, self.span)
        if not self.log_axis:
            return points
        # Half a picture stands for none: a logarithm has no zero.
        least = 0.5 / (self._link.select or _PICTURES)
        values = ((epoch, v if self.measure == "loss" else 1 - v) for epoch, v in points)
        return [(epoch, math.log10(max(value, least))) for epoch, value in values]

    def _value(self, value: float) -> str:
        return figure.accuracy(10**value if self.log_axis else value)

    def _legend(self, entries: Sequence[tuple[str, Style]], muted: Style) -> list[Strip]:
        """Return what the lines are, on as many lines as that takes, and how they are drawn."""
        # The chosen trial first, which is drawn last.
        parts = [entries[-1], *entries[:-1]]
        if self.log_axis:
            parts.append(("log axis", muted))
        if self.span > 1:
            parts.append((f"smoothed over {self.span} epochs", muted))
        if self.zoom > 1:
            parts.append((f"{self.zoom:.0f}x", muted))
        lines: list[list[Segment]] = []
        used = 0
        for words, style in parts:
            if not lines or (used + 2 + len(words) > self.size.width and len(lines) < _LEGEND_LINES):
                lines.append([Segment(" ", muted)])
                used = 1
            else:
                lines[-1].append(Segment("  ", muted))
                used += 2
            lines[-1].append(Segment(words, style))
            used += len(words)
        return [Strip(line) for line in lines]
