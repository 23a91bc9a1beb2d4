"""Draws accuracy and log-loss by the number of members, on a logarithmic axis, and lists the greedy picks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.strip import Strip
from textual.widget import Widget

from ...services.ensemble_study import ComparisonLevel
from ...stacking.blending.greedy_selection import Trajectory
from ...stacking.blending.score_by_size import SizeCurve
from ..heatmap.heatmap_legend import flow
from ..theme.colors import theme_color
from ..theme.drawing_app import is_ascii
from ..view_models import number_format
from ..widgets.cached_widget import CachedWidget
from ..widgets.line_plot import PlotFrame, Series, braille, round_ticks, value_ticks

_LABEL = 7
_GAP = 2
# Of the score, its band and the baselines' mean, where there are no braille dots.
_LETTERS = ("*", ".", "-")


@dataclass(frozen=True)
class DrawnCurve:
    """One of the two drawings.

    Attributes:
        title: its title.
        middle, low, high: the line and its band.
        level: the baselines' mean; None if there is none.
    """

    title: str
    middle: Series
    low: Series
    high: Series
    level: float | None


class SizeCurvePlot(CachedWidget, can_focus=True):
    """The score of one blender by ensemble size: two drawings side by side, with the chosen k marked."""

    BORDER_TITLE = "score by size"

    def __init__(self) -> None:
        super().__init__(id="kcurve")
        self._curve: SizeCurve | None = None
        self._level: ComparisonLevel | None = None
        self._k = 0

    def show(self, curve: SizeCurve | None, title: str, level: ComparisonLevel | None, k: int) -> None:
        """Show a curve.

        Args:
            curve: the curve; None while it is being computed.
            title: the blender and the pool.
            level: the baselines' mean, if there is one.
            k: the current k; 0 for none.
        """
        self._curve, self._level, self._k = curve, level, k
        self.border_title = f"score by size · {title}"
        self.repaint()

    def draw(self) -> list[Strip]:
        """Return the two drawings, side by side."""
        variables = self.app.theme_variables
        background = self.background_colors[1].rich_color

        def style(name: str) -> Style:
            return Style(color=theme_color(variables, name).rich_color, bgcolor=background)

        muted, band, accent = style("foreground-muted"), style("secondary"), style("accent")
        main = style("primary") + Style(bold=True)
        if self._curve is None:
            return [Strip([Segment("… computing the score by ensemble size", muted)])]
        width = (self.size.width - _GAP) // 2
        columns, lines = width - _LABEL - 1, self.size.height - 3
        if columns < 10 or lines < 3:
            return [Strip([Segment("not enough room for the curve", muted)])]
        curve, level, letters = self._curve, self._level, is_ascii(self.app)
        sides = [
            _side(
                DrawnCurve("accuracy", *_series(curve, "accuracy"), level.accuracy if level else None),
                (columns, lines),
                self._k,
                (muted, main, band, accent),
                letters=letters,
            ),
            _side(
                DrawnCurve("log-loss", *_series(curve, "log_loss"), level.log_loss if level else None),
                (columns, lines),
                self._k,
                (muted, main, band, accent),
                letters=letters,
            ),
        ]
        signs = _LETTERS if letters else ("━", "┅", "┅")
        legend = [Segment(f"{signs[0]} cross-fitted", main), Segment(f"  {signs[1]} 95 % band (images)", band)]
        if level is not None:
            legend.append(Segment(f"  {signs[2]} baselines' mean", accent))
        if self._k:
            legend.append(Segment(f"  ▲ k = {self._k}", accent))
        gap = Strip([Segment(" " * _GAP, muted)])
        joined = [
            Strip.join([left.adjust_cell_length(width, muted), gap, right])
            for left, right in zip(*sides, strict=True)
        ]
        return [Strip(legend), *joined]


def _series(curve: SizeCurve, name: str) -> tuple[Series, Series, Series]:
    ks = curve.k.tolist()
    values: list[NDArray[np.float64]] = [getattr(curve, f"{name}{end}") for end in ("", "_low", "_high")]
    low, middle, high = (list(zip(ks, column.tolist(), strict=True)) for column in (values[1], values[0], values[2]))
    return middle, low, high


def _side(
    drawn: DrawnCurve, size: tuple[int, int], k: int, styles: tuple[Style, Style, Style, Style], *, letters: bool
) -> list[Strip]:
    """Return one drawing: its title, its lines, by braille dots or by letters, and the axis."""
    muted, main, band, accent = styles
    columns, lines = size
    values = [value for _, value in (*drawn.low, *drawn.high)]
    if drawn.level is not None:
        values.append(drawn.level)
    first, last = drawn.middle[0][0], max(drawn.middle[-1][0], drawn.middle[0][0] + 1)
    room = max((max(values) - min(values)) * 0.05, 0.0005)
    where = PlotFrame(first, last, min(values) - room, max(values) + room, columns, lines, logarithmic=True)
    own, around, other = _LETTERS
    layers = [(braille(line, where, dotted=True), band, around) for line in (drawn.low, drawn.high)]
    if drawn.level is not None:
        layers.insert(0, (braille([(first, drawn.level), (last, drawn.level)], where, dotted=True), accent, other))
    layers.append((braille(drawn.middle, where), main, own))
    strips = [Strip([Segment(f"{'':{_LABEL}} {drawn.title}", muted)])]
    ticks = value_ticks(where)
    for line in range(lines):
        label = f"{ticks[line]:.4f}" if line in ticks else ""
        segments = [Segment(f"{label:>{_LABEL}}", muted), Segment("┤" if label else "│", muted)]
        for column in range(columns):
            bits, style, text = 0, muted, " "
            for marks, layer, letter in layers:
                if pattern := marks.get((column, line), 0):
                    bits, style, text = bits | pattern, layer, letter
            segments.append(Segment(text if letters or not bits else chr(0x2800 + bits), style))
        strips.append(Strip(segments).simplify())
    strips.append(_axis(where, k, muted, accent))
    return strips


def _axis(where: PlotFrame, k: int, muted: Style, accent: Style) -> Strip:
    """Return the line under a drawing: round numbers of members, and a mark at the current one."""
    line = list(" " * where.columns)
    at = min(where.dot(k, where.low)[0] // 2, where.columns - 1) if where.first <= k <= where.last else None
    for column, text in round_ticks(where).items():
        left = column
        if at is not None and left <= at < left + len(text):
            # The number moves away from the mark, to the side where there is room.
            left = at + 1 if at + 1 + len(text) <= where.columns else at - len(text)
        if not "".join(line[left : left + len(text)]).strip():
            line[left : left + len(text)] = text
    segments = [Segment(f"{'k':>{_LABEL}} ", muted)]
    if at is None:
        segments.append(Segment("".join(line), muted))
    else:
        segments += [
            Segment("".join(line[:at]), muted),
            Segment("▲", accent),
            Segment("".join(line[at + 1 :]), muted),
        ]
    return Strip(segments)


class GreedyPath(Widget):
    """The greedy selection from the chosen members: each pick with the log-loss after it."""

    BORDER_TITLE = "greedy selection (Caruana)"

    def __init__(self) -> None:
        super().__init__(id="greedy")
        self._found: tuple[tuple[str, ...], Trajectory] | None = None

    def show(self, found: tuple[tuple[str, ...], Trajectory] | None) -> None:
        """Show another path."""
        self._found = found
        self.refresh()

    def render(self) -> Content:
        """Return the picks up to the best, and as many more as fit."""
        muted = "$foreground-muted"
        if self._found is None:
            return Content.styled("no members chosen", muted)
        names, path = self._found
        best = path.best
        parts = [
            Content.assemble(
                ("greedy ", "bold"),
                (
                    f"best log-loss {path.losses[best - 1]:.4f} (uncalibrated) after {best} of {len(names)} picks:",
                    muted,
                ),
            )
        ]
        for at, (name, loss) in enumerate(zip(names, path.losses.tolist(), strict=True), 1):
            style = "bold $primary" if at == best else "$foreground" if at < best else muted
            parts.append(Content.assemble((f"+{name}", style), (f" {number_format.accuracy(loss)}", muted)))
        lines = flow(parts, max(self.size.width, 10))
        height = max(self.size.height, 1)
        if len(lines) > height:
            last = lines[height - 1]
            lines = [*lines[: height - 1], last.truncate(max(self.size.width, 10) - 2).append(" …")]
        return Content("\n").join(lines)
