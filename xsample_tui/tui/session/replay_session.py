"""A run shown once more as it went, from what is stored of it. Nothing is written, and nobody can be asked."""

from __future__ import annotations

import time
from collections.abc import Callable

from ...core.errors import InputError
from ...core.run_state.eta import estimate
from ...core.run_state.recording import Recording, recording
from ...core.run_state.requests import Request
from ...core.run_state.run_events import EpochDone, Event
from ...core.run_state.run_progress import Progress
from ...store.control.event_log_file import stored
from ...store.control.heartbeat import Heartbeat
from ...store.run.run_folder import RunFolder
from ..theme.symbols import ViewState
from ..view_models import number_format
from .messages import ControllerStatus
from .run_snapshot import RunSnapshot
from .run_view import RunView
from .session_pump import SessionPump

# Without a given speed, a replay lasts about this many seconds.
LASTS = 60.0
_FRAME = 0.1
_RECENT = 200
_SPEEDS = tuple(factor * 10**power for power in range(5) for factor in (1, 2, 5))


class ReplaySession(RunView):
    """A recorded run: events come from the recording, at a speed that can be changed.

    Args:
        run: the run.
        speed: recorded seconds per second; None for a speed at which it lasts a minute.
        timer: gives seconds from a monotonic clock.

    Raises:
        InputError: nothing has been trained yet.
        DamagedRun: its plan cannot be read.
    """

    def __init__(
        self, run: RunFolder, speed: float | None = None, timer: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(run, time.time)
        self.recording: Recording = recording(run.progress(), stored(run.path), run.document.training_order)
        if not any(isinstance(event, EpochDone) for event in self.recording.events):
            raise InputError("run", run.name, "nothing has been trained yet, so there is nothing to replay")
        self.select = len(run.plan.split.select)
        self.speed = speed or next((s for s in _SPEEDS if self.recording.length / s <= LASTS), float(_SPEEDS[-1]))
        self.playing = True
        self.position = 0.0
        self.alive = True
        self.clock = self._now
        self._timer = timer
        self._shown_events = 0
        self._shown = Progress(run.spec, run.document.trials)
        self._jump: float | None = None
        self._since: float | None = None
        self._pump = SessionPump({"the recording": self._see}, self.say_lost, lambda: _FRAME)

    def _now(self) -> float:
        return self.recording.began + self.position

    # -- the event loop's side -----------------------------------------------------------------------------------

    @property
    def state(self) -> ViewState:
        """Whether it plays."""
        if self.position >= self.recording.length:
            return "finished"
        return "running" if self.playing else "paused"

    @property
    def elapsed(self) -> float:
        """The recorded seconds shown so far."""
        return self.position

    @property
    def banner(self) -> str:
        """What the header says of the replay."""
        how = ", timings estimated" if self.recording.estimated else ""
        return f"REPLAY ×{self.speed:g} of {number_format.clock(self.recording.length)}{how}"

    @property
    def unsent(self) -> tuple[Request, ...]:
        """None: nobody is asked."""
        return ()

    def look_after(self) -> None:
        """Nothing waits."""

    def play(self, playing: bool) -> None:
        """Play, or hold the recording where it is."""
        self.playing = playing
        self._pump.wake()

    def pace(self, steps: int) -> None:
        """Play faster, or slower with negative steps."""
        nearest = min(range(len(_SPEEDS)), key=lambda i: abs(_SPEEDS[i] - self.speed))
        self.speed = float(_SPEEDS[min(max(nearest + steps, 0), len(_SPEEDS) - 1)])

    def move(self, share: float) -> None:
        """Move forward by a share of the recording, or back if it is negative."""
        at = (self.position if self._jump is None else self._jump) + share * self.recording.length
        self._jump = min(max(at, 0.0), self.recording.length)
        self._pump.wake()

    def close(self) -> None:
        """Let :meth:`watch` end."""
        self._pump.close()

    # -- the thread's side ---------------------------------------------------------------------------------------

    def watch(self) -> None:
        """Give the events in their time until :meth:`close`."""
        self._pump.run()

    def _see(self) -> None:
        """Publish the events at their times."""
        now = self._timer()
        jump, self._jump = self._jump, None
        if self._since is None:
            self._show_from(0.0)
        elif jump is not None:
            self._show_from(jump)
        elif self.playing:
            self._play_to(min(self.position + (now - self._since) * self.speed, self.recording.length))
        self._since = now

    def _show_from(self, position: float) -> None:
        """Show the run as it was at a moment."""
        events = self.recording.events[: self.recording.until(position)]
        model = Progress(self.run.spec, self.run.document.trials)
        seen = Progress(self.run.spec, self.run.document.trials)
        for event in events:
            model.apply(event)
            seen.apply(event)
        # The snapshot's progress goes to the event loop; this thread keeps its own for the estimate.
        self._shown, self._shown_events, self.position = model, len(events), position
        self.publish(
            RunSnapshot(seen, "running", True, self._heartbeat_now(), self.select, None, tuple(events[-_RECENT:]))
        )
        self._say_sight()

    def _play_to(self, position: float) -> None:
        until = self.recording.until(position)
        news: tuple[Event, ...] = self.recording.events[self._shown_events : until]
        for event in news:
            self._shown.apply(event)
        self._shown_events, self.position = until, position
        self.publish(*news)
        self._say_sight()

    def _say_sight(self) -> None:
        left = estimate(self._shown)
        self.publish(ControllerStatus(self._session, True, self._heartbeat_now(), "running", left))

    def _heartbeat_now(self) -> Heartbeat:
        return Heartbeat(state="running", at=self._now(), pid=0, host="", active=self.position)
