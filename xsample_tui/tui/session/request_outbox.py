"""Holds requests until they are written for a run's controller, retries failed writes and reports delays."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ...core.errors import printable
from ...core.run_state.requests import Action, Request
from ...core.run_state.run_events import Level
from ...store.control.request_inbox import RequestInbox

_FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0


class Say(Protocol):
    """Takes a line for the log."""

    def __call__(self, level: Level, text: str, *, unsent: bool = False) -> None:
        """Take it; ``unsent`` if it says that a request is not written."""


@dataclass
class _Pending:
    """A waiting request, since when it waits, and whether the delay was reported.

    Attributes:
        withdrawn: whether what was asked for its trials before is taken back, instead of asked.
    """

    request: Request
    withdrawn: bool = False
    since: float = field(default_factory=time.monotonic)
    reported: bool = False


class RequestOutbox:
    """Holds requests until they are written into a run's folder, in order.

    Args:
        folder: the run's folder.
        say: takes a line for the log, and whether it says that a request is not written.
        late: seconds after which a request that is not written is said to wait.
    """

    def __init__(self, folder: Path, say: Say, late: float) -> None:
        self._late = late
        self._inbox = RequestInbox(folder)
        self._say = say
        self._requests: deque[_Pending] = deque()
        self._carrying = threading.Lock()
        self._pause = 0.0
        self._again = 0.0

    def add(self, request: Request) -> None:
        """Add a request."""
        self._requests.append(_Pending(request))
        # A new request is tried at once, without waiting for the next retry.
        self._again = 0.0

    def withdraw(self, trials: Sequence[str]) -> None:
        """Take back what was asked for some trials and is not carried out yet."""
        self._requests.append(_Pending(Request(action="retry", trials=tuple(trials)), withdrawn=True))
        self._again = 0.0

    def asked(self) -> dict[str, Action]:
        """Return what the requests in the run's folder ask for each trial; nothing where it cannot be read now."""
        try:
            return self._inbox.about_trials()
        except OSError:
            return {}

    @property
    def waiting(self) -> tuple[Request, ...]:
        """The requests that are not written yet, oldest first."""
        return tuple(item.request for item in list(self._requests))

    def carry(self, *, only_trials: bool = False) -> None:
        """Write the waiting requests. After an error they stay and are tried again within 5 s.

        Args:
            only_trials: whether to stop before the first request that is not about trials.
        """
        with self._carrying:
            if time.monotonic() < self._again:
                return
            while self._requests:
                item = self._requests[0]
                if only_trials and not item.request.trials:
                    return
                try:
                    if item.withdrawn:
                        self._inbox.withdraw(item.request.trials)
                    else:
                        self._inbox.put(item.request)
                except OSError as error:
                    why = printable(error.strerror or error, 200)
                    self._pause = min(2 * self._pause or _FIRST_PAUSE, LONGEST_PAUSE)
                    self._again = time.monotonic() + self._pause
                    self._report(list(self._requests), f"cannot be written: {why}")
                    return
                self._pause = 0.0
                if item.reported:
                    self._say("info", f"{item.request.action}: written")
                self._requests.popleft()

    def _report(self, items: list[_Pending], why: str) -> None:
        """Report each of these requests once as not sent."""
        for item in items:
            if not item.reported:
                item.reported = True
                words = f"{item.request.action} {why}; retrying"
                self._say("error", words, unsent=True)

    def report_delays(self) -> None:
        """Report requests that wait long without an error: an unreachable file system can block a thread."""
        waiting = list(self._requests)
        if waiting and time.monotonic() - waiting[0].since > self._late:
            self._report(waiting, "is not written yet: the run folder does not respond")

    def forget(self, why: str) -> None:
        """Drop the requests to a controller that has ended: the next one must not obey them."""
        with self._carrying:
            for item in [item for item in self._requests if not item.request.trials]:
                self._requests.remove(item)
                self._say("warning", f"{item.request.action} was not sent: {why}")
