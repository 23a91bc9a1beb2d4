"""The outbox: requests on their way to a run's controller. None is lost, and none counts as sent before it is."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ..core.errors import printable
from ..core.event import Level
from ..core.request import Request
from ..store.inbox import Inbox

_FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
LATE = 3.0


class Say(Protocol):
    """Takes a line for the log."""

    def __call__(self, level: Level, text: str, *, unsent: bool = False) -> None:
        """Take it; ``unsent`` where it says that a request is not written."""


@dataclass
class _Letter:
    """A request that waits, since when, and whether it was said that it does."""

    request: Request
    since: float = field(default_factory=time.monotonic)
    told: bool = False


class Outbox:
    """Holds requests until they are written into a run's folder, in order.

    Args:
        folder: the run's folder.
        say: takes a line for the log, and whether it says that a request is not written.
        instead: is given a request that could not be written; returns whether it did without the folder what was
            asked.
    """

    def __init__(
        self,
        folder: Path,
        say: Say,
        instead: Callable[[Request], bool],
    ) -> None:
        self._inbox = Inbox(folder)
        self._say = say
        self._instead = instead
        self._letters: deque[_Letter] = deque()
        self._carrying = threading.Lock()
        self._pause = 0.0
        self._again = 0.0

    def add(self, request: Request) -> None:
        """Take a request."""
        self._letters.append(_Letter(request))
        # A user who asks is not made to wait for the end of a pause.
        self._again = 0.0

    @property
    def waiting(self) -> tuple[Request, ...]:
        """What is not written yet, oldest first."""
        return tuple(letter.request for letter in list(self._letters))

    def carry(self, *, only_trials: bool = False) -> None:
        """Write what waits. After an error it all stays and is tried again, after a moment: 5 s at most.

        Args:
            only_trials: whether to stop before the first request that is not about trials.
        """
        with self._carrying:
            if time.monotonic() < self._again:
                return
            while self._letters:
                letter = self._letters[0]
                if only_trials and not letter.request.trials:
                    return
                try:
                    self._inbox.put(letter.request)
                except OSError as error:
                    if not self._done_otherwise(letter, error):
                        return
                else:
                    self._pause = 0.0
                    if letter.told:
                        self._say("info", f"{letter.request.action}: it is written now")
                self._letters.popleft()

    def _done_otherwise(self, letter: _Letter, error: OSError) -> bool:
        """Say what cannot be written; return whether it was done without the folder."""
        why = printable(error.strerror or error, 200)
        if self._instead(letter.request):
            self._say("warning", f"{letter.request.action} cannot be written: {why}; the controller here does it")
            return True
        self._pause = min(2 * self._pause or _FIRST_PAUSE, LONGEST_PAUSE)
        self._again = time.monotonic() + self._pause
        self._tell(list(self._letters), f"cannot be written: {why}")
        return False

    def _tell(self, letters: list[_Letter], why: str) -> None:
        """Say of each of these, once, that it has not been sent."""
        for letter in letters:
            if not letter.told:
                letter.told = True
                words = f"{letter.request.action} {why}; it is tried again until it works"
                self._say("error", words, unsent=True)

    def look_after(self) -> None:
        """Say what has waited for long without an error: a file system that is away can hold a thread for hours."""
        waiting = list(self._letters)
        if waiting and time.monotonic() - waiting[0].since > LATE:
            self._tell(waiting, "is not written yet: the run's folder does not answer")

    def forget(self, why: str) -> None:
        """Drop what was asked of a controller that is gone: the next one must not do it."""
        with self._carrying:
            for letter in [letter for letter in self._letters if not letter.request.trials]:
                self._letters.remove(letter)
                self._say("warning", f"{letter.request.action} was not sent: {why}")
