"""A slot on a Dask cluster: one Dask worker, from when it joins until it leaves."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...core.errors import printable
from ...core.run_state.run_events import EpochDone
from ...core.scout.scout_order import ScoutOrder
from ...core.training.lease import LeaseOrder
from ...core.training.lease_stage import LeaseStage, stage_of
from ...core.training.sweep_spec import Machine
from ...store.run.worker_images import WorkerImages
from ..workers.worker_slot import OutOfTouch, Slot, WorkerDied
from . import dask_task

if TYPE_CHECKING:
    from distributed import Client

_RESTART_WITHIN = 30.0
Start = Callable[[Coroutine[Any, Any, Any]], Future[Any]]


class DaskSlot(Slot):
    """A slot with one worker of a cluster.

    What it is asked for it hands to the event loop that Dask's client lives on.

    Args:
        client: Dask's, asynchronous.
        start: starts a coroutine on the client's loop, from any thread.
        who: the worker's address and its folder, which no other start of it shares.
        name: the worker's.
        facts: what the worker says of itself.
        drifted: what of its fingerprint differs from the run's.
        machine: the run's threads and oneDNN.
        resources: what Dask is to reserve for each lease: ``{"GPU": 1}``.

    Attributes:
        stays: whether the worker was given up, but could not be started afresh.
    """

    heeds = True

    def __init__(
        self,
        client: Client,
        start: Start,
        who: tuple[str, str],
        name: str,
        facts: dask_task.Facts,
        drifted: tuple[str, ...],
        machine: Machine,
        resources: dict[str, float],
    ) -> None:
        self.name, self.host, self.drifted = name, facts.host, drifted
        self.address, self.folder = who
        self.pid = facts.pid
        self.topic = f"xsample-tui-{uuid.uuid4().hex}"
        self._client = client
        self._start = start
        self._machine = machine
        self._resources = resources
        self.stays = False
        self._received: deque[tuple[str, EpochDone]] = deque()
        # With the key of the lease that said it.
        self._stage = ("", LeaseStage())
        self._key = ""
        self._hastened = ""
        self._left = asyncio.Event()
        self._why: WorkerDied = OutOfTouch("the worker left")
        self._seen: object = None
        self._heard_at = time.monotonic()

    # -- the controller's side -----------------------------------------------------------------------------------

    def submit(self, entry: str, *arguments: Any) -> Future[Any]:
        """Start a lease on the worker."""
        order, source = arguments
        assert isinstance(order, LeaseOrder | ScoutOrder)
        assert isinstance(source, WorkerImages)
        if self.gone:
            failed: Future[Any] = Future()
            failed.set_exception(self._why)
            return failed
        self._received.clear()
        self._key = f"lease-{order.trial.name}-{order.epoch}-{uuid.uuid4().hex}"
        lighter = replace(order, state=None)
        asked = dask_task.LeaseCall(entry, lighter, source.key, self._machine, self._key, self.topic)
        return self._start(self._lease(asked, order.state))

    def sign(self) -> object:
        """Return when the scheduler last heard from the worker, by the scheduler's clock."""
        return self._seen

    @property
    def stage(self) -> LeaseStage:
        """What the running lease is doing, as it last said."""
        key, stage = self._stage
        return stage if key == self._key else LeaseStage()

    def silence(self) -> float:
        """Return the seconds since the scheduler last heard from the worker, as far as is known here."""
        return time.monotonic() - self._heard_at

    def hasten(self) -> None:
        """Ask the running lease to end after its current epoch."""
        if self._key and self._hastened != self._key and not self.gone:
            self._hastened = self._key
            self._start(self._ask(dask_task.hasten, self._key))

    def update(self) -> list[EpochDone]:
        """Return the epochs that the running lease has reported since the last call."""
        events = []
        while self._received:
            key, event = self._received.popleft()
            if key == self._key:
                events.append(event)
        return events

    def kill(self) -> None:
        """Give the worker up; Dask starts it afresh where it can, and it comes back as another slot."""
        if not self.gone:
            self.gone = True
            self._start(self._restart())

    # -- the loop's side -----------------------------------------------------------------------------------------

    def seen(self, sign: object) -> None:
        """Take note of when the scheduler last heard from the worker, by whatever clock: only a change counts."""
        if sign != self._seen:
            self._seen, self._heard_at = sign, time.monotonic()

    def receive(self, event: tuple[float, Any]) -> None:
        """Take in what the worker's lease says: an epoch, or its stage; what cannot be read is left out."""
        _, message = event
        try:
            if "stage" in message:
                self._stage = str(message["key"]), stage_of(bytes([message["stage"]]))
            else:
                self._received.append((str(message["key"]), EpochDone.model_validate(message["event"])))
        except (TypeError, KeyError, ValueError):
            return

    def leave(self, why: WorkerDied) -> None:
        """End the slot: what runs there is given up."""
        self._why = why
        self.gone = True
        self._left.set()

    async def _lease(self, asked: dask_task.LeaseCall, state: bytes | None) -> Any:
        work = asyncio.ensure_future(self._work(asked, state))
        left = asyncio.ensure_future(self._left.wait())
        try:
            await asyncio.wait({work, left}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise self._why
            return work.result()
        finally:
            left.cancel()
            if work.cancel():
                # Its end is nobody's concern any more, but asyncio complains of errors that are not read.
                work.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _work(self, asked: dask_task.LeaseCall, state: bytes | None) -> Any:
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        # By itself, so that it goes as bytes and not as a part of the call, which the scheduler would keep.
        sent = None if state is None else await self._client.scatter(state, workers=[self.address], hash=False)
        future = self._client.submit(
            dask_task.lease,
            asked,
            sent,
            key=asked.key,
            workers=[self.address],
            allow_other_workers=False,
            pure=False,
            retries=0,
            resources=self._resources or None,
        )
        try:
            result, error = await future.result()
        except KilledWorker:
            raise WorkerDied("the worker ended") from None
        except (FutureCancelledError, asyncio.CancelledError) as error:
            raise OutOfTouch(f"the lease was lost: {printable(error)}") from None
        except Exception as error:
            raise WorkerDied(f"the worker cannot be used: {type(error).__name__}: {printable(error, 200)}") from None
        finally:
            future.release()
        if error is not None:
            raise error
        return result

    async def _ask(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Call something in the worker's process, past the lease that runs there; that it arrives is not promised."""
        try:
            await asyncio.wait_for(self._client.run(function, *arguments, workers=[self.address]), 10)
        except Exception:
            return

    async def _restart(self) -> None:
        self._left.set()
        try:
            # Not by the client's own restart: a worker that cannot be reached is struck off by the scheduler then,
            # and ends for good, with its nanny, when it is heard of again.
            again = self._client.run(dask_task.start_afresh, workers=[self.address], nanny=True)
            await asyncio.wait_for(again, _RESTART_WITHIN)
        except Exception:
            # It has no nanny, or cannot be reached. Should it be heard of again, it is welcome.
            self.stays = True
            await self._ask(dask_task.hasten, self._key)
