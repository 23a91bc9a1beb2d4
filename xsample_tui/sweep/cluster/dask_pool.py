"""The worker pool of a Dask cluster: follows which workers Dask knows, one slot for each."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import ArgumentError, XSampleError, printable
from ...core.run_state.run_events import Level
from ...store.run.run_folder import RunFolder
from ...store.run.worker_images import WorkerImages
from ..machine.environment_drift import drift_of
from ..workers.worker_pool import WorkerPool
from ..workers.worker_slot import OutOfTouch, Slot, WorkerDied
from . import dask_task
from .cluster_address import FIELD, ClusterAddress, exposed
from .dask_slot import DaskSlot
from .image_sender import ImageSender
from .own_cluster import OwnCluster

if TYPE_CHECKING:
    from distributed import Client

_LOOK_EVERY = 1.0
# A scheduler that does not answer is called silent after the first, and gone after the second: before the scheduler
# gives up on each worker for itself and has it started afresh.
_ANSWER_WITHIN = 10.0
_GIVE_UP_AFTER = 40.0
_AGAIN_AFTER = 2.0
_WELCOME_WITHIN = 120.0
# A worker that could not be welcomed is tried again, each time twice as long after: it may have been the network.
_WELCOME_AGAIN_AFTER, _WELCOME_AGAIN_AT_LEAST_EVERY = 5.0, 300.0
_CLOSE_WITHIN = 10.0


class DaskPool(WorkerPool):
    """The workers of a Dask cluster.

    A thread with an event loop of its own holds Dask's client. It looks every second which workers there are,
    welcomes new ones (environment, fingerprint, images) and makes slots of them. A scheduler that is lost is
    looked for again until the sweep ends; a cluster of ours is started again.

    Args:
        address: where the cluster is.
        run: the run to work on.
        resources: what a worker must have, and Dask reserves for a lease; None for what Dask's configuration says.
        connect_within: seconds for which a scheduler's answer is waited for.
    """

    def __init__(
        self,
        address: ClusterAddress,
        run: RunFolder,
        resources: dict[str, float] | None = None,
        *,
        connect_within: float = 10.0,
    ) -> None:
        self._connect_within = connect_within
        self._address = address
        self._run = run
        self._images = ImageSender(run.path, WorkerImages.of(run), lambda line: self._say("info", line))
        self._machine = run.spec.machine
        self._resources = resources
        self._log = run.path.resolve() / "logs" / "cluster.log"
        self._slots: dict[str, DaskSlot] = {}
        # Workers by address and folder: one that was started afresh may have its old address.
        self._known: set[tuple[str, str]] = set()
        self._refused: Counter[tuple[str, str]] = Counter()
        self._notes: deque[tuple[Level, str]] = deque()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._opened: Future[None] = Future()
        self._owned: OwnCluster | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()
        self._wake = asyncio.Event()
        self._exposed = False

    # -- the controller's side -----------------------------------------------------------------------------------

    def open(self, wanted: Callable[[], bool]) -> None:
        """Connect to the scheduler, or start a cluster.

        Raises:
            InputError: no scheduler answers at the address, or the cluster cannot be started.
        """
        self._thread = threading.Thread(target=self._run_loop, name="cluster", daemon=True)
        self._thread.start()
        while wanted() and not self._opened.done():
            wait([self._opened], timeout=_LOOK_EVERY)
        if self._opened.done():
            self._opened.result()

    def slots(self) -> Sequence[Slot]:
        """Return the slots of the workers there are now."""
        return list(self._slots.values())

    @property
    def processes(self) -> list[int]:
        """Process ids of the workers there are now, each on its own machine."""
        return [slot.pid for slot in list(self._slots.values())]

    @property
    def host(self) -> int | None:
        """The process that holds the cluster, if it is ours."""
        return self._owned.pid if self._owned is not None and self._owned.alive else None

    def notes(self) -> list[tuple[Level, str]]:
        """Return what happened to the workers since the last call."""
        notes = []
        while self._notes:
            notes.append(self._notes.popleft())
        return notes

    def close(self) -> None:
        """Let go of the workers; end the cluster if it is ours."""
        self._closing.set()
        if self._thread is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                if self._loop is not None:
                    self._loop.call_soon_threadsafe(self._wake.set)
            self._thread.join(_CLOSE_WITHIN)
        if self._owned is not None:
            self._owned.kill()

    # -- the loop's side -----------------------------------------------------------------------------------------

    def _start(self, work: Coroutine[Any, Any, Any]) -> Future[Any]:
        try:
            if self._loop is None:
                raise RuntimeError("not begun")
            return asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError:
            # The loop has ended, or not begun.
            work.close()
            failed: Future[Any] = Future()
            failed.set_exception(OutOfTouch("the cluster was released"))
            return failed

    async def _rest(self, seconds: float) -> None:
        """Wait, but not if the sweep ends."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)

    def _say(self, level: Level, text: str) -> None:
        self._notes.append((level, text))

    def _run_loop(self) -> None:
        with dask_logs_to(self._log):
            asyncio.run(self._live())
            # Tasks of Dask's that nobody waits for any more complain when they are collected: to the file too.
            gc.collect()

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._follow_schedulers()
        if self._owned is not None:
            await asyncio.to_thread(self._owned.close)

    async def _follow_schedulers(self) -> None:
        """Attend one scheduler after the other, until the sweep ends."""
        said = ""
        while not self._closing.is_set():
            try:
                client = await self._connect()
            except Exception as error:
                if not self._opened.done():
                    self._opened.set_exception(self._refusal(error))
                    return
                if str(error) != said:
                    said = str(error)
                    self._say("warning", f"cannot connect to the scheduler: {printable(error, 200)}; trying again")
                await self._rest(_AGAIN_AFTER)
                continue
            if self._opened.done():
                self._say("info", "the scheduler is back")
            else:
                self._opened.set_result(None)
            said = ""
            try:
                why = await self._attend(client)
            except Exception as error:
                why = f"{type(error).__name__}: {printable(error, 200)}"
            if not self._closing.is_set():
                self._say("warning", f"the scheduler is lost ({why}); trials resume from their last checkpoints")
            await self._part(client, why)

    def _refusal(self, error: Exception) -> XSampleError:
        if isinstance(error, XSampleError):
            return error
        what = f"no answer within {self._connect_within:.0f} s: start one with `dask scheduler`, or check the address"
        return ArgumentError(FIELD, self._address.text, f"{what} ({type(error).__name__})")

    async def _connect(self) -> Client:
        """Return a client that is connected; start the cluster first, if it is ours."""
        import dask
        from distributed import Client

        url = self._address.text
        if self._address.ours:
            if self._owned is None or not self._owned.alive:
                self._owned = OwnCluster(self._address, self._machine, self._log)
                await asyncio.to_thread(self._owned.start)
            url = self._owned.url
        if exposed(url) and not self._exposed:
            self._exposed = True
            self._say(
                "warning",
                f"the scheduler {printable(url)} is open to the network without TLS: anyone who reaches it can run "
                "code on its workers; see docs/cluster.md",
            )
        # Workers of this machine can always be reached; others perhaps only through the scheduler.
        direct = self._address.kind == "local" or dask.config.get("xsample-tui.direct-to-workers", False)
        if self._resources is None:
            self._resources = dict(dask.config.get("xsample-tui.resources", {}))
        client: Client = await Client(
            url,
            asynchronous=True,
            timeout=self._connect_within,
            set_as_default=False,
            direct_to_workers=bool(direct),
            name="xsample-tui",
        )
        return client

    async def _attend(self, client: Client) -> str:
        """Follow the workers until the scheduler is lost or the sweep ends; return why."""
        silent, said = 0.0, False
        while not self._closing.is_set():
            if client.status != "running":
                return "its connection broke"
            if self._owned is not None and not self._owned.alive:
                return "its process ended"
            try:
                found = await asyncio.wait_for(client.scheduler.identity(), _ANSWER_WITHIN)
            except (TimeoutError, OSError) as error:
                silent += _ANSWER_WITHIN if isinstance(error, TimeoutError) else _LOOK_EVERY
                if not said:
                    said = True
                    self._say("warning", "the scheduler does not answer; its workers may still be training")
                if silent > _GIVE_UP_AFTER:
                    return f"no answer for {silent:.0f} s"
            else:
                if said:
                    self._say("info", "the scheduler answers again")
                silent, said = 0.0, False
                self._follow(client, found)
            await self._rest(_LOOK_EVERY)
        return "the sweep ends"

    def _follow(self, client: Client, found: dict[str, Any]) -> None:
        """Bring the slots up to what the scheduler says."""
        dashboard = self._dashboard(client, found)
        if dashboard not in ("", self.dashboard):
            # Another port than usual where that is taken.
            self._say("info", f"Dask's dashboard: {printable(dashboard, 200)}")
        self.dashboard = dashboard
        workers: dict[str, dict[str, Any]] = found["workers"]
        present = {(address, str(info.get("local_directory"))) for address, info in workers.items()}
        for address, slot in list(self._slots.items()):
            if (address, slot.folder) not in present:
                del self._slots[address]
                if not slot.gone:
                    self._say("warning", f"{_called(slot.name)} on {slot.host} has left")
                slot.leave(WorkerDied("the worker left or was killed"))
                continue
            slot.seen(workers[address]["last_seen"])
            if slot.stays and slot.silence() < _LOOK_EVERY:
                # It was given up while it was cut off, and has come through.
                del self._slots[address]
                present.discard((address, slot.folder))
        self._known &= present
        self._refused = Counter({who: times for who, times in self._refused.items() if who in present})
        for address, info in workers.items():
            who = (address, str(info.get("local_directory")))
            if who in self._known or info.get("status") != "running":
                continue
            if any(info.get("resources", {}).get(name, 0) < need for name, need in (self._resources or {}).items()):
                continue
            self._known.add(who)
            task = asyncio.ensure_future(self._welcome(client, who, info))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    @staticmethod
    def _dashboard(client: Client, found: dict[str, Any]) -> str:
        try:
            return str(client.dashboard_link) if found.get("services", {}).get("dashboard") else ""
        except Exception:
            # It is made from a template that anyone may have set.
            return ""

    async def _welcome(self, client: Client, who: tuple[str, str], info: dict[str, Any]) -> None:
        """Prepare a worker that is new, and make a slot of it."""
        address, _ = who
        # Dask numbers the workers of a local cluster and names others by their address.
        given = info.get("name", address)
        name = f"worker-{given}" if isinstance(given, int) else printable(given)
        try:
            async with asyncio.timeout(_WELCOME_WITHIN):
                facts = await self._greet(client, address)
                if facts.unfit:
                    self._say("warning", f"{_called(name)} on {facts.host}: {facts.unfit}; it is restarted")
                    await client.restart_workers([address])
                    return
            await self._images.hand(client, address, facts.host, who[1])
        except Exception as error:
            if who in self._known and client.status == "running":
                await self._put_off(who, name, error)
            return
        drift = drift_of(self._run, facts.fingerprint)
        slot = DaskSlot(client, self._start, who, name, facts, drift, self._machine, self._resources or {})
        if who not in self._known or client.status != "running":
            return
        client.subscribe_topic(slot.topic, slot.receive)
        self._slots[address] = slot
        self._say("info", f"{_called(name)} on {slot.host} has joined")
        if drift:
            self._say(
                "warning",
                f"{_called(name)} differs from the run's first machine: {'; '.join(drift)}; its results are flagged",
            )

    async def _put_off(self, who: tuple[str, str], name: str, error: Exception) -> None:
        """Say why a worker cannot be used, and let it be welcomed again after a while."""
        if not self._refused[who]:
            what = f"{type(error).__name__}: {printable(error, 200)}"
            self._say("error", f"{_called(name)} at {who[0]} cannot be used: {what}; trying again")
        seconds = _WELCOME_AGAIN_AFTER * 2.0 ** min(self._refused[who], 10)
        self._refused[who] += 1
        await self._rest(min(seconds, _WELCOME_AGAIN_AT_LEAST_EVERY))
        self._known.discard(who)

    async def _greet(self, client: Client, address: str) -> dask_task.Facts:
        how: dict[str, Any] = {"nice": self._address.kind == "local", "precision": self._run.spec.training.precision}
        answers = await client.run(dask_task.greet, self._machine, **how, workers=[address])
        facts = answers[address]
        assert isinstance(facts, dask_task.Facts)
        return facts

    async def _part(self, client: Client, why: str) -> None:
        """Let go of a client, and of all slots it had."""
        for task in list(self._tasks):
            task.cancel()
        for slot in self._slots.values():
            slot.leave(OutOfTouch(f"out of touch: {why}"))
        self._slots = {}
        self._known = set()
        if self._closing.is_set() and client.status == "running":
            await self._images.discard(client)
        if not self._closing.is_set() and self._owned is not None:
            # Half a cluster is of no use.
            await asyncio.to_thread(self._owned.kill)
        try:
            await asyncio.wait_for(client.close(timeout=2), 5)
        except Exception:
            return


def _called(name: str) -> str:
    return name if name.startswith("worker") else f"worker {name}"


@contextlib.contextmanager
def dask_logs_to(log: Path) -> Iterator[None]:
    """Let what Dask says of itself go to a file: on stderr it would be drawn over the interface."""
    import distributed  # noqa: F401  (sets its loggers up, once)

    handler = logging.FileHandler(log, delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    loggers = [logging.getLogger(name) for name in ("distributed", "tornado", "bokeh", "asyncio")]
    before = [(logger, logger.handlers, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.handlers, logger.propagate = [handler], False
    try:
        yield
    finally:
        for logger, handlers, propagate in before:
            logger.handlers, logger.propagate = handlers, propagate
        handler.close()
