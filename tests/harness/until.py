"""Waiting for something to be so: the one deadline that all tests share."""

from __future__ import annotations

import time
from collections.abc import Callable

# Far more than anything takes on a busy machine: a test that waits in vain has found a fault.
SECONDS = 480.0


def until(what: Callable[[], object], seconds: float = SECONDS) -> None:
    """Wait for something to be so; fail where it does not come to be.

    Args:
        what: what is asked again and again.
        seconds: for how long at most.
    """
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
