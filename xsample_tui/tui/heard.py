"""What comes through a link: one message for everything that happened since the last."""

from __future__ import annotations

from dataclasses import dataclass, field

from textual.message import Message

from ..core.eta import Estimate
from ..core.event import Event, Logged, RunState
from ..store.pulse import Pulse
from .look import Look


@dataclass(frozen=True)
class Sight:
    """What the run's controller shows from outside.

    Attributes:
        session: which of the link's sessions it belongs to; older ones are out of date.
        alive: whether a controller holds the run.
        pulse: its last heartbeat.
        state: the run's state.
        left: the time still needed.
    """

    session: int
    alive: bool
    pulse: Pulse | None
    state: RunState
    left: Estimate | None


@dataclass(frozen=True)
class Ended:
    """The controller of this process has ended; ``code`` is what the program should end with because of it.

    Attributes:
        state: how.
        code: the exit code.
        fault: why it failed.
        busy: whether another controller holds the run.
        background: pid of the process that has taken the sweep over; 0 for none.
        refusal: why none has, though one should.
    """

    state: RunState
    code: int
    fault: str = ""
    busy: bool = False
    background: int = 0
    refusal: str = ""


class Said(Logged):
    """A line of the interface's own, for the log and, where it is no good news, for a notification.

    Attributes:
        unsent: whether it says that a request is not written, so that what is shown as asked for is not.
    """

    unsent: bool = False


Item = Event | Sight | Look | Ended


class Heard(Message):
    """What came through the link since the last such message.

    Args:
        items: oldest first.
    """

    def __init__(self, items: tuple[Item, ...]) -> None:
        self.items = items
        super().__init__()


@dataclass
class Change:
    """What a message changed.

    Attributes:
        trials: names of those that changed.
        baselines: whether a baseline's history changed, and with it every gain.
        all: whether the progress was read anew.
        events: the events, for the log.
    """

    trials: set[str] = field(default_factory=set)
    baselines: bool = False
    all: bool = False
    events: list[Event] = field(default_factory=list)
