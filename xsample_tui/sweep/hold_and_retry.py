"""Retries steps that fail with an OSError, so that the controller's loop never ends by one.

A network file system that is away for an hour, a process out of file descriptors, a disk that is full: the failure is
logged once, the step is retried until it works, and that is logged too.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ..core.errors import printable
from ..core.run_state.run_events import Level

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
# What fails every other time is not said every other time.
_WELL_AFTER = 10.0


class HoldAndRetry:
    """Tries steps of a loop, each under its own name.

    Args:
        say: takes a line for the log.
        kind: what is retried; any other error is the caller's.
        first, longest: seconds for which a step is left out after an error; each further one doubles them.
    """

    def __init__(
        self,
        say: Callable[[Level, str], None],
        kind: type[Exception] = OSError,
        first: float = FIRST_PAUSE,
        longest: float = LONGEST_PAUSE,
    ) -> None:
        self._say = say
        self._kind = kind
        self._first, self._longest = first, longest
        self._pauses: dict[str, float] = {}
        self._failed_at: dict[str, float] = {}

    def attempt(self, what: str, step: Callable[[], object]) -> bool:
        """Do a step; return whether it was done. After an error it is left out for a moment, 5 s at most."""
        pause = self._pauses.get(what, 0.0)
        since = time.monotonic() - self._failed_at.get(what, 0.0)
        if pause and since < pause:
            return False
        try:
            step()
        except self._kind as error:
            self._pauses[what] = min(2 * pause or self._first, self._longest)
            self._failed_at[what] = time.monotonic()
            if not pause:
                self._say("error", f"{what}: {printable(_why(error), 200)}; retrying until it works")
            return False
        if pause and since > _WELL_AFTER:
            del self._pauses[what], self._failed_at[what]
            self._say("info", f"{what}: works again")
        return True


def _why(error: Exception) -> object:
    if isinstance(error, OSError):
        return error.strerror or error
    return f"{type(error).__name__}: {error}"
