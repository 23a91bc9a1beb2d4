"""The thread of a session: does its steps again and again, whatever they raise, until the session is closed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from ...core.run_state.run_events import Level
from ...sweep.hold_and_retry import FIRST_PAUSE, LONGEST_PAUSE, HoldAndRetry


@dataclass(frozen=True)
class SessionTimes:
    """How long a session waits for what, in seconds.

    Attributes:
        poll: from one reading of a run's folder to the next.
        first_pause, longest_pause: for which a step that has failed is left out.
        late: after which a request that is not written, or not answered, is said to be late.
    """

    poll: float = 0.25
    first_pause: float = FIRST_PAUSE
    longest_pause: float = LONGEST_PAUSE
    late: float = 3.0


USUAL_TIMES = SessionTimes()


class SessionPump:
    """Calls a session's steps in turn; one that fails is said to, left out for a moment, and tried again.

    Args:
        steps: by what they are about, for the log; each is called once in every turn.
        say: takes a line for the log.
        pause: gives the seconds from one turn to the next.
        times: for how long a step is left out.
    """

    def __init__(
        self,
        steps: dict[str, Callable[[], None]],
        say: Callable[[Level, str], None],
        pause: Callable[[], float],
        times: SessionTimes = USUAL_TIMES,
    ) -> None:
        self._steps = steps
        self._holding = HoldAndRetry(say, Exception, times.first_pause, times.longest_pause)
        self._pause = pause
        self._wake = threading.Event()
        self._closed = threading.Event()

    def run(self) -> None:
        """Take turns until :meth:`close`, then a last one. It blocks: call it in a thread."""
        while not self._closed.is_set():
            self._turn()
            self._wake.wait(self._pause())
            self._wake.clear()
        self._turn()

    def _turn(self) -> None:
        for what, step in self._steps.items():
            self._holding.attempt(what, step)

    def wake(self) -> None:
        """Begin the next turn now."""
        self._wake.set()

    def close(self) -> None:
        """Let :meth:`run` end."""
        self._closed.set()
        self._wake.set()
