"""The pixel importance map as it is painted: over the mean picture, in half blocks or in signs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from ..core.importance import mean_effect, mean_noise
from ..core.window import Window
from .brush import HALF, Ground
from .gallery import Gallery
from .link import Link
from .metric import Metric, Scale
from .noise import critical
from .palette import LEVELS, STEPS, ink_color, level_of, round_end, step_of, theme_color

NOTHING = -STEPS - 1
# How much of a colour is left where the mean picture is blank.
_FAINT = 0.5
_WEAK, _STRONG = STEPS // 2, STEPS
_CORNERS = {(0, 0): "┏", (0, 1): "┓", (1, 0): "┗", (1, 1): "┛"}


@dataclass(frozen=True, eq=False)
class PixelMap:
    """The importance of each pixel by one metric.

    Attributes:
        scale: of its colours.
        mean: (height, width) float64, in the metric's unit; nan where no window covers.
        steps: (height, width) int64: each pixel's step on the scale, NOTHING where no window covers.
        ink: (height, width) float64 in 0..1, the mean picture.
        windows: how many windows it is the mean of.
    """

    scale: Scale
    mean: NDArray[np.float64]
    steps: NDArray[np.int64]
    ink: NDArray[np.float64]
    windows: int


def pixel_map(link: Link, gallery: Gallery, metric: Metric) -> PixelMap:
    """Return the importance map of a run as it stands: of gains over the finished windows, of levels over all.

    A pixel is within noise where the mean gain of its n windows is: ``t * SD * sqrt(1/n + 1/R)``, with t at its
    two-sided 5 % point for R - 1 degrees of freedom.
    """
    entries = [link.progress.trials[name] for name in gallery.windows]
    gains = metric.tone == "gain"

    def column(values: list[float | None]) -> NDArray[np.float64]:
        return np.array([np.nan if value is None else value for value in values], np.float64)

    counted = [entry if not gains or entry.status == "done" else None for entry in entries]
    effects = column([metric.effect(link, entry) if entry else None for entry in counted])
    found = mean_effect(gallery.covered, effects)
    known = ~np.isnan(found.mean)
    steps = np.full(found.mean.shape, NOTHING, np.int64)
    values = found.mean[known]
    if gains:
        limit = _fine_end(float(np.abs(values).max(initial=0.0)), metric.least)
        scale = Scale(metric, -limit, limit)
        steps[known] = [step_of(value, limit) if value else 0 for value in values.tolist()]
        own = column([link.yardstick.gain(entry, metric.measure) if entry else None for entry in counted])
        last = max((len(entry.history) for entry in link.progress.baselines), default=0)
        level = link.yardstick.level(last) if last else None
        sd = level.spread(metric.measure) if level else None
        if level is not None and sd is not None:
            band = critical(level.count - 1) * mean_noise(sd, level.count, found.count)
            steps[known & (np.abs(mean_effect(gallery.covered, own).mean) <= band)] = 0
    else:
        scale = Scale(metric, float(values.min(initial=np.inf)), float(values.max(initial=-np.inf)))
        if not values.size:
            scale = Scale(metric, 0.0, 0.0)
        steps[known] = [level_of(value, scale.low, scale.high) for value in values.tolist()]
    return PixelMap(scale, found.mean, steps, gallery.mean, int(np.isfinite(effects).sum()))


def _fine_end(largest: float, least: float) -> float:
    """Return a scale's end to two digits: means of many windows are alike, and want every shade there is."""
    unit = round_end(max(largest, least), 0.0) / 100
    return math.ceil(max(largest, least) / unit) * unit


