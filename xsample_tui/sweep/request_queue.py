"""The way into a controller from its own process: requests, and what else its loop wakes for, in one queue."""

from __future__ import annotations

import contextlib
import queue
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Any

from ..core.run_state.requests import Request


class RequestQueue:
    """Requests of this process's own threads and signal handlers, for the controller's loop to take.

    A :class:`queue.SimpleQueue` may be filled by a signal handler that interrupts whoever fills it, which no lock or
    event may; so the futures that the loop waits for wake it by the same queue.
    """

    def __init__(self) -> None:
        self._arrivals: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._waiting: deque[Request] = deque()
        self._watched: set[Future[Any]] = set()

    def put(self, request: Request) -> None:
        """Add a request, from any thread or signal handler, and wake the loop."""
        self._arrivals.put(request)

    @property
    def first(self) -> Request | None:
        """The oldest request, which stays; None where none waits. For the loop's thread, as all below."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._note(self._arrivals.get_nowait())
        return self._waiting[0] if self._waiting else None

    def drop_first(self) -> None:
        """Drop the oldest request: it is carried out."""
        self._waiting.popleft()

    def rest(self, futures: Iterable[Future[Any]], timeout: float) -> None:
        """Wait for a request or for one of these futures to be done, ``timeout`` seconds at most.

        A future wakes the loop once, also where the loop cannot take its result in yet.
        """
        now = set(futures)
        for future in now - self._watched:
            future.add_done_callback(self._wake)
        self._watched = now
        with contextlib.suppress(queue.Empty):
            self._note(self._arrivals.get(timeout=timeout))

    def _wake(self, _: Future[Any]) -> None:
        self._arrivals.put(None)

    def _note(self, arrival: Request | None) -> None:
        if arrival is not None:
            self._waiting.append(arrival)
