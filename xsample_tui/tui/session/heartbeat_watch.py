"""Measures for how long a controller's heartbeat has not changed.

Neither the clocks of two hosts nor times of day are compared: a heartbeat is fresh if it changes between two checks.
So a healthy sweep never looks stalled because a clock was set or a file server's clock is wrong.
"""

from __future__ import annotations

import time
from collections.abc import Callable

# Longer gaps between checks do not count as silence: the viewer itself may have been stopped.
_LONGEST_GAP = 5.0


def timer_of(clock: Callable[[], float]) -> Callable[[], float]:
    """Return a timer for durations: monotonic instead of the machine's clock, which may be set meanwhile.

    Args:
        clock: gives Unix time in seconds; another clock than the machine's is its own timer.
    """
    return time.monotonic if clock is time.time else clock


class HeartbeatWatch:
    """Watches one controller's heartbeat. One thread checks it; any thread may read the attributes.

    Args:
        timer: gives seconds from a monotonic clock.

    Attributes:
        age: seconds of watching since the heartbeat changed.
        silence: seconds of watching since it changed, or since any other sign of life.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._last = timer()
        self._heartbeat: object = None
        self.age = self.silence = 0.0

    def check(self, heartbeat: object, *, alive: bool = True) -> None:
        """Compare the heartbeat with the last one; only a change is a sign of life.

        Args:
            heartbeat: the heartbeat; None if there is none.
            alive: whether a controller holds the run; without one there is no silence.
        """
        now = self._timer()
        passed = min(max(now - self._last, 0.0), _LONGEST_GAP)
        self._last = now
        if heartbeat != self._heartbeat or not alive:
            self._heartbeat = heartbeat
            self.age = self.silence = 0.0
        else:
            self.age += passed
            self.silence += passed

    def sign_of_life(self) -> None:
        """Reset the silence after another sign of life, such as the end of an epoch."""
        self.silence = 0.0
