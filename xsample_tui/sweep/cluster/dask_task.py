"""The code that runs in a Dask worker: it holds images and a trial's state, and writes nothing.

Everything here is called through Dask, by name, in a process that may have served another run before.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from ...core.data.data_splits import Split
from ...core.data.dataset import Dataset
from ...core.errors import XSampleError
from ...core.run_state.run_events import EpochDone
from ...core.scout.scout_order import ScoutOrder
from ...core.training.epoch_metrics import EpochMetrics
from ...core.training.lease import LeaseOrder
from ...core.training.lease_stage import LeaseStage, current
from ...core.training.sweep_spec import Machine, Precision
from ...store.environment_fingerprint import fingerprint
from ...store.run.run_folder import RunFolder
from ...store.run.worker_images import WorkerImages
from ..workers.worker_process import NICENESS, call
from ..workers.worker_slot import CannotStart, WorkerDied, environment
from . import received_images

_images: dict[str, tuple[Dataset, Split]] = {}
_MOST_HELD = 4
# Seconds between two checks of what a lease is doing. Each change is a small message to the scheduler.
_STAGE_EVERY = 2.0
# Leases that are to end early, and how often a controller has introduced itself.
_hastened: deque[str] = deque(maxlen=1000)
_greetings: list[None] = []


@dataclass(frozen=True)
class Facts:
    """What a process of the cluster says of itself.

    Attributes:
        host, pid: where it is.
        fingerprint: of its machine and software, with the run's threads and oneDNN.
        unfit: why it cannot serve this run before it has been started afresh; empty if it can.
    """

    host: str
    pid: int
    fingerprint: dict[str, str]
    unfit: str


@dataclass(frozen=True)
class HeldSource:
    """The images this process holds, as a lease's source.

    Attributes:
        key: the hashes of the images and the split.
    """

    key: str

    def open(self) -> tuple[Dataset, Split]:
        """Return the images and their split.

        Raises:
            CannotStart: this process does not hold them any more: it has served several other runs meanwhile.
        """
        if self.key not in _images:
            raise CannotStart("this worker no longer holds the run's images")
        return _images[self.key]


@dataclass(frozen=True)
class LeaseCall:
    """A lease as it is sent to a worker, but for the trial's state, which travels by itself.

    Attributes:
        entry: ``module:function`` of the lease.
        order: what to do.
        source: key of the images.
        machine: threads and oneDNN.
        key: names this lease; :func:`hasten` takes it.
        topic: Dask's topic for its epochs and its stages.
    """

    entry: str
    order: LeaseOrder | ScoutOrder
    source: str
    machine: Machine
    key: str
    topic: str


def greet(machine: Machine, *, nice: bool, precision: Precision = "float32") -> Facts:
    """Prepare this process for a run and say what it is.

    Args:
        machine: the run's threads and oneDNN.
        nice: whether to compute at lower priority than the interface, which is on the same machine.
        precision: what the run is computed in.
    """
    # A lease of a controller that is no more would keep this one's waiting: it ends after its present epoch.
    _greetings.append(None)
    if nice and os.nice(0) < NICENESS:
        os.nice(NICENESS - os.nice(0))
    return Facts(socket.gethostname(), os.getpid(), fingerprint(machine, precision), _settle(machine))


def _settle(machine: Machine) -> str:
    """Set the environment TensorFlow is to find; return why that is too late, if it is."""
    wanted = environment(machine)
    if "tensorflow" in sys.modules:
        other = [name for name, value in wanted.items() if os.environ.get(name) != value]
        # What is only about memory or messages may differ.
        other = [name for name in other if name not in ("TF_CPP_MIN_LOG_LEVEL", "TF_FORCE_GPU_ALLOW_GROWTH")]
        if other:
            return f"TensorFlow was started there with another {', '.join(other)}"
    os.environ.update(wanted)
    return ""


def look_up(source: WorkerImages) -> bool:
    """Open the run's folder where this machine sees it; return whether this process now holds the images."""
    if source.key in _images:
        return True
    try:
        run = RunFolder(source.path)
        if WorkerImages.of(run).key != source.key:
            return False
        # Both are checked against the hashes in the key.
        _hold(source.key, run)
    except (XSampleError, OSError):
        return False
    return True


def look_up_received(scratch: str, key: str) -> bool:
    """Open the images that this machine was sent before; return whether this process now holds them.

    Args:
        scratch: folder that the machine's workers share.
        key: the hashes they must have.
    """
    if key not in _images and (run := received_images.received(scratch, key)) is not None:
        _hold(key, run)
    return key in _images


def finish(scratch: str, key: str) -> None:
    """Take in the images that were sent; arguments as of :func:`look_up_received`.

    Raises:
        XSampleError: they do not match their hashes.
        OSError: they cannot be put into their place.
    """
    _hold(key, received_images.finish(scratch, key))


def discard(scratch: str, key: str) -> None:
    """Let go of images that were sent, and remove them; arguments as of :func:`look_up_received`."""
    if received_images.discard(scratch, key):
        _images.pop(key, None)


def _hold(key: str, run: RunFolder) -> None:
    held = (run.dataset, run.plan.split)
    # More than one run may be trained on a cluster at a time, but not all there ever were.
    while len(_images) >= _MOST_HELD:
        _images.pop(next(iter(_images)))
    _images[key] = held


async def start_afresh(dask_worker: Any) -> None:
    """End the worker's process, whatever it does; its nanny, in whose process this runs, starts it again.

    Args:
        dask_worker: the nanny; Dask passes it under this name.
    """
    await dask_worker.kill(reason="xsample-tui has given up on this worker")


def hasten(key: str) -> None:
    """Let the lease of this key end after its present epoch, also if it has not begun yet."""
    _hastened.append(key)


def lease(asked: LeaseCall, state: bytes | None) -> tuple[Any, Exception | None]:
    """Run a lease; return its result, or what it raised: what Dask itself raises is about the worker."""
    from distributed import get_worker

    if why := _settle(asked.machine):
        return None, WorkerDied(why)
    worker = get_worker()
    greetings = len(_greetings)

    def after(metrics: EpochMetrics, seconds: float) -> bool:
        event = EpochDone(at=time.time(), trial=asked.order.trial.name, metrics=metrics, seconds=seconds)
        worker.log_event(asked.topic, {"key": asked.key, "event": event.model_dump(mode="json")})
        return asked.key not in _hastened and len(_greetings) == greetings

    def enter(stage: bytes) -> None:
        worker.log_event(asked.topic, {"key": asked.key, "stage": stage[0]})

    try:
        with _stages_said(enter):
            # A scout's is short, and has no epochs of its own to report.
            heard = (after,) if isinstance(asked.order, LeaseOrder) else ()
            return call(asked.entry, replace(asked.order, state=state), HeldSource(asked.source), *heard), None
    except Exception as error:
        return None, error


@contextmanager
def _stages_said(say: Callable[[bytes], None]) -> Iterator[None]:
    """Say what this process's lease is doing, in a byte, from another thread, whenever that has changed."""
    ended = threading.Event()

    def watch() -> None:
        said = LeaseStage().sign()
        while not ended.wait(_STAGE_EVERY):
            if (stage := current.get().sign()) != said:
                say(stage)
                said = stage

    thread = threading.Thread(target=watch, daemon=True, name="stages")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
