"""Sessions that are watched in a thread."""

from __future__ import annotations

import errno
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from tests.harness.fake_lease import metrics_of
from tests.harness.interface import NOW
from tests.harness.until import SECONDS
from xsample_tui.core.run_state.run_events import EpochDone
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.session.file_session import FileSession
from xsample_tui.tui.session.local_session import LocalSession
from xsample_tui.tui.session.messages import Change, RunUpdated

Session = TypeVar("Session", bound=FileSession)


@contextmanager
def attended(run_session: Session) -> Iterator[Session]:
    """Watch a run in a thread, as the app does."""
    thread = threading.Thread(target=run_session.watch)
    thread.start()
    try:
        yield run_session
    finally:
        if isinstance(run_session, LocalSession):
            run_session.stop(now=True)
        run_session.close()
        thread.join(SECONDS)
        assert not thread.is_alive()


def take(run_session: FileSession, what: Callable[[], object], seconds: float = SECONDS) -> Change:
    """Take what comes until something is so; return all that changed."""
    whole = Change()
    came: queue.SimpleQueue[RunUpdated] = queue.SimpleQueue()
    run_session.connect(came.put)
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        run_session.look_after()
        while not came.empty():
            change = run_session.take(came.get())
            whole.trials |= change.trials
            whole.events += change.events
            whole.all |= change.all
        time.sleep(0.01)
    # What came and is not taken is posted again to the next who connects.
    run_session._post = None
    return whole


def last_beat_at(run_session: FileSession, at: float) -> bool:
    """Return whether the heartbeat that is seen is the one of that time."""
    return run_session.heartbeat is not None and run_session.heartbeat.at == at


def train(run_session: LocalSession) -> threading.Thread:
    run_session.begin()
    thread = threading.Thread(target=run_session.train)
    thread.start()
    return thread


def counted(run_session: FileSession) -> list[float]:
    """Return when a session's thread read the run, growing."""
    turns: list[float] = []
    turn = run_session._pump._turn

    def noted() -> None:
        turn()
        turns.append(time.monotonic())

    run_session._pump._turn = noted  # type: ignore[method-assign]
    return turns


def epoch(run: RunFolder, name: str, number: int) -> EpochDone:
    trial = next(trial for trial in run.document.trials if trial.name == name)
    return EpochDone(at=NOW, trial=name, metrics=metrics_of(trial, number), seconds=1.0)


def full_inbox(self: object, request: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")
