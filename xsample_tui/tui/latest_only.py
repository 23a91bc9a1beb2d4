"""Work in threads that the program's end does not wait for, and of which, mostly, only the latest request counts.

What must be done before the end, and is soon done, is a worker of Textual's: ``@work(thread=True)``. That never
is ``exclusive``: a thread cannot be stopped, so what an overtaken one found would come after what the newer one
found; it holds one of the few threads of asyncio's pool; and the program's end waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from functools import wraps
from typing import Generic, ParamSpec, TypeVar

from textual.dom import DOMNode
from textual.worker import WorkType

T = TypeVar("T")
P = ParamSpec("P")
Latest = Callable[[], bool]


def unwaited(do: Callable[P, None]) -> Callable[P, None]:
    """Let every call of a function run in a thread of its own: for what lasts as long as a download or a process.

    No call waits for another, however long that lasts. What comes of it is posted as a message; it raises nothing.
    """

    @wraps(do)
    def start(*arguments: P.args, **options: P.kwargs) -> None:
        threading.Thread(target=do, args=arguments, kwargs=options, name=do.__name__, daemon=True).start()

    return start


def in_thread(owner: DOMNode, group: str, do: Callable[[], None]) -> None:
    """Do work in a thread of Textual's: every call counts, and the program's end waits for it.

    A part of a screen begins what a method of the screen would do under ``@work(thread=True)``.

    Args:
        owner: the screen or the application that the part is of; an error in the thread becomes its worker's error.
        group: of the workers.
        do: is called in the thread; what comes of it is posted, or goes through ``call_later``.
    """
    owner.run_worker(do, group=group, thread=True, exit_on_error=False)


class LatestOnly(Generic[T]):
    """Does one kind of work in a thread, one request at a time; a newer request replaces a waiting one.

    One thread per request would not work: a held key makes thirty requests a second, and threads cannot be stopped.

    Args:
        owner: the node whose workers wait for the threads; an error in a thread becomes the worker's error.
        name: the name of the workers.
        do: receives a request and a function that returns whether it is still the latest; called in the thread.
    """

    def __init__(self, owner: DOMNode, name: str, do: Callable[[T, Latest], None]) -> None:
        self._owner = owner
        self._name = name
        self._do = do
        self._wanted: list[T] = []
        self._closed = False
        self.busy = False

    def ask(self, request: T) -> None:
        """Make a request in place of the one that waits; call it on the event loop."""
        self._wanted = [request]
        if not self.busy and not self._closed:
            self.busy = True
            # The function and not its coroutine, which would stay unawaited where the program ends at this moment.
            serve: WorkType[None] = self._serve
            self._owner.run_worker(serve, name=self._name, group=self._name, exit_on_error=False)

    def close(self) -> None:
        """Drop the waiting request and accept no more."""
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
                    # Serve the request that arrived meanwhile before the error is raised.
                    error = found
        finally:
            self.busy = False
        if error is not None:
            raise error


async def _in_thread(do: Callable[[T, Latest], None], request: T, latest: Latest) -> None:
    """Run in a daemon thread: at its end, the program would wait for asyncio's threads, and a fit can take long."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def finish(error: BaseException | None) -> None:
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
            loop.call_soon_threadsafe(finish, error)

    threading.Thread(target=run, name="latest only", daemon=True).start()
    await ended
