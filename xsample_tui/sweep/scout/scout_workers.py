"""The workers of a sweep while its scout needs them: gives them leases, and notices which have died."""

from __future__ import annotations

import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from ...core.training.lease import EnvironmentBroken
from ..workers.worker_pool import WorkerPool
from ..workers.worker_slot import OutOfTouch, Slot, WorkerDied
from ..workers.worker_supervision import AttendedClock, WorkerWatch

# The windows that are evaluated; none for an epoch.
Part = tuple[int, ...]


@dataclass
class _Seat:
    """A slot, what is known of its worker, and the lease that runs there."""

    slot: Slot
    watch: WorkerWatch
    part: Part = ()
    future: Future[Any] | None = None
    began: float = 0.0


@dataclass(frozen=True)
class EndedLease:
    """A lease that has ended.

    Attributes:
        part: as it was begun.
        slot: where it ran.
        seconds: how long it took.
        outcome: what it returned, or the error that it raised: :class:`~..workers.worker_slot.WorkerDied` where its
            worker has died, and is started afresh by the next lease.
    """

    part: Part
    slot: Slot
    seconds: float
    outcome: Any


class ScoutWorkers:
    """Runs leases on the slots of a pool; trials use them before and after.

    Args:
        worker_pool: knows the slots.
    """

    def __init__(self, worker_pool: WorkerPool) -> None:
        self._worker_pool = worker_pool
        self._clock = AttendedClock()
        self._seats: list[_Seat] = []
        self._slowest = 0.0

    @property
    def futures(self) -> list[Future[Any]]:
        """The running leases."""
        return [seat.future for seat in self._seats if seat.future is not None]

    def idle(self) -> list[Slot]:
        """Return the slots that can be given a lease now."""
        slots = {id(slot): slot for slot in self._worker_pool.slots() if not (slot.gone or slot.leaving)}
        self._seats = [seat for seat in self._seats if seat.future is not None or id(seat.slot) in slots]
        known = {id(seat.slot) for seat in self._seats}
        self._seats += [_Seat(slot, WorkerWatch(self._clock)) for key, slot in slots.items() if key not in known]
        return [seat.slot for seat in self._seats if seat.future is None]

    def begin(self, slot: Slot, part: Part, entry: str, *arguments: Any) -> None:
        """Begin a lease on a slot that :meth:`idle` has returned."""
        seat = next(seat for seat in self._seats if seat.slot is slot)
        seat.watch.order()
        seat.part, seat.began, seat.future = part, time.monotonic(), slot.submit(entry, *arguments)

    def ended(self) -> list[EndedLease]:
        """Return the leases that have ended since the last call, those of workers that are given up among them."""
        self._clock.tick()
        found = []
        for seat in self._seats:
            seat.watch.look(seat.slot.sign())
            if seat.future is None:
                continue
            if seat.future.done():
                outcome = _outcome(seat.slot, seat.future)
            elif why := seat.watch.ends(self._slowest):
                outcome = WorkerDied(why)
            else:
                continue
            seconds = time.monotonic() - seat.began
            found.append(EndedLease(seat.part, seat.slot, seconds, outcome))
            seat.future = None
            seat.watch.rest()
            if isinstance(outcome, WorkerDied):
                # One that cannot be reached is left to its pool.
                if not isinstance(outcome, OutOfTouch):
                    seat.slot.kill()
                seat.watch.renew()
            else:
                self._slowest = max(self._slowest, seconds)
        return found

    def abandon(self) -> None:
        """Give up the running leases, and end their workers."""
        for seat in self._seats:
            if seat.future is not None:
                seat.future = None
                seat.watch.rest()
                seat.slot.kill()


def _outcome(slot: Slot, future: Future[Any]) -> Any:
    try:
        return slot.result(future)
    except EnvironmentBroken as error:
        # Packages that are being upgraded, perhaps: another process is started, as for one that died.
        return WorkerDied(str(error))
    except Exception as error:
        return error
