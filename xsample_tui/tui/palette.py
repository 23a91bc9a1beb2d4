"""Colours: the two themes, the diverging scale of gains (blue better, orange worse, grey within noise), and more."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

from textual.app import App
from textual.color import Color
from textual.theme import Theme

DARK = Theme(
    name="xsample-dark",
    primary="#6cb6ff",
    secondary="#8b98a9",
    accent="#f2cc60",
    foreground="#d7dee8",
    background="#0f141b",
    surface="#151b24",
    panel="#1d2531",
    success="#56c2a3",
    warning="#e3a33b",
    error="#e879a8",
    dark=True,
    variables={
        "border": "#6cb6ff",
        "border-blurred": "#2b3544",
        "footer-background": "#1d2531",
        "footer-key-foreground": "#f2cc60",
        "footer-description-foreground": "#b6c1cf",
        "block-cursor-background": "#2d4f77",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#263445",
        "block-cursor-blurred-foreground": "#d7dee8",
        "foreground-muted": "#7d8a9b",
    },
)
LIGHT = Theme(
    name="xsample-light",
    primary="#0b5cad",
    secondary="#566474",
    accent="#7d5200",
    foreground="#1b232d",
    background="#f6f8fa",
    surface="#eef1f5",
    panel="#e0e6ed",
    success="#08694f",
    warning="#8a5100",
    error="#b02a6b",
    dark=False,
    variables={
        "border": "#0b5cad",
        "border-blurred": "#c3ccd7",
        "footer-background": "#e0e6ed",
        "footer-key-foreground": "#8a5a00",
        "footer-description-foreground": "#3c4857",
        "block-cursor-background": "#bcd7f5",
        "block-cursor-foreground": "#0b1118",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#d3dde8",
        "block-cursor-blurred-foreground": "#1b232d",
        "foreground-muted": "#6b7887",
    },
)

STEPS = 8
LEVELS = 2 * STEPS
PINS = 6
Tone = Literal["gain", "level"]
Ramp = Literal["viridis", "cividis"]
RAMPS: tuple[Ramp, ...] = get_args(Ramp)
_INKS = (Color.parse("#000000"), Color.parse("#ffffff"))
# From next to the baseline to far from it; blue and orange stay apart under every common colour blindness.
_ENDS = {
    True: {"better": ("#2a4a6b", "#6cc3ff"), "worse": ("#66431d", "#ffa83d"), "noise": "#4a5360"},
    False: {"better": ("#c5ddf3", "#0b62b8"), "worse": ("#f7dcb9", "#c26100"), "noise": "#c6ccd4"},
}
# With 16 colours the terminal's own are named exactly, so that nothing is left to whichever happens to be nearest:
# dark blue and bright blue, brown and bright yellow, grey; on light ground bright cyan, blue, bright yellow, brown.
_FEW = {
    True: {"better": ("#0000aa", "#5555ff"), "worse": ("#aa5500", "#ffff55"), "noise": "#555555"},
    False: {"better": ("#55ffff", "#0000aa"), "worse": ("#ffff55", "#aa5500"), "noise": "#aaaaaa"},
}
# Both run from dark to light in even steps, so that they also read in grey.
_RAMPS: dict[Ramp, tuple[str, ...]] = {
    "viridis": ("#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"),
    "cividis": ("#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#fee838"),
}
_FEW_RAMP = ("#0000aa", "#00aa00", "#00aaaa", "#ffff55")
_PINS = {
    True: ("#56c2a3", "#e879a8", "#f2cc60", "#b79cff", "#ff9d6c", "#9fd8ff"),
    False: ("#08694f", "#b02a6b", "#7d5200", "#5b3fb5", "#a8410a", "#12607f"),
}


@dataclass(frozen=True)
class Palette:
    """The colours that data are drawn in.

    Attributes:
        dark: whether the ground is dark.
        few: whether the terminal has 16 colours only.
        ramp: which colours levels are drawn in.
    """

    dark: bool = True
    few: bool = False
    ramp: Ramp = "viridis"

    def color(self, tone: Tone, step: int) -> Color:
        """Return a step's colour.

        Args:
            tone: ``gain`` for steps of :func:`step_of`, 0 within noise; ``level`` for 0..LEVELS.
            step: the step.
        """
        return scale_color(step, dark=self.dark, few=self.few) if tone == "gain" else self._level(step)

    def _level(self, step: int) -> Color:
        stops = _FEW_RAMP if self.few else _RAMPS[self.ramp]
        at = min(max(step, 0), LEVELS) / LEVELS * (len(stops) - 1)
        if self.few:
            return Color.parse(stops[round(at)])
        first = min(int(at), len(stops) - 2)
        return Color.parse(stops[first]).blend(Color.parse(stops[first + 1]), at - first)

    def pin(self, number: int) -> Color:
        """Return the colour of a pinned trial, by its place 0..PINS-1 among the pins."""
        return Color.parse(_PINS[self.dark][number % PINS])


def palette_of(app: App[Any]) -> Palette:
    """Return the colours that go with an app's theme, its terminal and its settings."""
    few = app.console.color_system in ("standard", "windows")
    return Palette(app.current_theme.dark, few, getattr(app, "ramp", "viridis"))


def scale_color(step: int, *, dark: bool, few: bool = False) -> Color:
    """Return a step's colour: 0 within noise, 1..STEPS better, -1..-STEPS worse, from faint to full."""
    ends = (_FEW if few else _ENDS)[dark]
    if step == 0:
        return Color.parse(str(ends["noise"]))
    near, far = ends["better" if step > 0 else "worse"]
    if few:
        return Color.parse(far if abs(step) > STEPS // 2 else near)
    return Color.parse(near).blend(Color.parse(far), (abs(step) - 1) / (STEPS - 1))


def ink_color(background: Color) -> Color:
    """Return black or white, whichever can be read better on a background."""
    return max(_INKS, key=lambda ink: contrast(ink, background))


def contrast(one: Color, other: Color) -> float:
    """Return the contrast ratio of two colours, 1 to 21, as WCAG 2 defines it."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: Color) -> float:
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in color.normalized)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


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
    """Return the step of a gain beyond noise on a scale that ends at ``limit``."""
    step = max(1, min(STEPS, round(STEPS * abs(gain) / limit))) if math.isfinite(gain) else STEPS
    return step if gain > 0 else -step


def level_of(value: float, low: float, high: float) -> int:
    """Return the step 0..LEVELS of a value on a scale from ``low`` to ``high``."""
    return round(LEVELS * min(max((value - low) / (high - low), 0.0), 1.0)) if high > low else 0


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
