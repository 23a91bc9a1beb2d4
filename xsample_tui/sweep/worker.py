"""The worker process: what it does before its first lease, and how it finds the code to run.

A lease is called by name, so that the processes that order it never import TensorFlow.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

BEAT_EVERY = 1.0
NICENESS = 10


def prepare(parent: int, log: Path) -> None:
    """Set up a fresh worker.

    Terminal signals are the controller's to answer, so they are ignored here; what libraries write to the
    terminal goes to ``log`` instead; and the worker ends with its controller, however that ends. It computes
    at lower priority than the interface. As a sign of life, the log's time of change moves on every second.

    Args:
        parent: the controller's process id.
        log: file that takes stdout and stderr, appended to.
    """
    for name in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    # The interface answers keys while training takes every core.
    os.nice(NICENESS)
    threading.Thread(target=_live, args=(parent, log), daemon=True, name="pulse").start()


def call(entry: str, *arguments: Any) -> Any:
    """Return what the function named ``module:function`` gives for the arguments."""
    module, _, function = entry.partition(":")
    return getattr(importlib.import_module(module), function)(*arguments)


def _live(parent: int, log: Path) -> None:
    while os.getppid() == parent:
        with contextlib.suppress(OSError):
            os.utime(log)
        time.sleep(BEAT_EVERY)
    os._exit(1)
