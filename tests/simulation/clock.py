"""The simulated clock: time passes only when somebody waits, and what is due happens meanwhile."""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any
from unittest import mock

from xsample_tui.sweep.request_queue import RequestQueue

START = 1_800_000_000.0


class Clock:
    """Monotonic and wall time of a simulated machine, in seconds.

    Attributes:
        now: monotonic time.
        step: how far the wall clock was set away from the right time.
        asleep: seconds that the machine slept, in which monotonic time stands still.
    """

    def __init__(self) -> None:
        self.now = 1000.0
        self.step = self.asleep = 0.0
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._count = itertools.count()

    @property
    def wall(self) -> float:
        """Unix time as this machine believes it is."""
        return START + self.now + self.step

    def at(self, when: float, what: Callable[[], object]) -> None:
        """Let something happen at a time, or as soon as time passes."""
        heapq.heappush(self._due, (max(when, self.now), next(self._count), what))

    def after(self, seconds: float, what: Callable[[], object]) -> None:
        """Let something happen after some seconds."""
        self.at(self.now + seconds, what)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        if seconds > 0:
            self._pass(self.now + seconds, lambda: False)

    def wait(self, futures: Iterable[Future[Any]], timeout: float, **_: Any) -> None:
        """Let time pass until a future is done, ``timeout`` seconds at most."""
        waited = list(futures)
        self._pass(self.now + timeout, lambda: any(future.done() for future in waited))

    def _pass(self, end: float, enough: Callable[[], bool]) -> None:
        while not enough() and self._due and self._due[0][0] <= end:
            when, _, what = heapq.heappop(self._due)
            self.now = max(self.now, when)
            # What happens may let time pass itself, or end the one who waits.
            what()
        if not enough():
            self.now = max(self.now, end)

    def monotonic(self) -> float:
        """Return monotonic time."""
        return self.now

    def up(self, clock: int = 0) -> float:
        """Return seconds since the machine's start, those in which it slept too."""
        return self.now + self.asleep

    def unix(self) -> float:
        """Return Unix time as this machine believes it is."""
        return self.wall

    def unix_ns(self) -> int:
        """Return it in nanoseconds."""
        return int(self.wall * 1e9)

    def patches(self) -> list[Any]:
        """Return what puts this clock in the place of the machine's."""
        return [
            mock.patch.object(time, "monotonic", self.monotonic),
            mock.patch.object(time, "clock_gettime", self.up),
            mock.patch.object(time, "perf_counter", self.monotonic),
            mock.patch.object(time, "time", self.unix),
            mock.patch.object(time, "time_ns", self.unix_ns),
            mock.patch.object(time, "sleep", self.sleep),
            mock.patch.object(RequestQueue, "rest", self.wait),
        ]
