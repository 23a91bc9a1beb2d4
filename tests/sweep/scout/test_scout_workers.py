"""A scout's workers: who is idle, what has ended, and who has died."""

from __future__ import annotations

from tests.sweep.scout.test_scout_training import LateSlot
from xsample_tui.sweep.scout.scout_workers import ScoutWorkers
from xsample_tui.sweep.workers.worker_pool import LocalPool
from xsample_tui.sweep.workers.worker_slot import OutOfTouch, WorkerDied

# Any function that takes what it is given.
ENTRY = "builtins:abs"


def crew(count: int) -> tuple[ScoutWorkers, list[LateSlot]]:
    slots = [LateSlot() for _ in range(count)]
    return ScoutWorkers(LocalPool(slots.__getitem__, count)), slots


def test_a_lease_is_taken_in_once_and_its_slot_is_idle_again() -> None:
    workers, slots = crew(2)
    assert workers.idle() == slots
    workers.begin(slots[0], (1, 2), ENTRY, -5)
    assert workers.idle() == [slots[1]]
    assert (len(workers.futures), workers.ended()) == (1, [])
    slots[0].finish()
    (ended,) = workers.ended()
    assert (ended.part, ended.slot, ended.outcome) == ((1, 2), slots[0], 5)
    assert workers.ended() == []
    assert workers.idle() == slots


def test_an_error_is_an_outcome_and_only_a_death_ends_the_worker() -> None:
    workers, (slot,) = crew(1)
    for error, killed in ((ValueError("bad"), 0), (OutOfTouch("away"), 0), (WorkerDied("killed"), 1)):
        assert workers.idle() == [slot]
        workers.begin(slot, (), ENTRY, 1)
        assert slot.waiting is not None
        slot.waiting[0].set_exception(error)
        (ended,) = workers.ended()
        assert ended.outcome is error
        assert slot.killed == killed


def test_who_has_left_or_is_to_leave_gets_no_lease_and_a_running_one_is_taken_in() -> None:
    workers, slots = crew(3)
    assert len(workers.idle()) == 3
    workers.begin(slots[0], (0,), ENTRY, -1)
    slots[0].leaving = slots[1].gone = True
    assert workers.idle() == [slots[2]]
    slots[0].finish()
    assert [ended.part for ended in workers.ended()] == [(0,)]
    assert workers.idle() == [slots[2]]


def test_what_is_given_up_never_ends() -> None:
    workers, slots = crew(2)
    for slot in workers.idle():
        workers.begin(slot, (), ENTRY, 1)
    workers.abandon()
    assert (workers.futures, workers.ended()) == ([], [])
    assert [slot.killed for slot in slots] == [1, 1]
