"""Lays out the text of the grid's cells at any size, so that what two neighbours say never touches."""

from __future__ import annotations

from ..theme.colors import LEVELS
from ..theme.symbols import ESTIMATE
from .cell_sizes import CellSize
from .heatmap_cell import HeatmapCell
from .trial_marks import HIDDEN

# Cells as wide have edges, and as high a ring around the best; narrower ones have a blank at their left.
EDGED, RINGED = 6, 3
BEST_SIGN = "○"


def cell_text(cell: HeatmapCell, size: CellSize, line: int, *, chosen: bool, plain: bool) -> str:
    """Return the text of one of a cell's lines: without its edges, or as wide as a cell that has none.

    Args:
        cell: the cell.
        size: its size.
        line: which of its lines.
        chosen: whether the cursor is on it.
        plain: whether symbols must show everything.
    """
    across, down = size.across, size.down
    room = across - 2 if across >= EDGED else across if across <= 2 else across - 1
    lead = " " if 2 < across < EDGED else ""
    if cell.hidden and not chosen:
        return lead + (HIDDEN if plain else " ") * room
    if across <= 2:
        return _narrow(cell, across, chosen=chosen, plain=plain)
    words = _words(cell, room, down, plain=plain)
    first = (down - len(words)) // 2
    ring = cell.best and across < EDGED
    if ring and down > 1:
        first = 0
    text = f"{words[line - first] if 0 <= line - first < len(words) else '':^{room}}"
    if ring and down > 1 and line == down - 1 and not text.strip():
        text = "╰" + "─" * (room - 2) + "╯"
    if chosen and plain and across < EDGED and line == down - 1:
        return f"[{(lead + text)[1:-1]}]"
    return lead + text


def _narrow(cell: HeatmapCell, across: int, *, chosen: bool, plain: bool) -> str:
    """Return the text of a cell of one or two characters: its symbol, twice if significant (Holm), or its level."""
    sign = _sign(cell, plain=plain)
    if across == 1:
        return ">" if chosen and plain else BEST_SIGN if cell.best else sign
    if chosen and plain:
        return f">{sign}"
    if cell.best:
        return f"{BEST_SIGN}{sign}"
    if _estimated(cell) and plain:
        return _estimate(cell)
    if cell.tone == "level" and cell.step is not None and cell.status != "done":
        return cell.sign + sign
    return sign * 2 if cell.sure else f" {sign}"


def _sign(cell: HeatmapCell, *, plain: bool) -> str:
    """Return one character: the level 0 to 9, else the symbol; none where the nearest window's colour stands."""
    if _estimated(cell):
        return ESTIMATE
    if cell.tone == "level" and cell.step is not None:
        return str(min(9, cell.step * 10 // LEVELS))
    return " " if _lent(cell) and not plain else cell.sign


def _lent(cell: HeatmapCell) -> bool:
    return cell.lent is not None and cell.step is None and cell.status == "pending"


def _estimated(cell: HeatmapCell) -> bool:
    return cell.estimate is not None and cell.step is None and cell.status == "pending"


def _estimate(cell: HeatmapCell) -> str:
    """Return the tenth of the scout's ranking, marked so that it is not taken for a result."""
    return f"{ESTIMATE}{cell.estimate}"


def _words(cell: HeatmapCell, room: int, down: int, *, plain: bool) -> list[str]:
    """Return a cell's lines: as much as fits of symbol, value and accuracy; a done cell needs no symbol."""
    value = next((text for text in cell.words if len(text) <= room), None)
    lines = down - 2 if cell.best and down >= RINGED and room > 3 else down
    if _estimated(cell) and room > 1:
        return [_estimate(cell)]
    if value is None or cell.step is None:
        return [_sign(cell, plain=plain)]
    words = [value]
    if cell.badges and down == 2:
        # The badges use the line below.
        return words
    signed = cell.status != "done" or (cell.tone == "gain" and (plain or cell.sure))
    if signed and lines > 1:
        sign = cell.sign * (2 if cell.sure else 1)
        words = [sign, value] if cell.status != "done" else [value, sign]
    if lines > len(words) + 1 and cell.accuracy and len(cell.accuracy) <= room:
        words.append(cell.accuracy)
    return words
