"""Durations in words, one wording wherever a time span is shown."""

from __future__ import annotations

MINUTE, HOUR, DAY = 60, 3600, 86_400


def duration(seconds: float, *, exactly: bool = True) -> str:
    """Return a time span in its one or two largest units.

    >>> duration(4800), duration(42), duration(200_000), duration(4800, exactly=False)
    ('1 h 20 min', '42 s', '2 d 8 h', '1 h')

    Args:
        seconds: the span; below 0 it counts as 0.
        exactly: whether with a second unit, where the first is hours or days.
    """
    if round(seconds) < MINUTE:
        return f"{round(max(seconds, 0))} s"
    if round(seconds / MINUTE) < HOUR // MINUTE:
        return f"{round(seconds / MINUTE)} min"
    least = MINUTE if exactly else HOUR
    if round(seconds / least) < DAY // least:
        (large, large_name), (small, small_name) = (HOUR, "h"), (least, "min")
    else:
        (large, large_name), (small, small_name) = (DAY, "d"), (HOUR if exactly else DAY, "h")
    whole, rest = divmod(round(seconds / small), large // small)
    return f"{whole} {large_name} {rest} {small_name}" if rest else f"{whole} {large_name}"
