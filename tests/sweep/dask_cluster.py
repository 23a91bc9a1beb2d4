"""Sweeps on a Dask cluster, for tests: a controller in a thread, and what it says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.harness.runs import LEASE
from tests.harness.until import SECONDS
from xsample_tui.core.run_state.requests import Action, Request
from xsample_tui.core.run_state.run_events import EpochDone, Event, Logged
from xsample_tui.store.control.heartbeat import Heartbeat, read_heartbeat
from xsample_tui.store.control.request_inbox import RequestInbox
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.cluster.cluster_address import read_address
from xsample_tui.sweep.cluster.dask_pool import DaskPool
from xsample_tui.sweep.controller import Controller
from xsample_tui.sweep.scout.scout_training import SCORE, TRAIN


class Watch:
    """A controller that works on a cluster in a thread."""

    def __init__(self, run: RunFolder, worker_pool: DaskPool, lease: str, scout: tuple[str, str]) -> None:
        self.run = run
        self.worker_pool = worker_pool
        self.events: list[Event] = []
        self.ended = ""
        self.controller = Controller(run, worker_pool, self.events.append, lease=lease, scout=scout)
        self.thread = threading.Thread(target=self._work)
        self.thread.start()

    def _work(self) -> None:
        self.ended = self.controller.work()

    def ask(self, action: Action, *trials: str) -> None:
        RequestInbox(self.run.path).put(Request(action=action, trials=trials, sender="test"))

    def epochs(self) -> list[tuple[str, int]]:
        return [(e.trial, e.metrics.epoch) for e in list(self.events) if isinstance(e, EpochDone)]

    def heartbeat(self) -> Heartbeat:
        found = read_heartbeat(self.run.path)
        assert found is not None
        return found

    def logged(self) -> str:
        return "\n".join(e.text for e in list(self.events) if isinstance(e, Logged))


@contextmanager
def working(
    run: RunFolder,
    url: str,
    resources: dict[str, float] | None = None,
    *,
    lease: str = LEASE,
    scout: tuple[str, str] = (TRAIN, SCORE),
) -> Iterator[Watch]:
    with working_with(run, DaskPool(read_address(url), run, resources), lease=lease, scout=scout) as watch:
        yield watch


@contextmanager
def working_with(
    run: RunFolder, worker_pool: DaskPool, *, lease: str = LEASE, scout: tuple[str, str] = (TRAIN, SCORE)
) -> Iterator[Watch]:
    watch = Watch(run, worker_pool, lease, scout)
    try:
        yield watch
    finally:
        watch.controller.stop()
        watch.thread.join(SECONDS)
        assert not watch.thread.is_alive()
