"""Converts everything that is drawn to ASCII, for terminals and fonts without other characters."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from ..view_models.ascii_text import ascii_text


class AsciiFilter(LineFilter):
    """Converts the output of all widgets to ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments in ASCII."""
        return [Segment(ascii_text(text), style, control) for text, style, control in segments]
