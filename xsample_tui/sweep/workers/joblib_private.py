"""The private parts of joblib's executor (loky) that are used here, all in one place: its workers and its pipes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

# The workers' ends of the executor's two pipes, which the parent process holds too.
_WORKERS_ENDS = (("_call_queue", "_reader"), ("_result_queue", "_writer"))


def worker_processes(executor: Executor) -> set[Any]:
    """Return the worker processes that an executor knows of."""
    return set((getattr(executor, "_processes", None) or {}).values())


def workers_ends(executor: Executor) -> list[Any]:
    """Return this process's copies of the workers' ends of the pipes, until the executor forgets them."""
    ends = (getattr(getattr(executor, queue, None), end, None) for queue, end in _WORKERS_ENDS)
    return [end for end in ends if end is not None]


def let_two_close(executor: Executor) -> None:
    """Let two threads close the workers' ends, of which the executor's is one.

    A connection that two threads close at one time closes its descriptor twice: the second time it may be another
    file's by then.
    """
    for end in workers_ends(executor):
        end._close = _once(end._close)


def _once(close: Callable[[], None]) -> Callable[[], None]:
    taken = threading.Lock()

    def closed_once() -> None:
        # Never released.
        if taken.acquire(blocking=False):
            close()

    return closed_once
