"""Counts in words: ``1 image``, ``2,000 images``."""

from __future__ import annotations


def counted(count: int, noun: str, verbs: tuple[str, str] | None = None) -> str:
    """Return a count with its noun: ``1 image``, ``3 images``.

    Args:
        count: how many, from 0.
        noun: what, one of it; an s is added for any number but 1.
        verbs: what follows, for one and for several: ``("is", "are")``.
    """
    verb = "" if verbs is None else f" {verbs[count != 1]}"
    return f"{count:,} {noun}{'' if count == 1 else 's'}{verb}"
