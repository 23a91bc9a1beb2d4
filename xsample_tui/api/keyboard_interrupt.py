"""Handles Ctrl-C, and a notebook's stop button, while a sweep trains."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from ..core.heeded_signals import heeded
from ..sweep.controller import Controller


@contextmanager
def interruptible(work: Controller) -> Iterator[None]:
    """Let the first interrupt stop the sweep after the current epochs, and a second one at once.

    Once the sweep has stopped, the interrupt goes on as :class:`KeyboardInterrupt`, so that what stands after
    the training does not run. Signals reach the main thread alone; in others nothing changes, nor where the program
    was started to ignore them.

    Args:
        work: the controller whose :meth:`~xsample_tui.sweep.controller.Controller.work` runs within.

    Raises:
        KeyboardInterrupt: there was an interrupt.
    """
    if threading.current_thread() is not threading.main_thread() or not heeded([signal.SIGINT]):
        yield
        return
    caught = 0

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal caught
        work.stop(now=caught > 0)
        caught += 1

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if caught:
        raise KeyboardInterrupt("the sweep stopped; resume it with run()")
