"""The threads that live as long as a run is shown or trained: each is its own, and the end of the program waits.

None of them takes a place among asyncio's threads: those are few, so that slow reads would hold up the keys, and
from Python 3.12 on they are given up after 300 seconds, which an epoch can take.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from .link import Link

# Seconds after which a wait is worth a word, and after which a thread that a folder holds up is given up.
_LONG = 1.0
_GIVE_UP = 10.0


class RunThreads:
    """Starts the threads of links, and waits for their end."""

    def __init__(self) -> None:
        self._controllers: list[threading.Thread] = []
        self._watchers: list[tuple[threading.Thread, Link]] = []

    def attend(self, link: Link) -> None:
        """Start :meth:`Link.attend`.

        Raises:
            RuntimeError: the system gives no thread.
        """
        self._watchers = [(thread, link) for thread, link in self._watchers if thread.is_alive() or link.unsent]
        # A file system that is away can hold it for ever, and with it the program's end.
        thread = threading.Thread(target=link.attend, name="watch a run", daemon=True)
        thread.start()
        self._watchers.append((thread, link))

    def train(self, link: Link, *, allow_drift: bool = False) -> None:
        """Start :meth:`Link.train`.

        Raises:
            RuntimeError: the system gives no thread.
        """
        self._controllers = [thread for thread in self._controllers if thread.is_alive()]
        thread = threading.Thread(
            target=link.train, kwargs={"allow_drift": allow_drift}, name="control a sweep", daemon=False
        )
        thread.start()
        self._controllers.append(thread)

    def join(self, say: Callable[[str], None]) -> None:
        """Wait for the controllers, however long their epochs take, and then for the watchers of closed links.

        Args:
            say: takes lines for whoever waits: that it takes long, and which requests were not written.
        """
        for thread in self._controllers:
            thread.join(_LONG)
            if thread.is_alive():
                say("the epochs under way are finished first; Ctrl-C stops now")
                thread.join()
        for thread, link in self._watchers:
            thread.join(_GIVE_UP)
            for request in link.unsent:
                say(f"run {link.run.name}: {request.action} was not sent: the run's folder cannot be written")
