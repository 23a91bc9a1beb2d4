"""Renders the cells of the grid at any size, in the colours of the theme or by symbols alone."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from ..theme import symbols
from ..theme.colors import ThemeColors, contrast, ink_color, theme_color
from .cell_sizes import CellSize
from .cell_text import EDGED, RINGED, cell_text
from .heatmap_cell import HeatmapCell
from .trial_marks import MARK

HALF = "▀"
# The share of its colour that a hidden window keeps, and one that has the colour of the nearest window.
_FAINT, _LENT = 0.2, 0.5
# The contrast with a cell below which the cursor is black or white.
_SEEN = 2.0


@dataclass(frozen=True)
class CellBackground:
    """The colours that cells are rendered with.

    Attributes:
        variables: the theme's variables.
        color: the panel's background.
        palette: the colours of data.
        plain: whether symbols must show everything: without colours, or in ASCII.
    """

    variables: dict[str, str]
    color: Color
    palette: ThemeColors
    plain: bool

    def mark(self, below: Color, *, focused: bool = True) -> Color:
        """Return the cursor's colour on a colour of data."""
        found = theme_color(self.variables, "accent" if focused else "secondary")
        return found if contrast(found, below) >= _SEEN else ink_color(below)


class CellRenderer:
    """Renders cells. It caches styles, so a new theme needs a new renderer.

    Args:
        background: the colours to render with.
    """

    def __init__(self, background: CellBackground) -> None:
        self._background = background
        self._styles: dict[tuple[object, ...], Style] = {}
        muted = theme_color(background.variables, "foreground-muted")
        self.blank = style_of(theme_color(background.variables, "foreground"), background.color)
        accent = theme_color(background.variables, "accent")
        self.axis = style_of(muted, background.color), style_of(accent, background.color, bold=True)

    def cell(self, cell: HeatmapCell, size: CellSize, line: int, *, chosen: bool, focused: bool) -> list[Segment]:
        """Return one line of a cell; the cursor is at its edges, so that the colour can be seen.

        Args:
            cell: the cell.
            size: its size.
            line: which of its lines.
            chosen: whether the cursor is on it.
            focused: whether the grid has the focus.
        """
        across, down = size.across, size.down
        plain = self._background.plain
        style = self._style("cell", cell, focused)
        text = cell_text(cell, size, line, chosen=chosen, plain=plain)
        if across < EDGED:
            if chosen and not plain:
                return [Segment("▌", self._style("edge", cell, focused)), Segment(text[1:], style)]
            return self._badged(text, style, *self._badges(cell, size, line, chosen))
        left = right = " "
        if cell.best and down >= RINGED:
            left = right = "│"
            if line in (0, down - 1):
                left, right = "╭╮" if line == 0 else "╰╯"
                text = "─" * (across - 2)
        badge = cell.badges[line : line + 1]
        if not chosen:
            return self._badged(left + text + right, style, across - 1, badge)
        edge = self._style("edge", cell, focused)
        return [Segment("▌", edge), Segment(text, style), *self._badged("▐", edge, 0, badge)]

    def _badged(self, text: str, style: Style, at: int, badges: str) -> list[Segment]:
        """Return a cell's line with badges in place of its characters, from column ``at`` on."""
        if not badges:
            return [Segment(text, style)]
        colors = [self._badge_color(sign) for sign in badges]
        signs = [Segment(s, style_of(ink_color(c), c, bold=True)) for s, c in zip(badges, colors, strict=True)]
        parts = [Segment(text[:at], style), *signs, Segment(text[at + len(badges) :], style)]
        return [part for part in parts if part.text]

    def _badge_color(self, sign: str) -> Color:
        if sign == MARK:
            return theme_color(self._background.variables, "accent")
        return self._background.palette.pin(ord(sign) - ord("A"))

    def _badges(self, cell: HeatmapCell, size: CellSize, line: int, chosen: bool) -> tuple[int, str]:
        """Return the column and the badges of a line of a cell without edges.

        The narrowest cells have room for one badge, and for none if a symbol shows the cursor.
        """
        signed = chosen and self._background.plain
        if size.across <= 2:
            return 0, "" if signed else cell.badges[:1]
        return int(signed), cell.badges if line == size.down - 1 else ""

    def faint(self, cell: HeatmapCell) -> Style:
        """Return the style of a place without a window: the colour of the window around it."""
        return self._style("cell", cell, focused=False)

    def half(
        self, cells: tuple[HeatmapCell | None, HeatmapCell | None], chosen: int | None, *, focused: bool
    ) -> Segment:
        """Return two half cells, one above the other; where the cursor is, only the chosen one, with a corner.

        Args:
            cells: the upper and the lower; None without a window.
            chosen: which of them has the cursor, 0 or 1; None for neither.
            focused: whether the grid has the focus.
        """
        colors = [self._background.color if cell is None else self._dot_color(cell) for cell in cells]
        if chosen is not None:
            below = colors[chosen]
            return Segment("▘▖"[chosen], style_of(self._background.mark(below, focused=focused), below))
        return Segment(HALF, style_of(*colors))

    def _dot_color(self, cell: HeatmapCell) -> Color:
        """Return the colour of a half cell: of its step, else of its status."""
        front, background = self._colors(cell)
        if cell.step is not None or cell.hidden or (cell.lent is not None and cell.status == "pending"):
            return background
        share = {"pending": 0.12, "skipped": 0.3}.get(cell.status, 1.0)
        return self._background.color.blend(front, share)

    def _style(self, what: str, cell: HeatmapCell, focused: bool) -> Style:
        key = (what, cell.tone, cell.step, cell.lent, cell.status, cell.sure, cell.best, cell.hidden, focused)
        if key not in self._styles:
            front, background = self._colors(cell)
            if what == "edge":
                front = self._background.mark(background, focused=focused)
            bold = what == "cell" and (cell.best or cell.sure or cell.status in ("running", "failed"))
            self._styles[key] = style_of(front, background, bold=bold)
        return self._styles[key]

    def _colors(self, cell: HeatmapCell) -> tuple[Color, Color]:
        """Return a cell's foreground and background: of its scale if it has a step, else of its status."""
        below = self._background.color
        if cell.hidden:
            _, background = self._colors(dataclasses.replace(cell, hidden=False))
            faint = below.blend(background, _FAINT) if self._background.palette.blends else below
            return theme_color(self._background.variables, "foreground-muted"), faint
        if cell.step is not None:
            background = self._background.palette.color(cell.tone, cell.step)
            return ink_color(background), background
        if cell.lent is not None:
            background = self._background.palette.color(cell.tone, cell.lent)
            if self._background.palette.blends:
                background = below.blend(background, _LENT)
            return ink_color(background), background
        front = theme_color(self._background.variables, symbols.trial_style(cell.status))
        tinted = cell.status in ("failed", "running", "paused") and self._background.palette.blends
        return front, below.blend(front, 0.1) if tinted else below


def style_of(front: Color, background: Color, *, bold: bool = False) -> Style:
    """Return a style of two colours."""
    return Style(color=front.rich_color, bgcolor=background.rich_color, bold=bold)
