"""Chooses the colours of data by step, theme and terminal, and measures lightness and contrast."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from textual.color import Color

from ...core.color_luminance import luminance
from .ramps import GAIN_STOPS, LEVEL_STOPS, PIN_COLORS, RAMPS, Depth, Ramp

STEPS = 8
LEVELS = 2 * STEPS
PINS = 6
# ``gain`` is centred on the baselines, ``level`` goes from the worst to the best.
Tone = Literal["gain", "level"]
_INKS = (Color.parse("#000000"), Color.parse("#ffffff"))


@dataclass(frozen=True)
class ThemeColors:
    """The colours of data.

    Attributes:
        dark: whether the background is dark.
        depth: how many colours the terminal has.
        ramp: the colours of levels.
    """

    dark: bool = True
    depth: Depth = "truecolor"
    ramp: Ramp = RAMPS[0]

    @property
    def few(self) -> bool:
        """Whether the terminal has only 16 colours."""
        return self.depth == "16"

    @property
    def blends(self) -> bool:
        """Whether the terminal can show any mixture of two colours."""
        return self.depth == "truecolor"

    def color(self, tone: Tone, step: int) -> Color:
        """Return a step's colour.

        Args:
            tone: ``gain`` for steps of :func:`step_of`, 0 within noise; ``level`` for 0..LEVELS.
            step: the step.
        """
        if tone == "gain":
            return scale_color(step, dark=self.dark, depth=self.depth)
        return level_color(step, self.ramp, self.depth)

    def pin(self, number: int) -> Color:
        """Return the colour of a pinned trial by its index 0..PINS-1 among the pins."""
        return Color.parse(PIN_COLORS[self.dark][number % PINS])


def level_color(step: int, ramp: Ramp, depth: Depth) -> Color:
    """Return the colour of a level: dark for 0, bright for LEVELS."""
    return _along(LEVEL_STOPS[ramp][depth], min(max(step, 0), LEVELS) / LEVELS, blend=depth == "truecolor")


def scale_color(step: int, *, dark: bool, depth: Depth = "truecolor") -> Color:
    """Return a step's colour: 0 within noise, 1..STEPS better, -1..-STEPS worse, from faint to strong."""
    stops = GAIN_STOPS[dark][depth]["noise" if step == 0 else "better" if step > 0 else "worse"]
    return _along(stops, max(abs(step) - 1, 0) / (STEPS - 1), blend=depth == "truecolor")


@lru_cache(maxsize=512)
def _along(stops: tuple[str, ...], share: float, *, blend: bool) -> Color:
    """Return the colour at a share of the way through some colours, between two of them only with ``blend``."""
    if not blend:
        return Color.parse(stops[min(int(share * len(stops)), len(stops) - 1)])
    at = share * (len(stops) - 1)
    first = min(int(at), max(len(stops) - 2, 0))
    return Color.parse(stops[first]).blend(Color.parse(stops[min(first + 1, len(stops) - 1)]), at - first)


def ink_color(background: Color) -> Color:
    """Return black or white, whichever has more contrast on a background: at least 4.5."""
    return max(_INKS, key=lambda ink: contrast(ink, background))


def contrast(one: Color, other: Color) -> float:
    """Return the contrast ratio of two colours, 1 to 21, as WCAG 2 defines it."""
    darker, lighter = sorted((luminance(one.normalized), luminance(other.normalized)))
    return (lighter + 0.05) / (darker + 0.05)


def lightness(color: Color) -> float:
    """Return how light a colour looks, 0 for black to 100 for white: L* of CIELAB."""
    share = luminance(color.normalized)
    return 116 * share ** (1 / 3) - 16 if share > (6 / 29) ** 3 else share * (29 / 3) ** 3


def round_end(largest: float, least: float) -> float:
    """Return the first of 1, 2, 5 and their tenfolds and tenths that is below neither ``largest`` nor ``least``."""
    end = max(largest, least)
    if not 0 < end < math.inf:
        return 1.0
    exponent = math.floor(math.log10(end))
    # Powers of ten have a rounding error below 1; a tenth is not written as 0.1 twice.
    for factor in (1, 2, 5, 10):
        found = factor * 10.0**exponent if exponent >= 0 else factor / 10.0**-exponent
        if found >= end:
            return found
    return 10.0 ** (exponent + 1)


def step_of(gain: float, limit: float) -> int:
    """Return the step of a gain beyond noise on a scale up to ``limit``."""
    step = max(1, min(STEPS, round(STEPS * abs(gain) / limit))) if math.isfinite(gain) else STEPS
    return step if gain > 0 else -step


def level_of(value: float, low: float, high: float) -> int:
    """Return the step 0..LEVELS of a value on a scale from ``low`` to ``high``; the middle one if both are the same.

    Args:
        value: what is not finite is at the low end.
        low, high: the ends; ``low`` may be the larger number.
    """
    if low == high:
        return LEVELS // 2
    return round(LEVELS * min(max((value - low) / (high - low), 0.0), 1.0)) if math.isfinite(value) else 0


def theme_color(variables: dict[str, str], name: str) -> Color:
    """Return a theme's colour as it looks on the theme's background.

    Args:
        variables: the app's theme variables.
        name: a variable, such as ``success``.
    """
    color = Color.parse(variables[name])
    if color.a >= 1 or color.ansi is not None:
        return color
    return Color.parse(variables["background"]).blend(color.with_alpha(1), color.a)
