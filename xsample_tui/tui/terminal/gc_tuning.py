"""Keeps Python's garbage collections short, so that no key has to wait for one."""

from __future__ import annotations

import gc

FIRST, EVERY = 3.0, 20.0
_ROUNDS = 180


class GcTuning:
    """Collects garbage now and then, and excludes objects in use from later collections.

    An interface with its libraries and hundreds of trials has so many objects that a full collection takes a tenth of
    a second, or twice that on a busy machine, and Python starts one at any time. After :meth:`settle`, Python's own
    collections cover only newer objects.
    """

    def __init__(self) -> None:
        self._round = 0

    def settle(self) -> None:
        """Collect new objects; once an hour all objects, since objects in use may have become garbage."""
        if self._round % _ROUNDS == 0:
            gc.unfreeze()
        self._round += 1
        gc.collect()
        gc.freeze()

    def renew(self) -> None:
        """Collect all objects the next time: something large was released."""
        self._round = 0

    @staticmethod
    def close() -> None:
        """Restore Python's normal behaviour."""
        gc.unfreeze()
