"""What the faults of a disturbed sweep have in common: its folder, its controllers, chance, and what lasts."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from .controller import ControllerProcess
from .place import Place


class DisturbedRun:
    """The run ``r`` of a place, with what may be done to it.

    Args:
        place: where the run is.
        chance: what decides.
        controllers: that live; whoever starts and buries them keeps the list.

    Attributes:
        folder: the run's place.
        elsewhere: where its folder is moved to.
        wrong: what was seen that must not be.
    """

    def __init__(self, place: Place, chance: Random, controllers: list[ControllerProcess]) -> None:
        self.place, self.chance, self.controllers = place, chance, controllers
        self.folder = place.runs / "r"
        self.elsewhere = place.runs / "elsewhere"
        self.wrong: list[str] = []
        # What lasts: when it ends, and what ends it.
        self._lasting: list[tuple[float, Callable[[], None]]] = []

    @property
    def away(self) -> bool:
        """Whether the run's folder is not in its place."""
        return self.elsewhere.exists()

    @property
    def here(self) -> Path:
        """Where the run's folder is now."""
        return self.elsewhere if self.away else self.folder

    def after(self, seconds: float, undo: Callable[[], None]) -> None:
        """Take something back after so many seconds."""
        self._lasting.append((time.monotonic() + seconds, undo))

    def take_back(self) -> bool:
        """Take back what has lasted long enough; return whether there was any."""
        now = time.monotonic()
        due = [undo for end, undo in self._lasting if end <= now]
        self._lasting = [(end, undo) for end, undo in self._lasting if end > now]
        for undo in due:
            try:
                undo()
            except OSError:
                # Where permissions forbid it, they are taken back first.
                self.after(0.2, undo)
        return bool(due)

    def end_all(self) -> bool:
        """Let everything that lasts be taken back at once the next time; return whether there is any."""
        self._lasting = [(0.0, undo) for _, undo in self._lasting]
        return bool(self._lasting)

    def one(self, *, begun: bool = False) -> ControllerProcess | None:
        """Return one of the controllers that live."""
        found = [c for c in self.controllers if not c.ended() and (not begun or c.begun)]
        return self.chance.choice(found) if found else None
