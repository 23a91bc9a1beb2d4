"""Garbage: keeps Python's searches for it short, so that no key has to wait for one."""

from __future__ import annotations

import gc

FIRST, EVERY = 3.0, 20.0
_ROUNDS = 180


class Garbage:
    """Collects garbage now and then, and leaves what is in use out of later searches.

    With an interface, its libraries and hundreds of trials there are so many objects that a search through all of
    them takes a tenth of a second, twice that on a busy machine, and Python makes one whenever it likes. After
    :meth:`settle` its own searches go through what came since.
    """

    def __init__(self) -> None:
        self._round = 0

    def settle(self) -> None:
        """Collect what came since the last time; once an hour everything, since what is in use now may be let go."""
        if self._round % _ROUNDS == 0:
            gc.unfreeze()
        self._round += 1
        gc.collect()
        gc.freeze()

    def renew(self) -> None:
        """Collect everything the next time: something large has been let go."""
        self._round = 0

    @staticmethod
    def close() -> None:
        """Leave Python as it was."""
        gc.unfreeze()
