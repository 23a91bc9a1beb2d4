"""The slots of one machine: as many as are wanted, the same objects as long as they stay."""

from __future__ import annotations

from tests.harness.inline_slot import InlineSlot
from xsample_tui.sweep.workers.worker_pool import LocalPool
from xsample_tui.sweep.workers.worker_slot import Slot


def pool(count: int) -> tuple[LocalPool, list[int]]:
    """Return a pool, and the numbers of the slots that it has made so far."""
    made: list[int] = []

    def make(number: int) -> Slot:
        made.append(number)
        slot = InlineSlot()
        slot.name = f"worker-{number}"
        return slot

    return LocalPool(make, count), made


def names(found: LocalPool, *, leaving: bool = False) -> list[str]:
    return [slot.name for slot in found.slots() if slot.leaving is leaving]


def test_the_idle_leave_first_then_the_highest_numbers() -> None:
    found, _ = pool(4)
    slots = found.slots()
    assert found.resize(2, [slots[1]]) == ""
    assert names(found) == ["worker-0", "worker-2"]
    assert names(found, leaving=True) == ["worker-1", "worker-3"]
    assert len(found.slots()) == 4, "they stay until they are let go"


def test_who_has_not_left_yet_stays_before_another_is_made() -> None:
    found, made = pool(3)
    before = found.slots()
    found.resize(1, [])
    found.resize(3, [])
    assert found.slots() == before
    assert made == [0, 1, 2]


def test_a_slot_that_has_left_is_closed_and_its_number_is_free() -> None:
    found, made = pool(2)
    closed: list[str] = []
    last = found.slots()[1]
    last.close = lambda: closed.append(last.name)  # type: ignore[method-assign]
    found.resize(1, [])
    last.gone = True
    assert names(found) == ["worker-0"]
    assert closed == ["worker-1"]
    found.resize(3, [])
    assert made == [0, 1, 1, 2]
    assert names(found) == ["worker-0", "worker-1", "worker-2"]
