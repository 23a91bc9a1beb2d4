"""Formats accuracies, losses, gains, shares and times for the interface."""

from __future__ import annotations

import math
import time

from ...core.duration_text import DAY, HOUR, MINUTE, duration

MISSING = "–"
MINUS = "−"


def accuracy(value: float | None) -> str:
    """Return an accuracy or a loss with four digits.

    >>> accuracy(0.99166)
    '0.9917'
    """
    return MISSING if value is None else f"{value:.4f}"


def gain(images: float | None) -> str:
    """Return a difference in images, signed and rounded to whole ones.

    >>> gain(12.4), gain(-3.0), gain(0.2)
    ('+12', '−3', '±0')
    """
    if images is None or not math.isfinite(images):
        return MISSING
    whole = round(images)
    if whole == 0:
        return "±0"
    return f"+{whole:,}" if whole > 0 else f"{MINUS}{-whole:,}"


def signed(value: float, digits: int) -> str:
    """Return a difference with its sign and some digits after the point.

    >>> signed(3.44, 1), signed(-31.0, 0), signed(-0.04, 1)
    ('+3.4', '−31', '±0')
    """
    if not math.isfinite(value):
        return MISSING
    text = f"{abs(value):,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        return "±0"
    return f"+{text}" if value > 0 else f"{MINUS}{text}"


def percent(share: float) -> str:
    """Return a share with one digit after the point.

    >>> percent(0.8216)
    '82.2 %'
    """
    return f"{100 * share:.1f} %"


def epochs(done: int, most: int) -> str:
    """Return epochs done of those planned."""
    return f"{done}/{most}"


def clock(seconds: float) -> str:
    """Return an elapsed time, to the second.

    >>> clock(133), clock(90_061)
    ('0:02:13', '1 d 01:01:01')
    """
    days, rest = divmod(int(max(seconds, 0)), DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, whole = divmod(rest, MINUTE)
    return f"{days} d {hours:02d}:{minutes:02d}:{whole:02d}" if days else f"{hours}:{minutes:02d}:{whole:02d}"


def finish(at: float, now: float) -> str:
    """Return the clock time of an end, with the day if it is not today.

    Args:
        at, now: Unix time in seconds.
    """
    end, today = time.localtime(at), time.localtime(now)
    if end[:3] == today[:3]:
        return time.strftime("%H:%M", end)
    return time.strftime("%a %H:%M" if at - now < 6 * DAY else "%d %b %H:%M", end)


def age(seconds: float) -> str:
    """Return how long ago a time was.

    >>> age(5), age(7200)
    ('just now', '2 h ago')
    """
    return "just now" if seconds < MINUTE else f"{duration(seconds)} ago"
