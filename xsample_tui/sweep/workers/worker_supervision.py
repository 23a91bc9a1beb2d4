"""Decides when a worker is silent or stuck, when it is given up, and when a trial has failed too often.

The same for a process of this machine and for a worker of a cluster. A worker's state follows from two things alone:
whether it has a lease, and when a sign of life of it was last *seen to change*. Times of other clocks, as of files or
of other machines, are compared for change and never with the time here.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from ...store.control.heartbeat import WorkerState

# A sign of life comes every second from a local worker, every half second to six from one of a cluster.
SILENT_AFTER = 15.0
SILENCE_ALLOWED = 60.0
# A worker that has not begun may be waiting for a slow disk to give Python and its libraries.
START_ALLOWED = 600.0
# An epoch that takes this many times as long as the slowest before it, and this many seconds, is stuck.
STUCK_FACTOR, STUCK_SECONDS = 30.0, 900.0
# How often in a row a trial's worker may die: then the trial waits until the others are done; then it fails.
DEATHS_BEFORE_LAST, DEATHS_BEFORE_FAILED = 3, 6
_MOST_A_TICK = 5.0


class AttendedClock:
    """Counts the seconds in which this process looked on.

    A process that was stopped, a machine that was asleep and a clock that was set add nothing: what the workers did
    meanwhile was not seen, so it is no silence of theirs.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self._last = time.monotonic()

    def tick(self) -> None:
        """Count the time since the last call, at most 5 seconds of it."""
        now = time.monotonic()
        self.now += min(max(now - self._last, 0.0), _MOST_A_TICK)
        self._last = now


class WorkerWatch:
    """What is known of one worker.

    ``starting`` with a lease but no sign of life yet; ``idle`` without a lease; ``training``; ``silent`` with no sign
    for 15 s; ``dead`` when it is given up.

    Args:
        clock: the controller's attended time.
    """

    def __init__(self, clock: AttendedClock) -> None:
        self._clock = clock
        self._sign: object = None
        self._seen_at = self._ordered_at = clock.now
        self._busy = False

    def order(self) -> None:
        """Take note that the worker was given a lease."""
        if not self._busy:
            self._seen_at = self._clock.now
        self._busy, self._ordered_at = True, self._clock.now

    def rest(self) -> None:
        """Take note that the worker has no lease any more."""
        self._busy = False

    def renew(self) -> None:
        """Take note that the worker is another one from now on."""
        self._sign, self._busy, self._seen_at = None, False, self._clock.now

    def look(self, sign: object) -> None:
        """Take note of the worker's sign of life; None where it has given none yet. Only a change counts."""
        if sign is not None and sign != self._sign:
            self._sign, self._seen_at = sign, self._clock.now

    @property
    def begun(self) -> bool:
        """Whether the worker has given a sign of life."""
        return self._sign is not None

    @property
    def silence(self) -> float:
        """Seconds since its last sign of life, or since it was started."""
        return self._clock.now - self._seen_at

    @property
    def busy_for(self) -> float:
        """Seconds since its lease was ordered; 0 without a lease."""
        return self._clock.now - self._ordered_at if self._busy else 0.0

    def state(self, *, heard_when_idle: bool = False) -> WorkerState:
        """Return the worker's state.

        Args:
            heard_when_idle: whether it gives signs of life without a lease too.
        """
        if not self._busy and not (heard_when_idle and self.begun):
            return "idle"
        if not self.begun:
            return "silent" if self.silence > SILENCE_ALLOWED else "starting"
        if self.silence > SILENT_AFTER:
            return "silent"
        return "training" if self._busy else "idle"

    def ends(self, slowest: float) -> str:
        """Return why the worker is to be given up; empty while it is not.

        Args:
            slowest: seconds of the sweep's slowest epoch so far; 0 before the first.
        """
        if not self._busy:
            return ""
        if not self.begun:
            late = self.silence > START_ALLOWED
            return f"the worker has not started within {self.silence:.0f} s" if late else ""
        if self.silence > SILENCE_ALLOWED:
            return f"the worker gave no sign of life for {self.silence:.0f} s"
        if slowest and self.busy_for > max(STUCK_SECONDS, STUCK_FACTOR * slowest):
            return f"the worker is stuck: an epoch takes {self.busy_for:.0f} s, none before took over {slowest:.0f} s"
        return ""


class StallDetector:
    """Notices when nobody works although there is work.

    Args:
        clock: the controller's attended time.
    """

    def __init__(self, clock: AttendedClock) -> None:
        self._clock = clock
        self._since = clock.now

    def lasts(self, states: Iterable[WorkerState]) -> bool:
        """Return whether for a while there was no worker, or none of those that train gave a sign of life."""
        found = list(states)
        if found:
            self._since = self._clock.now
        busy = [state for state in found if state != "idle"]
        if busy:
            return all(state == "silent" for state in busy)
        return self._clock.now - self._since > SILENT_AFTER


class Attempts:
    """Remembers the slowest epoch of the sweep, and how often in a row each trial's worker died.

    A trial that kills its worker fails in the end, but what kills workers at random, as a machine short of memory for
    an hour, should not fail any: after three deaths the trial waits until the others are done.
    """

    def __init__(self) -> None:
        self.slowest = 0.0
        self._deaths: Counter[str] = Counter()

    def got_on(self, trial: str, seconds: Sequence[float]) -> None:
        """Take note of a lease that came back, and of how long its epochs took."""
        self._deaths.pop(trial, None)
        self.slowest = max(self.slowest, *seconds, 0.0)

    def died(self, trial: str) -> int:
        """Take note that a trial's worker died; return how often in a row that was."""
        self._deaths[trial] += 1
        return self._deaths[trial]

    def forget(self, trial: str) -> None:
        """Forget a trial's deaths."""
        self._deaths.pop(trial, None)


NextTry = Literal["again", "last", "failed"]


def after(deaths: int) -> NextTry:
    """Return what becomes of a trial whose worker died so often in a row."""
    if deaths >= DEATHS_BEFORE_FAILED:
        return "failed"
    return "last" if deaths == DEATHS_BEFORE_LAST else "again"
