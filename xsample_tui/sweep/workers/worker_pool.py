"""The worker pool: the slots of a sweep. On one machine their number is fixed; on a cluster it changes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from ...core.run_state.run_events import Level
from .worker_slot import Slot, SlotMaker


class WorkerPool(ABC):
    """Knows the slots; the scheduler asks it again and again.

    Attributes:
        dashboard: address of a page that shows the workers, where there is one.
    """

    dashboard: str = ""

    def open(self, wanted: Callable[[], bool]) -> None:
        """Get hold of the workers; called once the run is held, and given up when they are not wanted any more.

        Raises:
            XSampleError: there is no way to them.
        """
        return

    @abstractmethod
    def slots(self) -> Sequence[Slot]:
        """Return the slots there are now: the same objects as before, but for those that came or went."""

    def notes(self) -> list[tuple[Level, str]]:
        """Return what happened to the workers since the last call, as lines for the log."""
        return []

    def close(self) -> None:
        """Let go of the workers."""
        return


class FixedPool(WorkerPool):
    """A number of slots that stay.

    Args:
        make_slot: makes the slot of a number.
        count: how many.
    """

    def __init__(self, make_slot: SlotMaker, count: int) -> None:
        self._slots = [make_slot(number) for number in range(count)]

    def slots(self) -> Sequence[Slot]:
        """Return the slots."""
        return self._slots

    def close(self) -> None:
        """End the workers."""
        for slot in self._slots:
            slot.close()
