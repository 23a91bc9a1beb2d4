"""ASCII: every character that is drawn, as one of the 95 that every terminal has."""

from __future__ import annotations

from typing import Any

from rich.segment import Segment
from textual.app import App
from textual.color import Color
from textual.filter import LineFilter

from .ascii_text import ascii_text


def is_ascii(app: App[Any]) -> bool:
    """Return whether an app draws in ASCII."""
    return bool(getattr(app, "ascii_only", False))


def is_plain(app: App[Any]) -> bool:
    """Return whether signs must say everything: without colours, or in ASCII."""
    return app.no_color or is_ascii(app) or app.console.color_system is None


class AsciiFilter(LineFilter):
    """Turns what was rendered into ASCII, whichever widget rendered it."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments in ASCII."""
        return [Segment(ascii_text(text), style, control) for text, style, control in segments]
