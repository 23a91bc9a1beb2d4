"""Draws the learning curves of the chosen trial, of the pinned trials and of the baselines' mean."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.strip import Strip

from ...core.run_state.run_progress import TrialProgress
from ..delayed_call import call_after
from ..heatmap.trial_marks import letter
from ..session.run_session import RunSession
from ..theme.colors import PINS, theme_color
from ..theme.drawing_app import colors_of, is_ascii
from ..view_models import number_format
from ..view_models.trial_significance import Measure
from ..widgets.cached_widget import CachedWidget
from ..widgets.faint_curves import Curve, faint_dots
from ..widgets.line_plot import LABEL, PlotFrame, PlotLine, Series, draw, epoch_axis, frame, smoothed
from .trial_panel import TrialPanel

SPANS = (1, 5, 15)
_MOST_ZOOM = 64
_LEAST_COLUMNS, _LEAST_LINES = 10, 3
_LEGEND_LINES = 3
_IMAGES = 10_000
_POINT = "show the values of the epoch before or after in the legend"
# How strong the other windows' curves are, and seconds between two drawings for their sake alone.
_FAINT = 0.45
_CROWD_EVERY = 2.0


class LearningCurve(TrialPanel, CachedWidget, can_focus=True):
    """Selection and train accuracy, or loss, of one trial by epoch; of pinned trials only selection.

    Args:
        run_session: the run's session.

    Attributes:
        pins: names of the pinned trials, at most PINS.
        measure: ``errors`` for accuracy, ``loss`` for the loss.
        log_axis: whether the value axis is logarithmic; instead of accuracy, the error rate is drawn then.
        span: epochs that are averaged over.
        zoom: how many times the epochs are magnified.
        crowded: whether the other windows' curves are drawn behind.
        cursor: the epoch whose values the legend shows; None for none.
    """

    NAME = "curve"
    BORDER_TITLE = "learning curve"
    HELP = (
        "val: score on the selection images after each epoch; the dotted grey line is the baselines' mean. train: "
        "score on the train images during the epoch, with dropout on, so it can be lower. p pins a trial: its curve "
        "stays and ends in a letter. Faint dots are the curves of all other windows; W hides them. The mouse, or "
        "shift with left and right, chooses an epoch, whose values the legend then shows. y switches to a "
        "logarithmic axis (of the error rate), o smooths. If the grid shows log-loss, the curves show loss."
    )
    ALLOW_SELECT = False
    DEFAULT_CSS = """
    LearningCurve {
        width: 1fr;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("plus,equals_sign", "zoom(2)", "Zoom in", show=False, id="curve.magnify-the-epochs"),
        Binding("minus", "zoom(0.5)", "Zoom out", show=False, id="curve.show-more-epochs"),
        Binding("z", "zoom(0)", "All epochs", show=False, id="curve.show-all-epochs"),
        Binding("left", "pan(-1)", "Earlier epochs", show=False, id="curve.earlier-epochs"),
        Binding("right", "pan(1)", "Later epochs", show=False, id="curve.later-epochs"),
        Binding("shift+left", "point(-1)", "Values before", show=False, tooltip=_POINT, id="curve.values-before"),
        Binding("shift+right", "point(1)", "Values after", show=False, tooltip=_POINT, id="curve.values-after"),
    ]

    def __init__(self, run_session: RunSession) -> None:
        super().__init__(run_session)
        self.pins: list[str] = []
        self.measure: Measure = "errors"
        self.log_axis = False
        self.span = SPANS[0]
        self.zoom = 1.0
        # Where the visible part ends, as a share of all epochs.
        self._end = 1.0
        self.crowded = True
        self.cursor: int | None = None
        self._where: PlotFrame | None = None
        # Each window's curve with what it was made of.
        self._curves: dict[str, tuple[object, Curve]] = {}
        self._drawn_at = 0.0
        self._renewing = False

    # -- what is shown ------------------------------------------------------------------------------------------

    def show(self, trial: str | None) -> None:
        """Show another trial's curve, or the same one's as it is now."""
        self._trial = trial
        self.repaint()

    def repaint(self) -> None:
        """Redraw, and set the title."""
        words = ["learning curve", *([self._trial] if self._trial else [])]
        self.border_title = " · ".join(words)
        super().repaint()

    def pin(self, trial: str) -> bool:
        """Pin or unpin a trial; return False if all pins are taken."""
        if trial in self.pins:
            self.pins.remove(trial)
        elif len(self.pins) < PINS:
            self.pins.append(trial)
        else:
            return False
        self.repaint()
        return True

    def toggle_others(self) -> None:
        """Draw the other windows' curves, or leave them out."""
        self.crowded = not self.crowded
        self.repaint()

    def renew_others(self) -> None:
        """Redraw because other windows have changed, but not too often for their sake alone."""
        if self.crowded and not self._renewing:
            self._renewing = True
            call_after(self, self._drawn_at + _CROWD_EVERY - time.monotonic(), self._renew)

    def _renew(self) -> None:
        self._renewing = False
        super().repaint()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show the values of the epoch under the mouse."""
        offset = event.get_content_offset(self)
        where = self._where
        if offset is not None and where is not None and 0 <= (column := offset.x - LABEL - 1) < where.columns:
            self._point(where.epoch(column))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Show the values of the next epoch."""
        event.stop()
        self.action_point(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Show the values of the epoch before."""
        event.stop()
        self.action_point(-1)

    def on_leave(self) -> None:
        """Show no epoch's values."""
        self._point(None)

    def action_point(self, by: int) -> None:
        """Show the values of the next epoch, or of the one before; first those of the last."""
        where = self._where
        if where is not None:
            last = math.floor(where.last)
            wanted = last if self.cursor is None else self.cursor + by
            self._point(min(max(wanted, math.ceil(where.first)), last))

    def _point(self, epoch: int | None) -> None:
        if epoch != self.cursor:
            self.cursor = epoch
            super().repaint()

    def toggle_log(self) -> None:
        """Switch between linear and logarithmic axis."""
        self.log_axis = not self.log_axis
        self.repaint()

    def smooth(self) -> None:
        """Average over more epochs; after the largest span, do not average."""
        self.span = SPANS[(SPANS.index(self.span) + 1) % len(SPANS)]
        self.repaint()

    def show_measure(self, measure: Measure) -> None:
        """Draw accuracy or loss."""
        if measure != self.measure:
            self.measure = measure
            self.repaint()

    def action_zoom(self, factor: float) -> None:
        """Zoom the epoch axis; 0 shows all epochs."""
        self.zoom = min(max(self.zoom * factor, 1.0), float(_MOST_ZOOM)) if factor else 1.0
        self._end = max(self._end, 1 / self.zoom)
        self.repaint()

    def action_pan(self, by: int) -> None:
        """Move by a quarter of the visible epochs."""
        self._end = min(max(self._end + by / (4 * self.zoom), 1 / self.zoom), 1.0)
        self.repaint()

    def _style(self, color: Color, *, bold: bool = False) -> Style:
        return Style(color=color.rich_color, bgcolor=self.background_colors[1].rich_color, bold=bold)

    def draw(self) -> list[Strip]:
        """Return the curves of the chosen and the pinned trials, with axes."""
        muted = self._style(theme_color(self.app.theme_variables, "foreground-muted"))
        entry = self._run_session.progress.trials.get(self._trial or "")
        named = [(words, line) for words, line in self._lines(entry, muted) if line.points]
        self._where, self._drawn_at = None, time.monotonic()
        if not named:
            words = self._awaited(entry) if entry is not None else "no trial chosen"
            return [Strip([Segment(" " + words, muted)])]
        behind = self._others() if self.crowded else []
        legend = self._legend([(words, line) for words, line in named], muted, others=bool(behind))
        columns, rows = self.size.width - LABEL - 1, self.size.height - 1 - len(legend)
        if columns < _LEAST_COLUMNS or rows < _LEAST_LINES:
            return [Strip([Segment(" not enough room", muted)])]
        where, lines = self._frame([line for _, line in named], behind, columns, rows)
        self._where = where
        if where is None:
            return [*legend, Strip([Segment(" no epochs here", muted)])]
        letters = is_ascii(self.app)
        faint = self._style(self._faint()) if not letters else muted
        dots = faint_dots(behind, where) if behind else {}
        under = {place: ("," if letters else chr(0x2800 + bits), faint) for place, bits in dots.items()}
        marked = [
            (x // 2, y // 4)
            for line in lines
            if (value := self._at_cursor(line)) is not None
            for x, y in [where.dot(float(self.cursor or 0), value)]
        ]
        drawn = draw(
            lines, where, self._value, muted, letters=letters, behind=under, marked=marked, powers=self.log_axis
        )
        return [*legend, *drawn, epoch_axis(where, muted)]

    def _awaited(self, entry: TrialProgress) -> str:
        """Return what a trial without epochs waits for."""
        queue = self._run_session.progress.queue
        if entry.status == "pending" and entry.trial.name in queue:
            return f"not started: number {queue.index(entry.trial.name) + 1} in the queue"
        return "waiting for the first epoch" if entry.status == "running" else f"{entry.status}: no epoch"

    def _faint(self) -> Color:
        """Return the colour of the other windows' curves."""
        muted = theme_color(self.app.theme_variables, "foreground-muted")
        return self.background_colors[1].blend(muted, _FAINT)

    def _at_cursor(self, line: PlotLine) -> float | None:
        """Return a line's value at the chosen epoch; None where it has none."""
        return next((value for epoch, value in line.points if epoch == self.cursor), None)

    def _others(self) -> list[Curve]:
        """Return the curves of the windows that are neither chosen nor pinned, with at least one epoch."""
        made = self.measure, self.log_axis, self.span
        field = "val_loss" if self.measure == "loss" else "val_accuracy"
        found = []
        for entry in self._run_session.progress.windows:
            name = entry.trial.name
            if not entry.history or name == self._trial or name in self.pins:
                continue
            key = len(entry.history), *made
            kept = self._curves.get(name)
            if kept is None or kept[0] != key:
                points = np.array(self._points(entry, field), np.float64)
                kept = self._curves[name] = key, (points[:, 0], points[:, 1])
            found.append(kept[1])
        return found

    def _frame(
        self, lines: list[PlotLine], behind: Sequence[Curve], columns: int, rows: int
    ) -> tuple[PlotFrame | None, list[PlotLine]]:
        """Return the frame of the visible part, and the lines in it."""
        planned = self._run_session.run.spec.training.epochs
        most = None if self.log_axis or self.measure == "loss" else 1.0
        series = [line.points for line in lines]
        if behind:
            low, high = min(float(v.min()) for _, v in behind), max(float(v.max()) for _, v in behind)
            series.append([(1, low), (max(int(epochs[-1]) for epochs, _ in behind), high)])
        whole = frame(series, planned, columns, rows, most=most)
        if self.zoom == 1:
            return whole, lines
        length = whole.last - whole.first
        first, last = whole.first + length * (self._end - 1 / self.zoom), whole.first + length * self._end
        # A line needs at least two epochs.
        first, last = max(min(math.floor(first), math.ceil(last) - 1), 1), math.ceil(last)
        cut = [
            PlotLine(
                [p for p in line.points if first <= p[0] <= last], line.style, line.sign, line.dotted, line.signed
            )
            for line in lines
        ]
        cut = [line for line in cut if line.points]
        if not cut:
            return None, []
        return frame([c.points for c in cut], planned, columns, rows, span=(first, last), most=most), cut

    def _lines(self, entry: TrialProgress | None, muted: Style) -> list[tuple[str, PlotLine]]:
        """Return the lines with their legend texts; later lines are drawn over earlier ones."""
        variables, palette = self.app.theme_variables, colors_of(self.app)
        what = "loss" if self.measure == "loss" else "error" if self.log_axis else "acc"
        lines: list[tuple[str, PlotLine]] = []
        if entry is not None and entry.history:
            base = self._baselines(len(entry.history))
            if base and not entry.trial.is_baseline:
                lines.append(("┅ baselines' mean", PlotLine(base, muted, "-", dotted=True)))
            train = self._points(entry, "loss" if self.measure == "loss" else "accuracy")
            style = self._style(theme_color(variables, "accent"))
            lines.append((f"┅ train {what} (dropout on)", PlotLine(train, style, ".", dotted=True)))
        for number, name in enumerate(self.pins):
            pinned = self._run_session.progress.trials.get(name)
            if pinned is None or pinned is entry:
                continue
            points = self._points(pinned, "val_loss" if self.measure == "loss" else "val_accuracy")
            sign, style = letter(number), self._style(palette.pin(number))
            lines.append((f"{sign} {name}", PlotLine(points, style, sign, signed=True)))
        if entry is not None:
            points = self._points(entry, "val_loss" if self.measure == "loss" else "val_accuracy")
            style = self._style(theme_color(variables, "primary"), bold=True)
            lines.append((f"━ val {what}", PlotLine(points, style, "*")))
        return lines

    def _points(self, entry: TrialProgress, field: str) -> Series:
        points = [(m.epoch, float(getattr(m, field))) for m in entry.history]
        return self._plotted(points)

    def _baselines(self, epochs: int) -> Series:
        levels = ((epoch, self._run_session.baseline_test.level(epoch)) for epoch in range(1, epochs + 1))
        points = [(e, at.loss if self.measure == "loss" else at.accuracy) for e, at in levels if at is not None]
        return self._plotted(points)

    def _plotted(self, points: Series) -> Series:
        """Return points, smoothed and on the current axis."""
        if self.span > 1:
            points = smoothed(points, self.span)
        if not self.log_axis:
            return points
        # No error is drawn as half an image: a logarithm has no zero.
        least = 0.5 / (self._run_session.select or _IMAGES)
        values = ((epoch, v if self.measure == "loss" else 1 - v) for epoch, v in points)
        return [(epoch, math.log10(max(value, least))) for epoch, value in values]

    def _value(self, value: float) -> str:
        return number_format.accuracy(10**value if self.log_axis else value)

    def _legend(self, entries: Sequence[tuple[str, PlotLine]], muted: Style, *, others: bool) -> list[Strip]:
        """Return the legend, on as many lines as it needs; with the values at the chosen epoch, if there is one."""
        # The chosen trial comes first; it is drawn last.
        parts: list[tuple[str, Style]] = []
        letters = is_ascii(self.app)
        for words, line in (entries[-1], *entries[:-1]):
            value = self._at_cursor(line)
            if letters:
                words = line.sign + words[1:]
            parts.append((words if value is None else f"{words} {self._value(value)}", line.style))
        if self.cursor is not None:
            parts.insert(0, (f"epoch {self.cursor}:", muted))
        if self.log_axis:
            parts.append(("log axis", muted))
        if self.span > 1:
            parts.append((f"smoothed over {self.span} epochs", muted))
        if self.zoom > 1:
            parts.append((f"{self.zoom:.0f}x", muted))
        if others:
            parts.append((f"{',' if letters else '⠒'} other windows", muted))
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
