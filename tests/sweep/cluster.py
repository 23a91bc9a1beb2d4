"""Sweeps on a Dask cluster, for tests: a controller in a thread, and what it says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.runs import LEASE
from tests.until import SECONDS
from xsample_tui.core.event import EpochDone, Event, Logged
from xsample_tui.core.request import Action, Request
from xsample_tui.store.folder import RunFolder
from xsample_tui.store.inbox import Inbox
from xsample_tui.store.pulse import Pulse, read_pulse
from xsample_tui.sweep.cluster.address import read_address
from xsample_tui.sweep.cluster.roster import ClusterRoster
from xsample_tui.sweep.controller import Controller


class Watch:
    """A controller that works on a cluster in a thread."""

    def __init__(self, run: RunFolder, roster: ClusterRoster) -> None:
        self.run = run
        self.roster = roster
        self.events: list[Event] = []
        self.ended = ""
        self.controller = Controller(run, roster, self.events.append, lease=LEASE)
        self.thread = threading.Thread(target=self._work)
        self.thread.start()

    def _work(self) -> None:
        self.ended = self.controller.work()

    def ask(self, action: Action, *trials: str) -> None:
        Inbox(self.run.path).put(Request(action=action, trials=trials, sender="test"))

    def epochs(self) -> list[tuple[str, int]]:
        return [(e.trial, e.metrics.epoch) for e in list(self.events) if isinstance(e, EpochDone)]

    def pulse(self) -> Pulse:
        found = read_pulse(self.run.path)
        assert found is not None
        return found

    def logged(self) -> str:
        return "\n".join(e.text for e in list(self.events) if isinstance(e, Logged))


@contextmanager
def working(run: RunFolder, url: str, resources: dict[str, float] | None = None) -> Iterator[Watch]:
    with working_with(run, ClusterRoster(read_address(url), run, resources)) as watch:
        yield watch


@contextmanager
def working_with(run: RunFolder, roster: ClusterRoster) -> Iterator[Watch]:
    watch = Watch(run, roster)
    try:
        yield watch
    finally:
        watch.controller.stop()
        watch.thread.join(SECONDS)
        assert not watch.thread.is_alive()
