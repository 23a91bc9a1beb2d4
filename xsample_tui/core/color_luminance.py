"""Computes how light a colour is."""

from __future__ import annotations

from collections.abc import Iterable


def luminance(color: Iterable[float]) -> float:
    """Return the relative luminance of an sRGB colour, 0 for black to 1 for white, as WCAG 2 defines it.

    Args:
        color: red, green and blue, each in 0..1.
    """
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
