"""Converts text to printable ASCII of the same width, without Textual and without a terminal."""

from __future__ import annotations

import codecs
import io
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import TextIO

from rich.cells import cell_len

_ERRORS = "xsample-ascii"
# Symbols of one kind stay distinct: those of states, of verdicts, of the importance map.
_SIGNS = {
    "○": "o",
    "▸": ">",
    "▹": ")",
    "‖": "=",
    "▽": "v",
    "■": "#",
    "□": "u",
    "✓": "*",
    "✔": "*",
    "✗": "X",
    "⊘": "/",
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
# Plus or minus a number, as wide as it was: "~" alone would read as within noise.
_RANGES = (
    (re.compile(r"\(±([^()\s]*)\)"), r"+-\1 "),
    (re.compile(r"±0(?![\d.,])"), " 0"),
    (re.compile(r" ± "), " +-"),
    (re.compile(r" ±(?=\d)"), "+-"),
)
# Where a text may get wider.
_WIDER = {"±": "+-", "…": "...", "→": "->", "←": "<-"}
_UPPER, _LOWER = 0x1B, 0xE4


@lru_cache(4096)
def ascii_text(text: str) -> str:
    """Return text in ASCII, exactly as wide as it was."""
    if text.isascii():
        return text
    if "±" in text:
        for pattern, words in _RANGES:
            text = pattern.sub(words, text)
    return "".join(map(_ascii, text))


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
    """Return the character nearest to a pattern of braille dots."""
    upper, lower = bool(bits & _UPPER), bool(bits & _LOWER)
    return ":" if upper and lower else "'" if upper else "." if lower else " "


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_WIDER.get(sign) or _ascii(sign) for sign in error.object[error.start : error.end]), error.end


def print_what_streams_can(streams: Iterable[TextIO]) -> None:
    """Let streams write ASCII for characters that their encoding lacks, instead of failing or writing escapes.

    Args:
        streams: of this process; streams that are not files stay as they are.
    """
    codecs.register_error(_ERRORS, _replaced)
    # In the C locale Python lets stdout pass on bytes of names that are no text, and fails at all else.
    usual = ("strict", "backslashreplace", "surrogateescape")
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper) and stream.errors in usual:
            stream.reconfigure(errors=_ERRORS)
