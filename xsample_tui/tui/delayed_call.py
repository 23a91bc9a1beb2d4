"""Calls something of a widget's once, after a delay."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.message_pump import MessagePump


def call_after(node: MessagePump, seconds: float, callback: Callable[[], object]) -> asyncio.TimerHandle:
    """Call ``callback`` between two messages of a widget or screen, unless that has closed by then.

    Textual's own ``set_timer`` leaves out calls whose time has passed, its only one included: on a busy machine a
    short delay passes while the timer starts, and the call never comes.

    Args:
        node: whose message it becomes.
        seconds: the delay; below 0 counts as 0.
        callback: takes no arguments.

    Returns:
        The handle, whose ``cancel`` prevents a call that is not due yet.

    Raises:
        RuntimeError: it is called outside the event loop.
    """
    return asyncio.get_running_loop().call_later(max(seconds, 0.0), node.call_later, callback)
