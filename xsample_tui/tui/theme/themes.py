"""Defines the two themes, each for terminals with every colour, with 256 and with 16."""

from __future__ import annotations

from typing import Any

from textual.theme import Theme

from .ramps import Depth

DARK_NAME, LIGHT_NAME = "xsample-dark", "xsample-light"


def _theme(*, dark: bool, primary: str, accent: str, panel: str, variables: dict[str, str], **colors: Any) -> Theme:
    """Return a theme; what always has the colour of something else is set here."""
    variables = variables | {
        "border": primary,
        "footer-background": panel,
        "footer-key-foreground": accent,
        "block-cursor-text-style": "none",
        "input-selection-background": variables["block-cursor-background"],
        "input-selection-foreground": variables["block-cursor-foreground"],
    }
    name = DARK_NAME if dark else LIGHT_NAME
    return Theme(name=name, dark=dark, primary=primary, accent=accent, panel=panel, variables=variables, **colors)


DARK = _theme(
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
        "border-blurred": "#2b3544",
        "footer-description-foreground": "#b6c1cf",
        "block-cursor-background": "#2d4f77",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-blurred-background": "#263445",
        "block-cursor-blurred-foreground": "#d7dee8",
        "foreground-muted": "#8e9bad",
        "foreground-disabled": "#8896a8",
    },
)
LIGHT = _theme(
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
        "border-blurred": "#c3ccd7",
        "footer-description-foreground": "#3c4857",
        "block-cursor-background": "#bcd7f5",
        "block-cursor-foreground": "#0b1118",
        "block-cursor-blurred-background": "#d3dde8",
        "block-cursor-blurred-foreground": "#1b232d",
        "foreground-muted": "#566372",
        "foreground-disabled": "#5b6877",
    },
)
# Surfaces are greys of the 256: the nearest of the others to a dark blue is pure navy.
_DARK_256 = _theme(
    primary="#5fafff",
    secondary="#949494",
    accent="#ffd75f",
    foreground="#dadada",
    background="#121212",
    surface="#1c1c1c",
    panel="#262626",
    success="#5fd7af",
    warning="#ffaf5f",
    error="#ff87af",
    dark=True,
    variables={
        "border-blurred": "#444444",
        "footer-description-foreground": "#bcbcbc",
        "block-cursor-background": "#005f87",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-blurred-background": "#3a3a3a",
        "block-cursor-blurred-foreground": "#dadada",
        "foreground-muted": "#a8a8a8",
        "foreground-disabled": "#9e9e9e",
    },
)
_LIGHT_256 = _theme(
    primary="#005faf",
    secondary="#5f5f5f",
    accent="#870000",
    foreground="#1c1c1c",
    background="#f2f2f2",
    surface="#eeeeee",
    panel="#e4e4e4",
    success="#005f5f",
    warning="#5f5f00",
    error="#af005f",
    dark=False,
    variables={
        "border-blurred": "#bcbcbc",
        "footer-description-foreground": "#3a3a3a",
        "block-cursor-background": "#afd7ff",
        "block-cursor-foreground": "#000000",
        "block-cursor-blurred-background": "#c6c6c6",
        "block-cursor-blurred-foreground": "#1c1c1c",
        "foreground-muted": "#585858",
        "foreground-disabled": "#585858",
    },
)
_DARK_16 = _theme(
    primary="#55ffff",
    secondary="#aaaaaa",
    accent="#ffff55",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    success="#55ff55",
    warning="#ffff55",
    error="#ff55ff",
    dark=True,
    variables={
        "border-blurred": "#555555",
        "footer-description-foreground": "#ffffff",
        "block-cursor-background": "#0000aa",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-blurred-background": "#0000aa",
        "block-cursor-blurred-foreground": "#ffffff",
        "foreground-muted": "#aaaaaa",
        "foreground-disabled": "#aaaaaa",
    },
)
_LIGHT_16 = _theme(
    primary="#0000aa",
    secondary="#555555",
    accent="#aa00aa",
    foreground="#000000",
    background="#ffffff",
    surface="#ffffff",
    panel="#ffffff",
    success="#0000aa",
    warning="#aa00aa",
    error="#aa0000",
    dark=False,
    variables={
        "border-blurred": "#aaaaaa",
        "footer-description-foreground": "#000000",
        "block-cursor-background": "#55ffff",
        "block-cursor-foreground": "#000000",
        "block-cursor-blurred-background": "#55ffff",
        "block-cursor-blurred-foreground": "#000000",
        "foreground-muted": "#555555",
        "foreground-disabled": "#555555",
    },
)
_THEMES: dict[Depth, tuple[Theme, Theme]] = {
    "truecolor": (DARK, LIGHT),
    "256": (_DARK_256, _LIGHT_256),
    "16": (_DARK_16, _LIGHT_16),
}


def themes(depth: Depth) -> tuple[Theme, Theme]:
    """Return the dark and the light theme for a terminal, under the same names for each depth."""
    return _THEMES[depth]
