"""Which signals this process heeds: not those that it was started to ignore."""

from __future__ import annotations

import signal
from collections.abc import Iterable


def heeded(numbers: Iterable[signal.Signals]) -> tuple[signal.Signals, ...]:
    """Return the signals that are not ignored: ``nohup`` ignores SIGHUP, and a shell SIGINT for background commands.

    Args:
        numbers: signals that a handler is to be set for.
    """
    return tuple(number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN)
