"""Holding: the one policy for OSErrors in a loop that must not end.

A network file system that is away for an hour, a process out of file descriptors, a disk that is full: what failed is
said once, tried again until it works, and said again then.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ..core.errors import printable
from ..core.event import Level

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 5.0
# What fails every other time is not said every other time.
_WELL_AFTER = 10.0


class Holding:
    """Tries steps of a loop, each under its own name.

    Args:
        say: takes a line for the log.
    """

    def __init__(self, say: Callable[[Level, str], None]) -> None:
        self._say = say
        self._pauses: dict[str, float] = {}
        self._failed_at: dict[str, float] = {}

    def attempt(self, what: str, step: Callable[[], object]) -> bool:
        """Do a step; return whether it was done. After an OSError it is left out for a moment, 5 s at most."""
        pause = self._pauses.get(what, 0.0)
        since = time.monotonic() - self._failed_at.get(what, 0.0)
        if pause and since < pause:
            return False
        try:
            step()
        except OSError as error:
            self._pauses[what] = min(2 * pause or _FIRST_PAUSE, _LONGEST_PAUSE)
            self._failed_at[what] = time.monotonic()
            if not pause:
                why = printable(error.strerror or error, 200)
                self._say("error", f"{what}: {why}; it is tried again until it works")
            return False
        if pause and since > _WELL_AFTER:
            del self._pauses[what], self._failed_at[what]
            self._say("info", f"{what}: works again")
        return True
