"""Durations in words, one wording wherever a time span is shown."""

from __future__ import annotations

MINUTE, HOUR, DAY = 60, 3600, 86_400


def duration(seconds: float) -> str:
    """Return a time span in its one or two largest units.

    >>> duration(4800), duration(42), duration(200_000)
    ('1 h 20 min', '42 s', '2 d 8 h')
    """
    if round(seconds) < MINUTE:
        return f"{round(max(seconds, 0))} s"
    if round(seconds / MINUTE) < HOUR // MINUTE:
        return f"{round(seconds / MINUTE)} min"
    (large, large_name), (small, small_name) = (
        ((HOUR, "h"), (MINUTE, "min")) if round(seconds / MINUTE) < DAY // MINUTE else ((DAY, "d"), (HOUR, "h"))
    )
    whole, rest = divmod(round(seconds / small), large // small)
    return f"{whole} {large_name} {rest} {small_name}" if rest else f"{whole} {large_name}"
