"""The events that a sweep's controller publishes, in memory and as lines of ``events.jsonl``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from ..scout.scout_estimate import ScoutEstimate
from ..training.epoch_metrics import EpochMetrics
from ..training.trial_plan import Trial
from .unix_time import Finite, UnixTime

RunState = Literal["starting", "running", "pausing", "paused", "stopping", "stopped", "finished", "crashed"]
TrialStatus = Literal["pending", "running", "paused", "parked", "done", "failed", "skipped"]
Level = Literal["info", "warning", "error"]


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    at: UnixTime


class RunChanged(_Event):
    """The whole sweep's state changed. ``at`` of every event is Unix time in seconds."""

    type: Literal["run"] = "run"
    state: RunState


class TrialChanged(_Event):
    """A trial's status changed; ``message`` says why it failed, or why it is done."""

    type: Literal["trial"] = "trial"
    trial: str
    status: TrialStatus
    message: str = ""
    slot: int | None = None


class EpochDone(_Event):
    """A trial finished an epoch, which took ``seconds`` of wall time."""

    type: Literal["epoch"] = "epoch"
    trial: str
    metrics: EpochMetrics
    seconds: Finite


class QueueChanged(_Event):
    """The order in which pending trials will run changed: the names, next first."""

    type: Literal["queue"] = "queue"
    order: tuple[str, ...]


class ScoutEnded(_Event):
    """The scout's estimate of the windows is there, before they are trained."""

    type: Literal["scout"] = "scout"
    estimate: ScoutEstimate


class WindowsJoined(_Event):
    """Windows join the run's others at a rung of successive halving: the neighbours of those that go on."""

    type: Literal["joined"] = "joined"
    trials: tuple[Trial, ...]


class Logged(_Event):
    """A line for the log."""

    type: Literal["log"] = "log"
    level: Level
    text: str


Event = Annotated[
    RunChanged | TrialChanged | EpochDone | QueueChanged | ScoutEnded | WindowsJoined | Logged,
    Field(discriminator="type"),
]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
