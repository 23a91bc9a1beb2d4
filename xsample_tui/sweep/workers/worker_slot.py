"""A slot: a place for one lease at a time, in a worker process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ...core.errors import XSampleError, printable
from ...core.run_state.run_events import EpochDone
from ...core.training.lease_stage import LeaseStage, stage_of
from ...core.training.sweep_spec import Machine
from ..machine.gpu_devices import devices, share
from ..machine.training_packages import need_training_packages
from . import worker_process
from .joblib_private import let_two_close, worker_processes, workers_ends

_MOST_SIGNS = 1 << 16
# How long a worker that has ended is waited for, so that its exit code is known.
_EXIT_CODE_SECONDS = 2.0


class WorkerDied(XSampleError):
    """The worker process ended while it had a lease: killed, out of memory, or crashed."""


class CannotStart(WorkerDied):
    """No worker process can be started now, for want of room, descriptors or shared memory: not the trial's fault."""


class OutOfTouch(WorkerDied):
    """The worker cannot be reached any more, for a reason that has nothing to do with the trial it had."""


class Slot(ABC):
    """A place for one lease at a time; what is not said here is so for a worker process of this machine.

    Attributes:
        name, host: of the worker, for people.
        gone: whether the slot is to be given no more leases: its worker has left.
        leaving: whether it is to leave once its trial's epochs are committed.
        drifted: what of the worker's fingerprint differs from the run's, for every state trained here to name.
        heeds: whether a running lease can be asked to end early, so that it may be longer than an epoch.
    """

    name: str = ""
    host: str = ""
    gone: bool = False
    leaving: bool = False
    drifted: tuple[str, ...] = ()
    heeds: bool = False

    @abstractmethod
    def submit(self, entry: str, *arguments: Any) -> Future[Any]:
        """Start ``entry`` (``module:function``); :meth:`result` gives what the future holds once it is done."""

    def result(self, lease: Future[Any]) -> Any:
        """Return what a lease of this slot has returned, or raise what it has raised, or :class:`WorkerDied`."""
        return lease.result()

    def sign(self) -> object:
        """Return what changes as long as the worker lives; None before its first sign of life.

        By whatever clock: it is compared with what it was before, and with nothing else.
        """
        return time.monotonic()

    @property
    def stage(self) -> LeaseStage:
        """What the running lease is doing, as the last sign of life said."""
        return LeaseStage()

    def hasten(self) -> None:
        """Ask the running lease to end after its current epoch; asked twice, it is asked once."""
        return

    def update(self) -> list[EpochDone]:
        """Return the epochs that the running lease has reported since the last call, for display."""
        return []

    def kill(self) -> None:
        """End what runs here at once; the next submit starts afresh."""
        return

    def close(self) -> None:
        """Free the slot's resources."""
        return


