"""Names of an earlier version, which warn and stay for one minor version."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
GOES = "0.3"


def warn_renamed(old: str, new: str, depth: int = 3) -> None:
    """Warn that a name has another one now.

    Args:
        old: the name that was used.
        new: what to use instead.
        depth: how many calls above this one the line is that used it.
    """
    said = f"{old} is deprecated and goes in {GOES}; use {new}"
    warnings.warn(said, DeprecationWarning, stacklevel=depth)


def renamed(old: str, new: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function warn that it is called by a name of an earlier version.

    Args:
        old, new: the names, as :func:`warn_renamed` takes them.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            warn_renamed(old, new)
            return function(*args, **kwargs)

        call.__doc__ = f"Deprecated: use ``{new}``; this goes in {GOES}."
        return call

    return decorate
