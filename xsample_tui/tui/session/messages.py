"""Defines the messages that a run sends to its screens: each holds everything since the last one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.message import Message

from ...core.maps.smoothed_map import SmoothedMap
from ...core.run_state.eta import Estimate
from ...core.run_state.requests import Action
from ...core.run_state.run_events import Event, Logged, RunState
from ...core.run_state.run_progress import Progress
from ...store.control.heartbeat import Heartbeat
from ..view_models.trial_significance import BaselineTest, Verdict
from .run_snapshot import RunSnapshot

if TYPE_CHECKING:
    from ...stacking.findings.window_judgement import WindowJudgement


@dataclass(frozen=True)
class ControllerStatus:
    """The status of the run's controller as seen from outside.

    Attributes:
        session: the number of this process's training to which it belongs; older ones are outdated.
        alive: whether a controller holds the run.
        heartbeat: its last heartbeat.
        state: the run's state.
        left: the time left.
    """

    session: int
    alive: bool
    heartbeat: Heartbeat | None
    state: RunState
    left: Estimate | None


@dataclass(frozen=True)
class ControllerEnded:
    """The controller of this process has ended.

    Attributes:
        state: the run's state afterwards.
        code: the exit code that the program should use.
        fault: why it failed.
        busy: whether another controller holds the run.
        background: pid of the process that continues the sweep; 0 for none.
        refusal: why no process continues it, although one should.
        overdue: the deadline that stopped it, as Unix time in seconds; 0 where none did.
    """

    state: RunState
    code: int
    fault: str = ""
    busy: bool = False
    background: int = 0
    refusal: str = ""
    overdue: float = 0.0


@dataclass(frozen=True)
class RequestsWaiting:
    """What is asked for trials and not done yet.

    Attributes:
        actions: by the trial's name; where nobody trains the run, done when it is resumed.
    """

    actions: Mapping[str, Action]


class InterfaceNote(Logged):
    """A message of the interface itself, for the log and, if it is a warning or an error, for a notification.

    Attributes:
        unsent: whether it says that a request is not written, so that its effect must not be shown yet.
    """

    unsent: bool = False


class SessionLost(InterfaceNote):
    """The run cannot be followed for now; that is tried again until it works."""


@dataclass(frozen=True)
class ModelShared:
    """This process's controller has begun; from now on the trials that it knows are shown, not a second copy.

    Attributes:
        progress: the controller's own, which its thread changes.
    """

    progress: Progress


Item = Event | ControllerStatus | RunSnapshot | ModelShared | ControllerEnded | RequestsWaiting


class RunJudged(Message):
    """The windows of a finished run are judged, over seeds and over images.

    Args:
        baseline_test: the baseline test of that run.
        standings: the significance of each window's gain.
        smoothed: the smoothed map; None if there is none.
        too_few: that there are too few baselines for a correction; empty where there are not.
        judged: the windows, best first.
    """

    def __init__(
        self,
        baseline_test: BaselineTest,
        standings: dict[str, Verdict],
        smoothed: SmoothedMap | None,
        too_few: str = "",
        judged: Sequence[WindowJudgement] = (),
    ) -> None:
        self.baseline_test = baseline_test
        self.standings = standings
        self.smoothed = smoothed
        self.too_few = too_few
        self.judged = judged
        super().__init__()


class RunUpdated(Message, bubble=False):
    """What came from a session since the last such message was taken; what comes until this one is, is added to it.

    Args:
        items: oldest first; the message owns the list.
    """

    def __init__(self, items: list[Item]) -> None:
        self.items = items
        super().__init__()


@dataclass
class Change:
    """What an update changed.

    Attributes:
        trials: names of those that changed.
        baselines: whether a baseline's history changed, and with it every gain.
        all: whether the whole progress was read again.
        events: the events, for the log.
        ended: how this process's controller ended, where it did.
    """

    trials: set[str] = field(default_factory=set)
    baselines: bool = False
    all: bool = False
    events: list[Event] = field(default_factory=list)
    ended: ControllerEnded | None = None