class ProcessSlot(Slot):
    """A slot with one worker process, started at the first lease (joblib's loky: a fresh interpreter, no fork).

    Args:
        log: file that takes what the worker's libraries print.
        machine: threads and oneDNN, which TensorFlow reads from the environment when it is imported.
        number: the worker's number, by which it gets a GPU where there are any.

    Raises:
        InputError: what trains and predicts is not installed.
    """

    def __init__(self, log: Path, machine: Machine, number: int = 0) -> None:
        need_training_packages()
        self.name, self.host = log.stem, socket.gethostname()
        self._log = log
        self._environment = environment(machine) | share(number, devices())
        self._executor: Executor | None = None
        # Kept here too: the executor forgets one before it ends it, and does not end it where that fails. This
        # process would then wait for it at its own end.
        self._workers: set[Any] = set()
        self._signs: Connection | None = None
        self._count, self._stage = 0, LeaseStage()

    def submit(self, entry: str, *arguments: Any) -> Future[Any]:
        """Start ``entry`` in the worker."""
        try:
            if self._executor is None:
                self._executor = self._start()
            with _signals_held():
                lease = self._executor.submit(worker_process.call, entry, *arguments)
            self._workers.update(worker_processes(self._executor))
        except Exception as error:
            # It cannot be started, or it died between two leases.
            self.kill()
            lease = Future()
            lease.set_exception(CannotStart(_why_not(error)))
        return lease

    def result(self, lease: Future[Any]) -> Any:
        """Return what a lease has returned; the executor's words for a worker's death become :class:`WorkerDied`."""
        try:
            return lease.result()
        except CancelledError:
            raise WorkerDied("cancelled") from None
        except Exception as error:
            if _is_death(error):
                raise WorkerDied(_why(error, self._workers)) from None
            raise

    def sign(self) -> object:
        """Return how many signs of life the worker has given; None before the first."""
        if self._signs is not None:
            with contextlib.suppress(OSError):
                signs = os.read(self._signs.fileno(), _MOST_SIGNS)
                self._count += len(signs)
                self._stage = stage_of(signs[-1:]) if signs else self._stage
        return self._count or None

    @property
    def stage(self) -> LeaseStage:
        """What the running lease is doing."""
        return self._stage

    def kill(self) -> None:
        """End the worker at once."""
        executor, self._executor = self._executor, None
        signs, self._signs = self._signs, None
        self._count, self._stage = 0, LeaseStage()
        if signs is not None:
            signs.close()
        if executor is None:
            return
        # Not left to the executor: it looks for the workers' own children, which takes descriptors that there may not
        # be, and it does so in a thread that ends then.
        for process in self._workers | worker_processes(executor):
            with contextlib.suppress(Exception):
                # Not `kill`, which these processes lack. While it has no exit code, the number is its own.
                if process.exitcode is None:
                    os.kill(process.pid, signal.SIGKILL)
        self._workers = set()
        # The worker's ends of its pipes, which this process holds too: a thread of the executor that was handing a
        # state over, or being handed one, would wait for them for ever, and this process for the thread when it ends.
        ends = workers_ends(executor)
        with contextlib.suppress(Exception):
            executor.shutdown(wait=False, kill_workers=True)  # type: ignore[call-arg]
        for end in ends:
            with contextlib.suppress(Exception):
                end.close()

    def close(self) -> None:
        """End the worker; it has nothing that would be lost."""
        self.kill()

    def _start(self) -> Executor:
        # Imported here: the interface shows its first screen before anything needs a worker.
        from multiprocessing import Pipe, resource_tracker

        # Said when joblib is imported where there is no shared memory; that the worker cannot be started says it too.
        warnings.filterwarnings("ignore", message=".* joblib will operate in serial mode", category=UserWarning)
        from joblib.externals.loky import ProcessPoolExecutor
        from joblib.externals.loky.backend import resource_tracker as loky_tracker

        # loky replaces a worker, between two leases, whose memory has grown by 300 MiB: that is no news for the user.
        warnings.filterwarnings("ignore", message="A worker stopped while some jobs", category=UserWarning)
        # The trackers are handed the descriptor of sys.stderr, and Textual's stand-in for that has none.
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
            for tracker in (resource_tracker, loky_tracker):
                # Of its own accord it withstands what a terminal sends but for its end.
                with _signals_held():
                    tracker.ensure_running()
        self._signs, sending = Pipe(duplex=False)
        os.set_blocking(self._signs.fileno(), False)
        executor: Executor = ProcessPoolExecutor(
            max_workers=1,
            timeout=None,
            initializer=worker_process.prepare,
            # The pipe's other end is kept with it, for the worker that loky starts in place of a grown one.
            initargs=(os.getpid(), self._log, sending),
            env=self._environment,
        )
        let_two_close(executor)
        return executor


SlotMaker = Callable[[int], Slot]


def environment(machine: Machine) -> dict[str, str]:
    """Return the environment variables that must be set before TensorFlow is imported."""
    return {
        "TF_ENABLE_ONEDNN_OPTS": "1" if machine.onednn else "0",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        "OMP_NUM_THREADS": str(machine.threads),
        "TF_NUM_INTRAOP_THREADS": str(machine.threads),
        "TF_NUM_INTEROP_THREADS": "1",
        "KERAS_BACKEND": "tensorflow",
        # No user's settings of Keras count, and where there is no home folder Keras makes one named `~`.
        "KERAS_HOME": os.devnull,
    }


@contextlib.contextmanager
def _signals_held() -> Iterator[None]:
    """Let processes that start meanwhile begin with the terminal's signals blocked.

    A Ctrl-C and a closed terminal are meant for the controller. A worker ignores them as soon as it can
    (:func:`worker.prepare`), but until then they would end it with a traceback on the terminal. What comes for this
    process is not lost: it comes afterwards.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, worker_process.NOT_FOR_WORKERS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _is_death(error: BaseException) -> bool:
    from concurrent.futures.process import BrokenProcessPool

    from joblib.externals.loky.process_executor import ShutdownExecutorError

    return isinstance(error, BrokenProcessPool | ShutdownExecutorError)


def _why_not(error: Exception) -> str:
    if not isinstance(error, OSError):
        return _why(error)
    # A worker's locks and queues lie in shared memory, which containers have little of.
    return f"no worker can be started: {printable(error.strerror or error)}; is /dev/shm full, or not writable?"


def _why(error: BaseException, workers: Iterable[Any] = ()) -> str:
    """Return how a worker has ended: by which signal or with which exit code, where that can be known."""
    codes = set()
    for process in workers:
        # The executor waits for a quarter of a second for it, and then does not know it.
        with contextlib.suppress(Exception):
            process.join(_EXIT_CODE_SECONDS)
            codes.add(process.exitcode)
    # Of one that was replaced it is 0.
    known = sorted(codes - {None}, key=bool, reverse=True)
    why = _exit_text(known[0]) if known else printable(f"{type(error).__name__}: {error}", 200)
    return f"the worker ended: {why}"


def _exit_text(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"
