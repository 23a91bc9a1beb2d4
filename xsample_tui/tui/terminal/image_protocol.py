"""Finds out how the terminal shows images in their own pixels: by kitty's protocol, as sixels, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Final, Literal

from ...core.errors import InputError

IMAGES: Final = "XSAMPLE_TUI_IMAGES"
ImageProtocol = Literal["kitty", "sixel"]
_GIVEN: Final[dict[str, ImageProtocol | None]] = {"": None, "auto": None, "kitty": "kitty", "sixel": "sixel"}
_BLOCKS: Final = "blocks"
# The extra that draws them.
_PACKAGE: Final = "textual_image"
_SIXEL_TERMS: Final = ("foot", "foot-extra", "mlterm", "contour")
_SIXEL_PROGRAMS: Final = ("WezTerm", "iTerm.app")


def image_protocol(environment: Mapping[str, str], *, installed: bool | None = None) -> ImageProtocol | None:
    """Return the protocol to draw images with; None for half blocks.

    The terminal is known by its variables and is not asked: over a slow line its answer would arrive as typed keys.
    Inside tmux and GNU screen, which pass images on only if they are set up to, and in kitty, which can from 0.28 on,
    there are half blocks unless the variable says otherwise.

    Args:
        environment: variables; ``XSAMPLE_TUI_IMAGES`` decides: kitty, sixel, blocks, or auto (also if unset).
        installed: whether the extra ``images`` is; None to look for it.

    Raises:
        InputError: that variable has another value, or asks for what needs the extra.
    """
    given = environment.get(IMAGES, "")
    if given == _BLOCKS:
        return None
    if given not in _GIVEN:
        raise InputError(IMAGES, given, f"choose one of auto, kitty, sixel, {_BLOCKS}")
    there = find_spec(_PACKAGE) is not None if installed is None else installed
    if (chosen := _GIVEN[given]) is not None:
        if not there:
            raise InputError(IMAGES, given, "needs pip install 'xsample-tui[images]'")
        return chosen
    if not there or environment.get("TMUX") or environment.get("STY") or environment.get("TEXTUAL_DRIVER"):
        return None
    term, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")
    # Kitty has to be chosen: before 0.28 it draws boxes, and no variable has its version.
    if term in _SIXEL_TERMS or program in _SIXEL_PROGRAMS or environment.get("WT_SESSION"):
        return "sixel"
    return None
