"""The class ``ReportFigure``: how a figure is drawn, and its text for readers who cannot see it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from matplotlib.figure import Figure

from .figure_style import FigureStyle

Format = Literal["svg", "png"]
DOTS_PER_INCH = 200


@dataclass(frozen=True)
class ReportFigure:
    """One figure.

    Attributes:
        stem: its file's name without an ending.
        title: over it.
        caption: under it: how it is to be read.
        alt: what it shows, in words.
        draw: draws it.
    """

    stem: str
    title: str
    caption: str
    alt: str
    draw: Callable[[FigureStyle], Figure]

    def render(self, look: FigureStyle, form: Format) -> bytes:
        """Return the image as a file's bytes; equal findings give equal bytes."""
        buffer = io.BytesIO()
        with look.applied():
            figure = self.draw(look)
            metadata = {"Date": None, "Title": self.title} if form == "svg" else {"Title": self.title}
            figure.savefig(buffer, format=form, dpi=DOTS_PER_INCH, metadata=metadata, bbox_inches="tight")
        return buffer.getvalue()
