"""ASCII: every character that is drawn, as one of the 95 that every terminal has."""

from __future__ import annotations

import os
import unicodedata
from functools import lru_cache
from typing import Any

from rich.cells import cell_len
from rich.segment import Segment
from textual.app import App
from textual.color import Color
from textual.filter import LineFilter

VARIABLE = "XSAMPLE_TUI_ASCII"
# Signs of one meaning must stay apart: those of states, of verdicts, of the importance map.
_SIGNS = {
    "○": "o",
    "▸": ">",
    "▹": ")",
    "‖": "=",
    "▽": "v",
    "■": "#",
    "✓": "*",
    "✔": "*",
    "✗": "X",
    "⨯": "x",
    "·": ".",
    "•": "*",
    "●": "@",
    "−": "-",
    "–": "-",
    "—": "-",
    "≈": "~",
    "¿": "?",
    "±": "~",
    "×": "x",
    "…": ".",
    "→": ">",
    "←": "<",
    "↑": "^",
    "↓": "v",
    "▲": "^",
    "▼": "v",
    "▶": ">",
    "◀": "<",
    "❯": ">",
    "░": ".",
    "▒": ":",
    "▓": "%",
    "█": "#",
    "▀": '"',
    "▄": "_",
    "▌": "[",
    "▐": "]",
    "▔": "-",
    "▁": "_",
    "▂": "_",
    "▃": "_",
    "▅": "#",
    "▆": "#",
    "▇": "#",
    "▉": "#",
    "▊": "#",
    "▋": "#",
    "▍": "|",
    "▎": "|",
    "▏": "|",
    "▕": "|",
    "━": "=",
    "╸": "=",
    "╺": "=",
    "╍": "=",
    "═": "=",
    "┅": "-",
    "┄": "-",
    "─": "-",
    "│": "|",
    "┃": "|",
    "║": "|",
    "┤": "+",
    "┏": "o",
    "┓": "o",
    "┗": "o",
    "┛": "o",
}
_UPPER, _LOWER = 0x1B, 0xE4


def wanted() -> bool:
    """Return whether the environment asks for ASCII: ``XSAMPLE_TUI_ASCII`` set to anything but 0 or nothing."""
    return os.environ.get(VARIABLE, "0") not in ("", "0")


def is_ascii(app: App[Any]) -> bool:
    """Return whether an app draws in ASCII."""
    return bool(getattr(app, "ascii_only", False))


def is_plain(app: App[Any]) -> bool:
    """Return whether signs must say everything: without colours, or in ASCII."""
    return app.no_color or is_ascii(app) or app.console.color_system is None


@lru_cache(4096)
def ascii_text(text: str) -> str:
    """Return text in ASCII, exactly as wide as it was."""
    return text if text.isascii() else "".join(map(_ascii, text))


@lru_cache(1024)
def _ascii(character: str) -> str:
    if character.isascii():
        return character
    if (sign := _SIGNS.get(character)) is not None:
        return sign
    code, width = ord(character), cell_len(character)
    if 0x2800 <= code < 0x2900:
        return _dots(code - 0x2800)
    if 0x2500 <= code < 0x2580:
        return "+"
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return plain if len(plain) == width and plain.isprintable() else "?" * width


def _dots(bits: int) -> str:
    """Return what comes nearest to a pattern of braille dots."""
    upper, lower = bool(bits & _UPPER), bool(bits & _LOWER)
    return ":" if upper and lower else "'" if upper else "." if lower else " "


class AsciiFilter(LineFilter):
    """Turns what was rendered into ASCII, whichever widget rendered it."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments in ASCII."""
        return [Segment(ascii_text(text), style, control) for text, style, control in segments]
