"""A controller's heartbeat as a viewer sees it: for how long it has not changed.

The clocks of two hosts are never compared, nor is a time of day: a heartbeat is fresh that changes while it is looked
at. So neither a clock that is set nor a file server's that is wrong makes a healthy sweep look stalled.
"""

from __future__ import annotations

import time
from collections.abc import Callable

# A viewer that was stopped, or away from the list, has seen no silence meanwhile.
_MOST_A_LOOK = 5.0


def timer_of(clock: Callable[[], float]) -> Callable[[], float]:
    """Return what measures how long something lasts: the machine's own clock may be set meanwhile.

    Args:
        clock: gives Unix time in seconds; one that is not the machine's measures too.
    """
    return time.monotonic if clock is time.time else clock


class Heartbeat:
    """What is seen of one controller's heartbeat. One thread looks; any may ask.

    Args:
        timer: gives seconds that pass.

    Attributes:
        age: seconds of looking on since the heartbeat changed.
        silence: seconds of looking on since it changed, or since anything else was heard of the controller.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._last = timer()
        self._sign: object = None
        self.age = self.silence = 0.0

    def look(self, sign: object, *, alive: bool = True) -> None:
        """Take note of the heartbeat as it is now; only a change is a sign of life.

        Args:
            sign: the heartbeat; None where there is none.
            alive: whether a controller holds the run; there is no silence of nobody.
        """
        now = self._timer()
        passed = min(max(now - self._last, 0.0), _MOST_A_LOOK)
        self._last = now
        if sign != self._sign or not alive:
            self._sign = sign
            self.age = self.silence = 0.0
        else:
            self.age += passed
            self.silence += passed

    def hear(self) -> None:
        """Take note of another sign of life, as an epoch's end."""
        self.silence = 0.0
