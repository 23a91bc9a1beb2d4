"""The brush: draws cells of the grid at any size, in the colours of the theme, or by signs alone."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from . import glyph
from .cell import Cell
from .flag import HIDDEN, MARK
from .palette import LEVELS, Palette, ink_color, theme_color
from .size import Size

_EDGED = 6
_BOXED = 3
HALF = "▀"
# How much is left of the colours of a window that is filtered out.
_FAINT = 0.2


@dataclass(frozen=True)
class Ground:
    """What a brush paints on.

    Attributes:
        variables: the theme's.
        color: of the panel.
        palette: colours of data.
        plain: whether signs must say everything: without colours, or in ASCII.
    """

    variables: dict[str, str]
    color: Color
    palette: Palette
    plain: bool


class Brush:
    """Draws cells; the styles it makes are kept, so a new theme needs a new brush.

    Args:
        ground: what it paints on.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._styles: dict[tuple[object, ...], Style] = {}
        muted = theme_color(ground.variables, "foreground-muted")
        self.blank = style_of(theme_color(ground.variables, "foreground"), ground.color)
        accent = theme_color(ground.variables, "accent")
        self.axis = style_of(muted, ground.color), style_of(accent, ground.color, bold=True)

    def cell(self, cell: Cell, size: Size, line: int, *, chosen: bool, focused: bool) -> list[Segment]:
        """Return one line of a cell.

        Args:
            cell: what it shows.
            size: how large it is drawn.
            line: which of its lines.
            chosen: whether the cursor is on it.
            focused: whether the keys go to the grid.
        """
        across, down = size.across, size.down
        # Narrow cells have no room for edges: there the cursor is the ground's colour.
        edged = across >= _EDGED
        style = self._style("cell", cell, chosen and not edged, focused)
        text = self._text(cell, size, line, chosen)
        if not edged:
            return self._badged(text, style, *self._badges(cell, size, line, chosen))
        boxed = cell.sure and down >= _BOXED
        side = "│" if boxed else " "
        if boxed and line in (0, down - 1):
            left, right = "┌┐" if line == 0 else "└┘"
            text = "─" * (across - 2)
        else:
            left, right = side, side
        badge = cell.badges[line : line + 1]
        if not chosen:
            return self._badged(left + text + right, style, across - 1, badge)
        edge = self._style("edge", cell, True, focused)
        return [Segment("▌", edge), Segment(text, style), *self._badged("▐", edge, 0, badge)]

    def _badged(self, text: str, style: Style, at: int, badges: str) -> list[Segment]:
        """Return a cell's line with badges in place of its characters from some column on."""
        if not badges:
            return [Segment(text, style)]
        colors = [self._badge_color(sign) for sign in badges]
        signs = [Segment(s, style_of(ink_color(c), c, bold=True)) for s, c in zip(badges, colors, strict=True)]
        parts = [Segment(text[:at], style), *signs, Segment(text[at + len(badges) :], style)]
        return [part for part in parts if part.text]

    def _badge_color(self, sign: str) -> Color:
        if sign == MARK:
            return theme_color(self._ground.variables, "accent")
        return self._ground.palette.pin(ord(sign) - ord("A"))

    def _badges(self, cell: Cell, size: Size, line: int, chosen: bool) -> tuple[int, str]:
        """Return from which column on a cell without edges has badges on one of its lines, and which.

        The narrowest have room for one, and none where the cursor is a sign.
        """
        signed = chosen and self._ground.plain
        if size.across <= 2:
            return 0, "" if signed else cell.badges[:1]
        return int(signed), cell.badges if line == size.down - 1 else ""

    def half(self, cells: tuple[Cell | None, Cell | None], chosen: int | None, *, focused: bool) -> Segment:
        """Return two half cells, one above the other.

        Args:
            cells: the upper and the lower; None where there is no window.
            chosen: which of them the cursor is on, 0 or 1; None for neither.
            focused: whether the keys go to the grid.
        """
        colors = []
        for place, cell in enumerate(cells):
            if place == chosen:
                colors.append(self._mark(focused))
            else:
                colors.append(self._ground.color if cell is None else self._dot_color(cell))
        return Segment(HALF, style_of(*colors))

    def _dot_color(self, cell: Cell) -> Color:
        """Return the colour of a cell that is a dot: of its step, else of its status."""
        front, ground = self._colors(cell)
        if cell.step is not None or cell.hidden:
            return ground
        share = {"pending": 0.12, "skipped": 0.3}.get(cell.status, 1.0)
        return self._ground.color.blend(front, share)

    def _text(self, cell: Cell, size: Size, line: int, chosen: bool) -> str:
        """Return a cell's text on one of its lines, without its edges."""
        across, down = size.across, size.down
        plain = self._ground.plain
        if cell.hidden and plain and not chosen:
            return HIDDEN * (across if across < _EDGED else across - 2)
        if across == 1:
            return ">" if chosen and plain else self._sign(cell, 1)
        if across == 2:
            sign = f"{self._sign(cell, 2):>2}"
            return f">{sign[1]}" if chosen and plain else sign
        room = across if across < _EDGED else across - 2
        words = self._words(cell, room, down)
        first = (down - len(words)) // 2
        text = f"{words[line - first] if 0 <= line - first < len(words) else '':^{room}}"
        if chosen and plain and across < _EDGED and line == down - 1:
            return f"[{text[1:-1]}]"
        return text

    @staticmethod
    def _sign(cell: Cell, room: int) -> str:
        """Return what a cell with room for no words shows: its sign, twice where it survives Holm; or its level."""
        if cell.tone == "level" and cell.step is not None:
            digit = str(min(9, cell.step * 10 // LEVELS))
            return digit if cell.status == "done" or room == 1 else cell.sign + digit
        return cell.sign * (2 if cell.sure and room > 1 else 1)

    def _words(self, cell: Cell, room: int, down: int) -> list[str]:
        """Return a cell's lines: what fits of sign, value and accuracy; once done, the sign is left to the colour."""
        value = next((text for text in cell.words if len(text) <= room), None)
        boxed = cell.sure and down >= _BOXED and room > _EDGED - 3
        lines = down - 2 if boxed else down
        if value is None or cell.step is None:
            return [cell.sign]
        words = [value]
        if cell.badges and down == 2:
            # They take the line below.
            return words
        # Narrow cells have no box, so that the sign itself says it.
        narrow = cell.sure and not boxed
        signed = cell.status != "done" or (cell.tone == "gain" and (self._ground.plain or narrow))
        if signed and lines > 1:
            sign = cell.sign * (2 if narrow else 1)
            words = [sign, value] if cell.status != "done" else [value, sign]
        if lines > len(words) + 1 and cell.accuracy and len(cell.accuracy) <= room:
            words.append(cell.accuracy)
        return words

    def _style(self, what: str, cell: Cell, chosen: bool, focused: bool) -> Style:
        key = (what, cell.tone, cell.step, cell.status, cell.sure, cell.hidden, chosen, focused)
        if key not in self._styles:
            front, ground = self._colors(cell)
            if what == "edge":
                front = self._mark(focused)
            elif chosen:
                front, ground = ink_color(self._mark(focused)), self._mark(focused)
            bold = what == "cell" and (chosen or cell.sure or cell.status in ("running", "failed"))
            self._styles[key] = style_of(front, ground, bold=bold)
        return self._styles[key]

    def _mark(self, focused: bool) -> Color:
        return theme_color(self._ground.variables, "accent" if focused else "secondary")

    def _colors(self, cell: Cell) -> tuple[Color, Color]:
        """Return a cell's front and ground: of the scale where it has a step there, else of its status."""
        if cell.hidden:
            front, ground = self._colors(dataclasses.replace(cell, hidden=False))
            below = self._ground.color
            muted = theme_color(self._ground.variables, "foreground-muted")
            return below.blend(muted, 0.5), below.blend(ground, _FAINT)
        ground = self._ground.color
        if cell.step is not None:
            ground = self._ground.palette.color(cell.tone, cell.step)
            return ink_color(ground), ground
        front = theme_color(self._ground.variables, glyph.trial_style(cell.status))
        return front, ground.blend(front, 0.18) if cell.status in ("failed", "running", "paused") else ground


def style_of(front: Color, ground: Color, *, bold: bool = False) -> Style:
    """Return a style of two colours."""
    return Style(color=front.rich_color, bgcolor=ground.rich_color, bold=bold)
