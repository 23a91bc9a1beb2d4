"""Colours as terminals of few colours draw them."""

from __future__ import annotations

from rich._palettes import EIGHT_BIT_PALETTE, STANDARD_PALETTE
from rich.color import ColorSystem
from textual.color import Color

from xsample_tui.tui.theme.ramps import Depth

SYSTEMS = {"256": ColorSystem.EIGHT_BIT, "16": ColorSystem.STANDARD}


def drawn(color: Color, depth: Depth) -> Color:
    """Return a colour as a terminal of a depth draws it."""
    if depth == "truecolor":
        return color
    number = color.rich_color.downgrade(SYSTEMS[depth]).number
    assert number is not None
    return Color(*(STANDARD_PALETTE if depth == "16" else EIGHT_BIT_PALETTE)[number])
