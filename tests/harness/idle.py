"""When the interface is idle, which does not depend on how busy the machine is."""

from __future__ import annotations

import asyncio

from textual._wait import wait_for_idle

from tests.harness.until import SECONDS

# A little more than a frame of Textual's.
_FRAME = 0.02


async def idle(min_sleep: float = _FRAME, max_sleep: float = 1) -> None:
    """Wait as Textual's own function does, and then until the event loop has nothing left to do.

    Textual takes a process that uses little processor time for an idle one; where other programs use the processor,
    that is also one that has not had its turn.

    Args:
        min_sleep: seconds to wait at least.
        max_sleep: seconds after which Textual's own waiting ends.
    """
    await wait_for_idle(min_sleep, max_sleep)
    await _drained()
    # What is drawn at the next frame is due before this ends.
    await asyncio.sleep(_FRAME)
    await _drained()


async def _drained() -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + SECONDS
    while loop._ready:  # type: ignore[attr-defined]
        assert loop.time() < end, "the event loop does not come to rest"
        await asyncio.sleep(0)
