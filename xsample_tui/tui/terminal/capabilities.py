"""Finds out which characters and how many colours the terminal can show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from rich.console import Console

from ...core.errors import InputError
from ...core.interface_settings import ASCII

COLORS: Final = "XSAMPLE_TUI_COLORS"
ColorSystem = Literal["truecolor", "256", "standard"]
_COLORS: Final[dict[str, ColorSystem | None]] = {
    "": None,
    "auto": None,
    "truecolor": "truecolor",
    "256": "256",
    "16": "standard",
}
# One of each kind of character that is drawn: blocks, shapes, lines, braille dots.
_DRAWN: Final = "▀■─⣿×…"
_FEW_GLYPHS: Final = ("linux", "dumb")
_WEB: Final = "TEXTUAL_DRIVER"


def wants_ascii(environment: Mapping[str, str], encoding: str | None, kept: bool | None = None) -> bool:
    """Return whether to draw in ASCII: if the user says so, or if the terminal shows nothing else.

    Args:
        environment: variables; ``XSAMPLE_TUI_ASCII`` decides: 0 for every character, anything else for ASCII. Unset
            or empty, it is ASCII on the console and on ``TERM=dumb``, and where the locale or the stream has no
            Unicode.
        encoding: of the stream that is drawn on; None if unknown.
        kept: what the user has set before, for terminals that can show everything.
    """
    if given := environment.get(ASCII, ""):
        return given != "0"
    if environment.get(_WEB):
        # Shown in a browser, whatever the server's terminal is.
        return False
    return (
        bool(kept)
        or environment.get("TERM", "") in _FEW_GLYPHS
        or not _can_encode(encoding)
        or not _can_encode(_locale_encoding(environment))
    )


def _locale_encoding(environment: Mapping[str, str]) -> str | None:
    """Return the encoding of the user's locale: Python ignores it if the locale is not installed."""
    name = next((value for key in ("LC_ALL", "LC_CTYPE", "LANG") if (value := environment.get(key))), "")
    return name.partition(".")[2].partition("@")[0] or None


def _can_encode(encoding: str | None) -> bool:
    try:
        _DRAWN.encode(encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    except LookupError:
        # An encoding that Python does not know proves nothing.
        return True
    return True


def color_system(environment: Mapping[str, str]) -> ColorSystem | None:
    """Return how many colours to use; None to let Textual detect them.

    GNU screen passes on the outer terminal's variables, but drops 24-bit colours.

    Args:
        environment: variables; ``XSAMPLE_TUI_COLORS`` decides: truecolor, 256, 16 or auto.

    Raises:
        InputError: that variable has another value.
    """
    given = environment.get(COLORS, "")
    if given not in _COLORS:
        raise InputError(COLORS, given, f"choose one of {', '.join(filter(None, _COLORS))}")
    if (chosen := _COLORS[given]) is not None:
        return chosen
    inside_screen = environment.get("STY") and not environment.get("TMUX")
    return "256" if inside_screen and not environment.get("TEXTUAL_COLOR_SYSTEM") else None


def with_colors(console: Console, colors: ColorSystem) -> Console:
    """Return Textual's console with this number of colours, whatever the terminal reports."""
    return Console(
        color_system=colors,
        file=console.file,
        highlight=False,
        emoji=False,
        legacy_windows=False,
        no_color=console.no_color,
        force_terminal=True,
        safe_box=False,
    )
