"""A run whose controller, if there is one, is in another process: followed and asked through the run's folder."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from dataclasses import replace

from ...core.run_state.eta import Estimate, estimate
from ...core.run_state.requests import Action, Request
from ...core.run_state.run_events import RunState, WindowsJoined
from ...store.control.event_log_file import EventLogReader
from ...store.control.heartbeat import Heartbeat, read_heartbeat
from ...store.control.run_lock import certainly_held
from ...store.run.run_folder import RunFolder
from ...store.run_catalog import state_of
from .messages import ControllerStatus, RequestsWaiting
from .request_outbox import RequestOutbox
from .run_snapshot import read_snapshot
from .run_view import RunView
from .session_pump import USUAL_TIMES, SessionPump, SessionTimes

# An unreadable trial is read again at increasing intervals, up to this many seconds.
_DOUBTED_AGAIN = 10.0


def sender() -> str:
    """Return what a run's log calls this interface: several may steer the same run."""
    try:
        return f"terminal interface on {os.ttyname(0).removeprefix('/dev/')}"
    except OSError:
        return "terminal interface"


class FileSession(RunView):
    """One run, read from its folder; requests are left in its inbox.

    Args:
        run: the run.
        clock: gives Unix time in seconds.
        times: how long it waits for what.
    """

    def __init__(
        self, run: RunFolder, clock: Callable[[], float] = time.time, times: SessionTimes = USUAL_TIMES
    ) -> None:
        super().__init__(run, clock)
        self._times = times
        # Shared with the threads.
        self._estimated: tuple[object, ...] = ()
        self._left_behind: RunState | None = None
        self._reader: EventLogReader | None = None
        self._last: ControllerStatus | None = None
        self._doubtful, self._doubted, self._look_again_at = "", 0.0, math.inf
        self._damaged = ""
        self._asked: dict[str, Action] = {}
        self._outbox = RequestOutbox(run.path, self.say, times.late)
        self._pump = SessionPump(
            {"the run's folder": self._follow, "requests": self._carry}, self.say_lost, self._pause, times
        )

    # -- the event loop's side -----------------------------------------------------------------------------------

    def send(self, action: Action, *trials: str, jobs: int | None = None) -> None:
        """Leave a request for the controller."""
        if self.alive:
            self.expect(action)
        self._outbox.add(Request(action=action, trials=trials, jobs=jobs, sender=sender()))
        self._pump.wake()

    def withdraw(self, *trials: str) -> None:
        """Take back what was asked for trials and is not done yet."""
        if self.working or self.alive:
            self.send("retry", *trials)
            return
        self._outbox.withdraw(trials)
        self._pump.wake()

    @property
    def unsent(self) -> tuple[Request, ...]:
        """Requests that are not written yet."""
        return self._outbox.waiting

    def look_after(self) -> None:
        """Say what is not written, or not answered, for long."""
        self._outbox.report_delays()
        since = self.requested_since
        if since is not None and self.timer() - since > self._times.late and not self._outbox.waiting:
            self.say("error", f"{self.requested} is not answered yet: the controller has not responded", unsent=True)

    def close(self) -> None:
        """Let :meth:`watch` end, once what was asked for is written."""
        self._pump.close()

    # -- the thread's side ---------------------------------------------------------------------------------------

    def watch(self) -> None:
        """Read the folder, then follow the controller and carry requests until :meth:`close`.

        Whatever goes wrong meanwhile is said once and tried again, after a moment, until it works.
        """
        self._pump.run()

    def _pause(self) -> float:
        """Return the seconds from one reading to the next."""
        return self._times.poll

    def _read_heartbeat(self) -> Heartbeat | None:
        return read_heartbeat(self.run.path)

    def _carry(self) -> None:
        self._outbox.carry()

    @property
    def _own(self) -> bool:
        """Whether the controller is in this process, so that events need not be read."""
        return False

    def _follow(self) -> None:
        try:
            self._see()
        except Exception:
            # Events may have been missed meanwhile, so the records count.
            self._reader = None
            raise

    def _see(self) -> None:
        last = self._last
        sight = self._sight(last.left if last else None)
        self._heartbeat_watch.check(sight.heartbeat, alive=sight.alive)
        if self._own:
            self._reader = None
        elif (
            self._reader is None
            or (last is not None and last.alive != sight.alive)
            or time.monotonic() > self._look_again_at
        ):
            # A controller started or ended: the records count, whatever the events said.
            self._look()
            if not sight.alive and self._left_behind is not None:
                sight = replace(sight, state=self._left_behind)
        elif sight.alive:
            self.publish(*(news := self._reader.read()))
            if any(isinstance(event, WindowsJoined) for event in news):
                self._look()
        if sight != last:
            self._last = sight
            self.publish(sight)
        # Without a controller requests wait in the folder.
        taken = dict(sight.heartbeat.asked) if sight.heartbeat is not None else {}
        asked = taken if sight.alive else self._outbox.asked()
        if asked != self._asked:
            self._asked = asked
            self.publish(RequestsWaiting(asked))

    def _look(self) -> None:
        self._left_behind = self._reader = None
        # Windows may have joined, or another process has extended it.
        self.run.reread()
        found = read_snapshot(self.run)
        doubtful = found.progress.doubtful
        if doubtful and doubtful != self._doubtful:
            self.say("warning", f"{doubtful}; it is read again until that works")
        if found.progress.damaged and found.progress.damaged != self._damaged:
            self.say("warning", found.progress.damaged)
        self._doubtful, self._damaged = doubtful, found.progress.damaged
        self._doubted = min(2 * self._doubted or self._times.poll, _DOUBTED_AGAIN) if doubtful else 0.0
        self._look_again_at = time.monotonic() + self._doubted if doubtful else math.inf
        self._left_behind, self._reader = found.state, found.reader
        self.publish(found)

    def _sight(self, left: Estimate | None) -> ControllerStatus:
        session_now = self._session
        alive = self._own or certainly_held(self.run.path)
        heartbeat = self._read_heartbeat()
        if alive:
            state: RunState = heartbeat.state if heartbeat else "starting"
        else:
            # The model lags behind the files: it would show a just finished sweep as stopped for a moment.
            state = self._left_behind or state_of(self.run, self.progress, heartbeat)
        # With hundreds of thousands of epochs an estimate is slow, so it is made here and not in the event loop.
        basis = (self.progress, self.progress.version, heartbeat.at if heartbeat else 0.0)
        if basis != self._estimated:
            workers = len(heartbeat.workers) if heartbeat and alive else None
            self._estimated, left = basis, estimate(self.progress, workers)
        return ControllerStatus(session_now, alive, heartbeat, state, left)
