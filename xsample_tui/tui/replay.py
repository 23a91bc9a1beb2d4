"""The replay: a run shown once more as it went, from what is stored of it. It writes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType

from ..core.errors import InputError
from ..core.eta import estimate
from ..core.event import EpochDone, Event
from ..core.progress import Progress
from ..core.recording import Recording, recording
from ..core.request import Action
from ..store.feed import stored
from ..store.folder import RunFolder
from ..store.pulse import Pulse
from . import figure
from .glyph import ViewState
from .heard import Sight
from .link import Link
from .look import Look
from .sweep import SweepScreen

# A replay whose speed is not given lasts about this many seconds.
LASTS = 60.0
_FRAME = 0.1
_STEP = 0.05
_RECENT = 200
_SPEEDS = tuple(factor * 10**power for power in range(5) for factor in (1, 2, 5))


class ReplayLink(Link):
    """A link to the past: events come from the recording, at a speed that can be changed, and requests go nowhere.

    Args:
        run: the run.
        speed: recorded seconds a second; None for one that makes it last a minute.
        timer: gives seconds that pass.

    Raises:
        InputError: nothing has been trained yet.
        DamagedRun: its plan cannot be read.
    """

    def __init__(
        self, run: RunFolder, speed: float | None = None, timer: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(run)
        self.recording: Recording = recording(run.progress(), stored(run.path))
        if not any(isinstance(event, EpochDone) for event in self.recording.events):
            raise InputError("run", run.name, "nothing has been trained yet, so there is nothing to replay")
        self.select = len(run.plan.split.select)
        self.speed = speed or next((s for s in _SPEEDS if self.recording.length / s <= LASTS), float(_SPEEDS[-1]))
        self.playing = True
        self.position = 0.0
        self.alive = True
        self.clock = self._now
        self._timer = timer
        self._told = 0
        self._told_of = Progress(run.spec, run.document.trials)
        self._jump: float | None = None
        self._since: float | None = None
        self._beat = _FRAME

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
        """Recorded seconds that have been shown."""
        return self.position

    @property
    def banner(self) -> str:
        """What the header says of the replay."""
        how = ", times reckoned from the epochs" if self.recording.reckoned else ""
        return f"REPLAY ×{self.speed:g} of {figure.clock(self.recording.length)}{how}: nothing is trained"

    def ask(self, action: Action, *trials: str) -> None:
        """Pause and go on; a run that is over takes no other request."""
        if action in ("pause", "unpause"):
            self.playing = action == "unpause"
            self._wake.set()

    def pace(self, steps: int) -> None:
        """Play faster, or slower with negative steps."""
        nearest = min(range(len(_SPEEDS)), key=lambda i: abs(_SPEEDS[i] - self.speed))
        self.speed = float(_SPEEDS[min(max(nearest + steps, 0), len(_SPEEDS) - 1)])

    def move(self, share: float) -> None:
        """Go forward by a share of the whole, or back with a negative one."""
        at = (self.position if self._jump is None else self._jump) + share * self.recording.length
        self._jump = min(max(at, 0.0), self.recording.length)
        self._wake.set()

    def train(self, *, allow_drift: bool = False) -> None:
        """Never: the past is not trained."""

    # -- the thread's side ---------------------------------------------------------------------------------------

    def _see(self) -> None:
        """Tell the events in their time."""
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
        told = Progress(self.run.spec, self.run.document.trials)
        seen = Progress(self.run.spec, self.run.document.trials)
        for event in events:
            told.apply(event)
            seen.apply(event)
        # The look's progress becomes the event loop's; this thread keeps one of its own for the estimate.
        self._told_of, self._told, self.position = told, len(events), position
        self._items.append(
            Look(seen, "running", True, self._pulse_now(), self.select, None, tuple(events[-_RECENT:]))
        )
        self._say_sight()

    def _play_to(self, position: float) -> None:
        until = self.recording.until(position)
        news: tuple[Event, ...] = self.recording.events[self._told : until]
        for event in news:
            self._told_of.apply(event)
        self._told, self.position = until, position
        self._items.extend(news)
        self._say_sight()

    def _say_sight(self) -> None:
        left = estimate(self._told_of)
        self._items.append(Sight(self._session, True, self._pulse_now(), "running", left))

    def _pulse_now(self) -> Pulse:
        return Pulse(state="running", at=self._now(), pid=0, host="", active=self.position)


class ReplayScreen(SweepScreen):
    """The sweep screen on a recording: what steers training steers time instead.

    Args:
        link: the recording's link.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("greater_than_sign", "pace(1)", "Faster", key_display=">", tooltip="play faster", id="replay.faster"),
        Binding("less_than_sign", "pace(-1)", "Slower", key_display="<", tooltip="play slower", id="replay.slower"),
        Binding(
            "full_stop",
            "move(1)",
            "Ahead",
            key_display=".",
            tooltip="go ahead by a twentieth of the whole",
            id="replay.ahead",
        ),
        Binding(
            "comma",
            "move(-1)",
            "Back",
            key_display=",",
            tooltip="go back by a twentieth of the whole",
            id="replay.back",
        ),
    ]

    def __init__(self, link: ReplayLink) -> None:
        super().__init__(link)
        self._past = link

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave out what would change the run."""
        if action in ("trial", "stop", "stack", "pace", "move"):
            return action in ("pace", "move")
        return super().check_action(action, parameters)

    def action_pace(self, steps: int) -> None:
        """Play faster or slower."""
        self._past.pace(steps)
        self.show_state()

    def action_move(self, steps: int) -> None:
        """Go ahead or back."""
        self._past.move(steps * _STEP)
