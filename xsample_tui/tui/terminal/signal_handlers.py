"""Handles SIGINT, SIGTERM and SIGHUP while the interface runs and after it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

from ...core.heeded_signals import heeded

_HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Signals:
    """While this lasts, SIGINT, SIGTERM and SIGHUP call ``on_signal`` in the main thread, unless they are ignored.

    The event loop does not handle them, because they must also work before it starts, while it waits for a blocked
    terminal, and after the interface has ended.

    Args:
        on_signal: receives the signal's number.
    """

    def __init__(self, on_signal: Callable[[int], None]) -> None:
        self._on_signal = on_signal
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Signals:
        if threading.current_thread() is threading.main_thread():
            # A program started under nohup must survive its terminal.
            for number in heeded(_HANDLED):
                self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._on_signal(number)
