"""Errands: work in a thread of which only the latest request counts."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from textual.dom import DOMNode

T = TypeVar("T")
Latest = Callable[[], bool]


class Errand(Generic[T]):
    """Does one kind of work in a thread, one request at a time; a request that a newer one overtakes is dropped.

    A thread for every request would not do: a key held down makes thirty a second, and a thread cannot be stopped.

    Args:
        owner: whose workers wait for the threads; what goes wrong in a thread is the worker's error.
        name: the workers' name.
        do: is given a request and a function that says whether it is still the latest; called in the thread.
    """

    def __init__(self, owner: DOMNode, name: str, do: Callable[[T, Latest], None]) -> None:
        self._owner = owner
        self._name = name
        self._do = do
        self._wanted: list[T] = []
        self._closed = False
        self.busy = False

    def ask(self, request: T) -> None:
        """Ask for something in place of whatever was asked for before; call it on the event loop."""
        self._wanted = [request]
        if not self.busy and not self._closed:
            self.busy = True
            self._owner.run_worker(self._serve(), name=self._name, group=self._name, exit_on_error=False)

    def close(self) -> None:
        """Want nothing any more."""
        self._closed = True
        self._wanted = []

    def _latest(self) -> bool:
        return not self._wanted and not self._closed

    async def _serve(self) -> None:
        error: Exception | None = None
        try:
            while self._wanted:
                try:
                    await _in_thread(self._do, self._wanted.pop(), self._latest)
                except Exception as found:
                    # What was asked for meanwhile is not to wait for the next request.
                    error = found
        finally:
            self.busy = False
        if error is not None:
            raise error


async def _in_thread(do: Callable[[T, Latest], None], request: T, latest: Latest) -> None:
    """Run in a daemon thread: the end of the program waits for asyncio's own threads, and a fit can take long."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def tell(error: BaseException | None) -> None:
        if ended.done():
            return
        if error is None:
            ended.set_result(None)
        else:
            ended.set_exception(error)

    def run() -> None:
        error: BaseException | None = None
        try:
            do(request, latest)
        except BaseException as found:
            error = found
        # The loop may have ended before the thread.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(tell, error)

    threading.Thread(target=run, name="errand", daemon=True).start()
    await ended
