"""Formats durations, in one way everywhere."""

from __future__ import annotations

MINUTE, HOUR, DAY = 60, 3600, 86_400


def duration_range(low: float, high: float) -> str:
    """Return the span between two durations, with one unit where both have the same one.

    >>> duration_range(10, 20), duration_range(50, 90), duration_range(0, 0.2), duration_range(4500, 5100)
    ('10 to 20 s', '50 s to 2 min', 'under 1 s', '1 h 15 min to 1 h 25 min')

    Args:
        low, high: seconds; ``low`` is not above ``high``.
    """
    if high < 1:
        return "under 1 s"
    first, last = duration(low), duration(high)
    if first == last:
        return f"about {last}"
    number, unit = first.split(" ", 1)
    return f"{number} to {last}" if last.split(" ", 1)[1] == unit and " " not in unit else f"{first} to {last}"


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
