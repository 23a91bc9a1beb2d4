"""Patience: how long the crew waits for a worker, and how many a trial may cost before it fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

DEATHS_ALLOWED = 3
# A worker gives a sign of life every second, whatever it computes; one that is stopped or swapped out gives none.
SILENCE_ALLOWED = 60.0
# An epoch that takes this many times as long as the slowest before it, and this many seconds, is stuck.
STUCK_FACTOR, STUCK_SECONDS = 30.0, 900.0


class Patience:
    """Remembers the slowest epoch of the sweep, and how often in a row each trial's worker died."""

    def __init__(self) -> None:
        self._slowest = 0.0
        self._deaths: Counter[str] = Counter()

    def ends(self, silence: float, busy: float) -> str:
        """Return why a worker is not to be waited for any longer; empty while it is.

        Args:
            silence: seconds since its last sign of life.
            busy: seconds since its lease was ordered.
        """
        if silence > SILENCE_ALLOWED:
            return f"the worker gave no sign of life for {silence:.0f} s"
        if self._slowest and busy > max(STUCK_SECONDS, STUCK_FACTOR * self._slowest):
            return f"the worker is stuck: an epoch takes {busy:.0f} s, none before took over {self._slowest:.0f} s"
        return ""

    def got_on(self, trial: str, seconds: Sequence[float]) -> None:
        """Take note of a lease that came back, and of how long its epochs took."""
        self._deaths.pop(trial, None)
        self._slowest = max(self._slowest, *seconds, 0.0)

    def died(self, trial: str) -> int | None:
        """Take note that a trial's worker died; return how often in a row, if that is too often, and forget it."""
        self._deaths[trial] += 1
        return self._deaths.pop(trial) if self._deaths[trial] >= DEATHS_ALLOWED else None
