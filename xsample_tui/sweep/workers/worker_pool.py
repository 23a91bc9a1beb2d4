"""The worker pool: the slots of a sweep. On one machine the user says how many; on a cluster they come and go."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Container, Sequence

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

    def resize(self, count: int, idle: Container[Slot]) -> str:
        """Have so many slots from now on; return why that cannot be, empty where it can.

        Args:
            count: at least 1. Slots too many are ``leaving``: whoever gives them leases lets them go.
            idle: those without a trial, which leave first.
        """
        return "the cluster decides how many workers there are"

    def close(self) -> None:
        """Let go of the workers."""
        return


class LocalPool(WorkerPool):
    """Slots of this machine: as many as are wanted.

    Args:
        make_slot: makes the slot of a number.
        count: how many at first.
    """

    def __init__(self, make_slot: SlotMaker, count: int) -> None:
        self._make_slot = make_slot
        self._slots = {number: make_slot(number) for number in range(count)}

    def slots(self) -> Sequence[Slot]:
        """Return the slots."""
        for number, slot in list(self._slots.items()):
            if slot.gone:
                slot.close()
                del self._slots[number]
        return list(self._slots.values())

    def resize(self, count: int, idle: Container[Slot]) -> str:
        """Have so many slots from now on: those that were to leave stay first, then others are made."""
        staying = [number for number, slot in self._slots.items() if not slot.leaving]
        for number, slot in self._slots.items():
            if len(staying) < count and slot.leaving and not slot.gone:
                slot.leaving = False
                staying.append(number)
        while len(staying) < count:
            number = next(n for n in range(len(self._slots) + 1) if n not in self._slots)
            self._slots[number] = self._make_slot(number)
            staying.append(number)
        # Who has nothing to do goes first, then the highest number.
        by_worth = sorted(staying, key=lambda number: (self._slots[number] in idle, number))
        for number in by_worth[count:]:
            self._slots[number].leaving = True
        return ""

    def close(self) -> None:
        """End the workers."""
        for slot in self._slots.values():
            slot.close()
