"""Colours: the two themes, and the diverging scale of gains (blue better, orange worse, grey within noise)."""

from __future__ import annotations

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
_INKS = (Color.parse("#000000"), Color.parse("#ffffff"))
# From next to the baseline to far from it; blue and orange stay apart under every common colour blindness.
_ENDS = {
    True: {"better": ("#2a4a6b", "#6cc3ff"), "worse": ("#66431d", "#ffa83d"), "noise": "#4a5360"},
    False: {"better": ("#c5ddf3", "#0b62b8"), "worse": ("#f7dcb9", "#c26100"), "noise": "#c6ccd4"},
}


def scale_color(step: int, *, dark: bool) -> Color:
    """Return a step's colour: 0 within noise, 1..STEPS better, -1..-STEPS worse, from faint to full."""
    ends = _ENDS[dark]
    if step == 0:
        return Color.parse(str(ends["noise"]))
    near, far = ends["better" if step > 0 else "worse"]
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


def round_limit(largest: float) -> int:
    """Return the scale's end: the first of 5, 10, 20, 50, 100 ... that is not below ``largest``."""
    limit = 5
    while limit < largest:
        limit = limit * 2 if str(limit)[0] in "15" else limit * 5 // 2
    return limit


def step_of(gain: float, limit: int) -> int:
    """Return the step of a gain beyond noise on a scale that ends at ``limit`` pictures."""
    step = max(1, min(STEPS, round(STEPS * abs(gain) / limit)))
    return step if gain > 0 else -step


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
