"""Guesses which of some words was meant by one that is none of them."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the nearest of some words, whatever their case; None where none is near.

    Args:
        word: what was given.
        known: what it may be.
    """
    # Imported late: hardly anybody mistypes.
    import difflib

    names = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), names, n=1)
    return names[near[0]] if near else None


def did_you_mean(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return a question that names the nearest of some words, or nothing, for the end of a message.

    >>> did_you_mean("quik", ["quick", "standard"]), did_you_mean("x", ["quick"])
    (('did you mean quick?',), ())

    Args:
        word: what was given.
        known: what it may be.
    """
    near = nearest(word, known)
    return () if near is None else (f"did you mean {near}?",)