class Painting:
    """A map in colours, ready to be drawn line by line.

    Args:
        pixels: the map.
        ground: what it is painted on.
        zoom: how many columns and half lines a pixel takes, at least 1.
    """

    def __init__(self, pixels: PixelMap, ground: Ground, zoom: int) -> None:
        self._pixels, self._ground, self._zoom = pixels, ground, zoom
        self._frame = np.zeros(pixels.steps.shape, np.bool_)
        self._window: Window | None = None
        # Sixteen colours cannot be mixed, so that signs say what shades would.
        self._signs = ground.plain or ground.palette.few
        self._unframed = self._color()
        self._colors = self._unframed
        self._lines: dict[int, list[Segment]] = {}

    def frame(self, window: Window | None) -> range:
        """Put the frame round another window, None for none; return the lines that are drawn anew for it."""
        if window == self._window:
            return range(0)
        rows = [row for w in (self._window, window) if w is not None for row in (w.row, w.row + w.height)]
        self._window = window
        self._frame[:] = False
        if window is not None:
            bottom, right = window.row + window.height, window.col + window.width
            self._frame[window.row : bottom, window.col : right] = True
            self._frame[window.row + 1 : bottom - 1, window.col + 1 : right - 1] = False
        self._colors = self._framed()
        lines = range(min(rows) * self._zoom // 2, -(-max(rows) * self._zoom // 2))
        for number in lines:
            self._lines.pop(number, None)
        return lines

    def line(self, number: int) -> list[Segment]:
        """Return a line of the painting."""
        if number not in self._lines:
            self._lines[number] = self._draw(number)
        return self._lines[number]

    def _color(self) -> NDArray[np.uint8]:
        """Return each pixel's colour, (height, width, 3): fuller where the mean picture has ink."""
        pixels, ground = self._pixels, self._ground
        tone = pixels.scale.metric.tone
        steps = range(-STEPS, STEPS + 1) if tone == "gain" else range(LEVELS + 1)
        table = np.zeros((LEVELS + STEPS + 2, 3))
        below = np.array(ground.color.rgb, np.float64)
        muted = theme_color(ground.variables, "foreground-muted")
        for step in steps:
            table[step - NOTHING] = ground.palette.color(tone, step).rgb
        full = table[pixels.steps - NOTHING]
        share = _FAINT + (1 - _FAINT) * pixels.ink
        nothing = pixels.steps == NOTHING
        full[nothing], share[nothing] = muted.rgb, 0.3 * pixels.ink[nothing]
        if ground.palette.few:
            share = np.where(nothing, 0.0, 1.0)
        return np.asarray((below + (full - below) * share[..., None]).round(), np.uint8)

    def _framed(self) -> NDArray[np.uint8]:
        """Return the colours with the frame in them."""
        framed, share = self._unframed.copy(), 1.0 if self._ground.palette.few else 0.8
        accent = np.array(theme_color(self._ground.variables, "accent").rgb, np.float64)
        framed[self._frame] = (framed[self._frame] * (1 - share) + accent * share).round()
        return framed

    def _draw(self, number: int) -> list[Segment]:
        height, width = self._pixels.steps.shape
        upper = 2 * number // self._zoom
        lower = min((2 * number + 1) // self._zoom, height - 1)
        segments: list[Segment] = []
        last: object = None
        for column in range(width):
            above, below = (tuple(self._colors[row, column].tolist()) for row in (upper, lower))
            if self._signs:
                text, style = self._sign(upper, lower, column), self._sign_style(upper, lower, column)
            else:
                text, style = HALF, _halves(above, below)
            text *= self._zoom
            if last == style:
                segments[-1] = Segment(segments[-1].text + text, style)
            else:
                segments.append(Segment(text, style))
            last = style
        return segments

    def _sign(self, upper: int, lower: int, column: int) -> str:
        """Return the sign of two pixels one above the other: that of the stronger."""
        if (corner := self._corner(upper, lower, column)) is not None:
            return corner
        step = self._stronger(upper, lower, column)
        if step == NOTHING:
            return "·" if self._pixels.ink[upper, column] > 0.3 else " "
        if self._pixels.scale.metric.tone == "level":
            return str(min(9, step * 10 // LEVELS))
        if step == 0:
            return "≈"
        return ("+" if step <= _WEAK else "#") if step > 0 else ("−" if step >= -_WEAK else "=")

    def _stronger(self, upper: int, lower: int, column: int) -> int:
        steps = [int(self._pixels.steps[row, column]) for row in (upper, lower)]
        known = [step for step in steps if step != NOTHING]
        return max(known, key=abs) if known else NOTHING

    def _corner(self, upper: int, lower: int, column: int) -> str | None:
        window = self._window
        if window is None:
            return None
        rows = (window.row, window.row + window.height - 1)
        columns = (window.col, window.col + window.width - 1)
        for i, row in enumerate(rows):
            for j, side in enumerate(columns):
                if upper <= row <= lower and column == side:
                    return _CORNERS[i, j]
        return None

    def _sign_style(self, upper: int, lower: int, column: int) -> Style:
        ground = Color(*self._colors[upper, column].tolist())
        if self._frame[lower, column]:
            ground = Color(*self._colors[lower, column].tolist())
        front = ink_color(ground)
        bold = bool(self._pixels.ink[upper, column] > 0.3)
        return Style(color=front.rich_color, bgcolor=ground.rich_color, bold=bold)


@lru_cache(maxsize=4096)
def _halves(above: tuple[int, ...], below: tuple[int, ...]) -> Style:
    """Return the style of two pixels in one character."""
    return Style(color=RichColor.from_rgb(*above), bgcolor=RichColor.from_rgb(*below))
