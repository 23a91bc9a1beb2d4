"""Shows one line of progress below a notebook cell, or in a terminal, while a sweep trains."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from ..core.duration_text import duration
from ..core.errors import printable
from ..core.run_state.eta import estimate, fraction_done
from ..core.run_state.run_events import Event, Logged
from ..core.run_state.run_progress import Progress

_EVERY = 0.5
_WIDE = 78


def watched() -> bool:
    """Return whether somebody looks on: a notebook, or a terminal."""
    return "ipykernel" in sys.modules or sys.stderr.isatty()


def say(line: str) -> None:
    """Write a line to stderr."""
    print(printable(line, 300), file=sys.stderr, flush=True)


class ProgressLine:
    """Shows how far a sweep is in one line on stderr; warnings get lines of their own.

    Args:
        show: whether to write anything.

    Attributes:
        progress: returns what is known of the run now, as its controller has it; None before it has begun.
    """

    def __init__(self, *, show: bool) -> None:
        self.progress: Callable[[], Progress | None] = lambda: None
        self._show = show
        self._written = 0.0

    def __call__(self, event: Event) -> None:
        """Take in an event."""
        if not self._show:
            return
        if isinstance(event, Logged) and event.level != "info":
            self._write(printable(event.text, 300), "\n")
        if time.monotonic() - self._written > _EVERY:
            self._written = time.monotonic()
            self._write(self._words())

    def close(self) -> None:
        """Write how it ended."""
        if self._show and (words := self._words()):
            self._write(words, "\n")

    def _words(self) -> str:
        if (progress := self.progress()) is None:
            return ""
        done, left = progress.counts()["done"], estimate(progress)
        words = f"{progress.spec.name}: {progress.state}: {done} of {len(progress.trials)} trials done"
        words += f", {fraction_done(progress):.0%}"
        return words + (f", {duration(left.middle)} left" if left and left.middle else "")

    @staticmethod
    def _write(words: str, end: str = "") -> None:
        print(f"\r{words:<{_WIDE}}", end=end, file=sys.stderr, flush=True)
