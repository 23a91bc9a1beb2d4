"""Writes differences in errors as people say them: ``12 fewer errors``, ``23.5 more to 5.5 fewer errors``."""

from __future__ import annotations


def errors_apart(gain: float) -> str:
    """Return a gain in images as errors.

    >>> errors_apart(12.0), errors_apart(-1234.56)
    ('12 fewer errors', '1,234.6 more errors')

    Args:
        gain: images that are right beyond what they are compared with.
    """
    return f"{_digits(gain)} {_word(gain)} errors"


def errors_between(low: float, high: float) -> str:
    """Return an interval of a gain in images as errors.

    >>> errors_between(-122.6, -12.3), errors_between(-5.0, 9.1), errors_between(2.0, 3.0)
    ('12.3 to 122.6 more errors', '5 more to 9.1 fewer errors', '2 to 3 fewer errors')

    Args:
        low, high: its ends.
    """
    if _word(low) == _word(high):
        near, far = sorted((low, high), key=abs)
        return f"{_digits(near)} to {_digits(far)} {_word(low)} errors"
    return f"{_digits(low)} {_word(low)} to {_digits(high)} {_word(high)} errors"


def _word(gain: float) -> str:
    return "more" if round(gain, 1) < 0 else "fewer"


def _digits(gain: float) -> str:
    text = f"{abs(gain):,.1f}"
    return text.removesuffix(".0")
