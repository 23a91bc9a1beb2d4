"""Draws the pixel importance map in half blocks or symbols, with the mean image's contour and a window's frame."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.geometry import Region
from textual.geometry import Size as Extent

from ...core.masks.windows import Window
from ..theme.colors import LEVELS, ink_color
from .cell_renderer import HALF, CellBackground, style_of
from .importance_view import NOTHING, ImportanceView

# Where the mean image has more ink than this is inside of its contour.
INK = 0.5
_SIDES = (("▏", 1, 1), ("▕", 1, -1), ("▔", 0, 1), ("▁", 0, -1))


def map_extent(shape: tuple[int, ...], zoom: float) -> Extent:
    """Return the columns and lines of a map.

    Args:
        shape: height and width in pixels.
        zoom: columns and half lines per pixel, at least 1.
    """
    return Extent(int(shape[1] * zoom), math.ceil(int(shape[0] * zoom) / 2))


def window_region(window: Window, zoom: float) -> Region:
    """Return the characters of a map in which a window is."""
    left, right = int(window.col * zoom), math.ceil((window.col + window.width) * zoom)
    top, bottom = int(window.row * zoom / 2), math.ceil((window.row + window.height) * zoom / 2)
    return Region(left, top, right - left, bottom - top)


class ImportanceDrawing:
    """Draws a map, line by line; the colours are the importance alone.

    Args:
        pixels: the map.
        background: the colours to draw with.
        zoom: columns and half lines per pixel, at least 1.
    """

    def __init__(self, pixels: ImportanceView, background: CellBackground, zoom: float) -> None:
        self._background = background
        height, width = pixels.steps.shape
        self._extent = map_extent(pixels.steps.shape, zoom)
        self._zoom = zoom
        columns = np.minimum(((np.arange(self._extent.width) + 0.5) / zoom).astype(int), width - 1)
        halves = np.minimum(((np.arange(2 * self._extent.height) + 0.5) / zoom).astype(int), height - 1)
        middles = np.minimum(((2 * np.arange(self._extent.height) + 1) / zoom).astype(int), height - 1)
        self._halves = pixels.steps[np.ix_(halves, columns)]
        self._middle = pixels.steps[np.ix_(middles, columns)]
        inked = pixels.ink[np.ix_(middles, columns)] > INK
        self._inked = inked
        self._contour = _outline(inked)
        self._window: Window | None = None
        self._frame: dict[tuple[int, int], str] = {}
        self._lines: dict[int, list[Segment]] = {}

    def frame(self, window: Window | None) -> range:
        """Frame another window, None for none; return the lines to redraw."""
        if window == self._window:
            return range(0)
        regions = [window_region(w, self._zoom) for w in (self._window, window) if w is not None]
        self._window = window
        self._frame = _box(regions[-1]) if window is not None else {}
        lines = range(min(region.y for region in regions), max(region.bottom for region in regions))
        for number in lines:
            self._lines.pop(number, None)
        return lines

    def line(self, number: int) -> list[Segment]:
        """Return a line of the drawing."""
        if number not in self._lines:
            self._lines[number] = self._draw(number)
        return self._lines[number]

    def _draw(self, number: int) -> list[Segment]:
        segments: list[Segment] = []
        last: Style | None = None
        upper, lower = self._halves[2 * number].tolist(), self._halves[2 * number + 1].tolist()
        middle, contour = self._middle[number].tolist(), self._contour[number].tolist()
        for column in range(self._extent.width):
            framed = self._frame.get((number, column))
            if self._background.plain:
                text, style = self._sign(number, column, framed), self._style(middle[column], "ink")
            elif framed is not None:
                text, style = framed, self._style(middle[column], "mark")
            elif contour[column] is not None:
                text, style = contour[column], self._style(middle[column], "ink")
            else:
                text, style = HALF, _pair(self._color(upper[column]), self._color(lower[column]))
            if last is style:
                segments[-1] = Segment(segments[-1].text + text, style)
            else:
                segments.append(Segment(text, style))
            last = style
        return segments

    def _color(self, step: int) -> Color:
        return self._background.color if step == NOTHING else self._background.palette.color("level", step)

    def _style(self, step: int, front: str) -> Style:
        below = self._color(step)
        return _pair(self._background.mark(below) if front == "mark" else ink_color(below), below)

    def _sign(self, line: int, column: int, framed: str | None) -> str:
        """Return the symbol of a place without colours: its level 0 to 9."""
        if framed is not None:
            return framed
        step = int(self._middle[line, column])
        if step == NOTHING:
            return "·" if self._inked[line, column] else " "
        return str(min(9, step * 10 // LEVELS))


@lru_cache(maxsize=4096)
def _pair(front: Color, below: Color) -> Style:
    return style_of(front, below)


def _outline(inside: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Return the thin line of each place at the edge of what is inside; None elsewhere."""
    found = np.full(inside.shape, None, np.object_)
    padded = np.pad(inside, 1)
    for sign, axis, shift in _SIDES:
        beside = np.roll(padded, shift, axis)[1:-1, 1:-1]
        found[inside & ~beside & (found == None)] = sign  # noqa: E711 - element by element
    return found


def _box(region: Region) -> dict[tuple[int, int], str]:
    """Return the characters of a frame along a region's edge, by line and column."""
    top, bottom, left, right = region.y, region.bottom - 1, region.x, region.right - 1
    box = {(line, column): "┃" for line in range(top, bottom + 1) for column in (left, right)}
    box |= {(line, column): "━" for line in (top, bottom) for column in range(left, right + 1)}
    return box | {(top, left): "┏", (top, right): "┓", (bottom, left): "┗", (bottom, right): "┛"}
