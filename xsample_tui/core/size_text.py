"""Formats sizes on disk, in one way everywhere."""

from __future__ import annotations


def size(count: float) -> str:
    """Return a number of bytes in decimal units.

    >>> size(4.9e6), size(137.1e6), size(2.0e9)
    ('4.9 MB', '137 MB', '2.0 GB')
    """
    unit, factor = next((u for u in (("GB", 1e9), ("MB", 1e6)) if count >= u[1]), ("kB", 1e3))
    return f"{count / factor:.{1 if 1 <= count / factor < 100 else 0}f} {unit}"
