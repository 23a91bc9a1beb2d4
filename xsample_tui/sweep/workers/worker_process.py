"""The worker process: its setup before the first lease, and how it finds the code to run.

A lease is called by name, so that the processes that order it never import TensorFlow.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ...core.training.lease_stage import current

BEAT_EVERY = 1.0
NICENESS = 10
# What a terminal or a service manager sends to all at once is the controller's to answer.
NOT_FOR_WORKERS = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)


def prepare(parent: int, log: Path, signs: Connection) -> None:
    """Set up a fresh worker.

    Terminal signals are the controller's to answer, so they are ignored here; what libraries write to the
    terminal goes to ``log`` instead, or nowhere if that cannot be opened; and the worker ends with its controller,
    however that ends. It computes at lower priority than the interface. It gives a sign of life every second,
    with what it is doing.

    Args:
        parent: the controller's process id.
        log: file that takes stdout and stderr, appended to.
        signs: the end of a pipe that takes the signs of life. It is no file: a disk or a file server that is full,
            away or slow must not make a worker look dead.
    """
    for name in NOT_FOR_WORKERS:
        signal.signal(name, signal.SIG_IGN)
    # They were blocked when this process was started.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, NOT_FOR_WORKERS)
    try:
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    except OSError:
        descriptor = os.open(os.devnull, os.O_WRONLY)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    # The interface answers keys while training takes every core.
    os.nice(NICENESS)
    # Nobody may read them for hours: what does not fit any more is left out.
    os.set_blocking(signs.fileno(), False)
    threading.Thread(target=_live, args=(parent, signs), daemon=True, name="signs").start()


def call(entry: str, *arguments: Any) -> Any:
    """Return what the function named ``module:function`` gives for the arguments.

    Raises:
        OSError: the system raised one, in whatever class, or the machine has no memory or no thread to give.
        EnvironmentBroken: a module cannot be imported, or the GPU fails.
        TrainingFailed: it raised another error that cannot be pickled, which the controller would take for the
            worker's death; with its type and text.
        Exception: any other error of it, with its traceback as a note (:func:`trace_of`) and without what it came
            of: Dask's way of pickling, which holds in every process that has imported it, takes causes along, and
            does not come to an end where they form a ring.
    """
    module, _, function = entry.partition(":")
    if module not in sys.modules:
        # TensorFlow takes some seconds, and far more from a slow disk.
        current.set("loading")
    begun = False
    try:
        entered = getattr(importlib.import_module(module), function)
        begun = True
        return entered(*arguments)
    except Exception as error:
        said = traceback.format_exc()
        if (other := _not_the_trials(error, begun=begun)) is not None:
            print(said, file=sys.stderr)
            raise other from None
        error.__cause__ = error.__context__ = None
        # Notes are pickled with an error, its traceback is not.
        error.add_note(said)
        if _travels(error):
            raise
        from ...core.errors import printable
        from ...core.training.lease import TrainingFailed

        print(said, file=sys.stderr)
        what = f"{type(error).__name__}: {printable(error, 300)}"
        if isinstance(error, OSError):
            raise OSError(error.errno, what) from None
        failed = TrainingFailed(what)
        failed.add_note(said)
        raise failed from None


def trace_of(error: BaseException) -> str:
    """Return the traceback that an error had in its worker; empty where it has none."""
    return "\n".join(note for note in getattr(error, "__notes__", ()) if isinstance(note, str))


def _not_the_trials(error: Exception, *, begun: bool) -> Exception | None:
    """Return what an error of the machine, or of what is installed on it, is for the controller; None for another.

    Args:
        error: what was raised.
        begun: whether what was to be called had been imported.
    """
    from ...core.errors import XSampleError, printable
    from ...core.training.lease import EnvironmentBroken

    # TensorFlow's own are known by their names: this module must not import it.
    name = type(error).__name__
    what = f"{name}: {printable(error, 300)}"
    if isinstance(error, OSError | XSampleError):
        return None
    if isinstance(error, MemoryError) or name == "ResourceExhaustedError":
        return OSError(errno.ENOMEM, what)
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return OSError(errno.EAGAIN, what)
    if not begun or isinstance(error, ImportError) or name == "InternalError":
        return EnvironmentBroken(what)
    return None


def _travels(error: Exception) -> bool:
    """Return whether an error comes out of a pickle as what it was."""
    try:
        return type(pickle.loads(pickle.dumps(error))) is type(error)
    except Exception:
        return False


def _live(parent: int, signs: Connection) -> None:
    while os.getppid() == parent:
        with contextlib.suppress(OSError):
            os.write(signs.fileno(), current.get().sign())
        time.sleep(BEAT_EVERY)
    os._exit(1)
