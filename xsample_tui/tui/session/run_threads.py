"""Starts the threads that watch and train runs, and waits for them at the end of the program.

They are not asyncio's threads: those are few, so slow reads would block the keys, and from Python 3.12 on they are
abandoned after 300 seconds, which an epoch can take.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from .local_session import LocalSession
from .run_session import RunSession

# Seconds after which a wait is announced, and after which a thread that a file system blocks is abandoned.
_LONG = 1.0
_GIVE_UP = 10.0


class RunThreads:
    """Starts the threads of sessions, and waits for their end."""

    def __init__(self) -> None:
        self._controllers: list[threading.Thread] = []
        self._trained: dict[LocalSession, threading.Thread] = {}
        self._watchers: list[tuple[threading.Thread, RunSession]] = []

    def watch(self, run_session: RunSession) -> None:
        """Start :meth:`RunSession.watch`.

        Raises:
            RuntimeError: the system cannot start a thread.
        """
        self._watchers = [
            (thread, run_session) for thread, run_session in self._watchers if thread.is_alive() or run_session.unsent
        ]
        # An unreachable file system can block it for ever; a daemon does not block the end of the program.
        thread = threading.Thread(target=run_session.watch, name="watch a run", daemon=True)
        thread.start()
        self._watchers.append((thread, run_session))

    def train(self, run_session: LocalSession, *, allow_drift: bool = False) -> None:
        """Start :meth:`LocalSession.train`.

        Raises:
            RuntimeError: the system cannot start a thread.
        """
        self._controllers = [thread for thread in self._controllers if thread.is_alive()]
        thread = threading.Thread(
            target=run_session.train, kwargs={"allow_drift": allow_drift}, name="control a sweep", daemon=False
        )
        thread.start()
        self._controllers.append(thread)
        self._trained = {run_session: thread}

    def bound(self, run_session: LocalSession, seconds: float) -> None:
        """Stop a controller at once if it has not ended by itself after some seconds; also after the event loop."""
        thread = self._trained.get(run_session)
        if thread is not None:
            threading.Thread(
                target=_bound, args=(thread, run_session, seconds), name="bound a stop", daemon=True
            ).start()

    def join(self, say: Callable[[str], None]) -> None:
        """Wait for the controllers, however long their epochs take, and then for the watchers of closed sessions.

        Args:
            say: receives messages for the user: that the wait is long, and which requests were not written.
        """
        for thread in self._controllers:
            thread.join(_LONG)
            if thread.is_alive():
                say("finishing the current epochs; press Ctrl-C to stop now")
                thread.join()
        for thread, run_session in self._watchers:
            thread.join(_GIVE_UP)
            for request in run_session.unsent:
                say(f"run {run_session.run.name}: {request.action} was not sent: cannot write the run folder")


def _bound(thread: threading.Thread, run_session: LocalSession, seconds: float) -> None:
    thread.join(seconds)
    if thread.is_alive():
        run_session.stop(now=True)
