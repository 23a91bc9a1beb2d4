"""The heartbeat: the controller's state in a small file, rewritten regularly for viewers."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from ...core.run_state.requests import Action
from ...core.run_state.run_events import RunState
from ...core.run_state.unix_time import Finite, UnixTime
from ...core.scout.scout_progress import ScoutProgress
from ...core.training.lease_stage import Stage
from ..files import atomic_write

WorkerState = Literal["starting", "idle", "training", "silent", "leaving"]


class WorkerStatus(BaseModel):
    """What a controller sees of one worker.

    Attributes:
        slot: its number.
        name, host: what it is called, and the machine it is on.
        state: ``starting`` before its first sign of life, ``idle`` without a trial, ``training``, ``silent``: no sign
            of life for a while, or ``leaving``: it is given up once its epoch is committed.
        trial: the trial it has.
        rate: images a second in the trial's last epoch, measuring included; None before the first.
        silence: seconds since its last sign of life.
        stage: what it is doing with the trial; empty where it does not say.
        share: of the epoch that is trained, 0..1.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    slot: int
    name: str
    host: str
    state: WorkerState
    trial: str | None = None
    rate: Finite | None = None
    silence: Finite = 0.0
    stage: Stage = ""
    share: Finite = 0.0

    @property
    def rate_now(self) -> float | None:
        """Its rate; None where none is known, or where it is silent: the last rate says nothing of that."""
        return None if self.state == "silent" else self.rate


class Heartbeat(BaseModel):
    """What a controller says of itself about once a second.

    Attributes:
        state: the sweep's state.
        at: Unix time of this heartbeat.
        pid, host: of the controller.
        kernel: the boot id of the kernel it runs on; empty where the system has none, and in runs of 0.1.0.
        active: seconds the sweep has been worked on in all its sessions, pauses left out.
        running: trial names by worker.
        queue: pending trials, next first.
        epoch_at: Unix time at which the last epoch of this session ended; 0 before the first.
        longest: seconds of the longest epoch of this session.
        workers: by number.
        stalled: whether trials are to be trained but no worker gives a sign of life.
        dashboard: address of the cluster's own page; empty where there is none.
        until: Unix time of the session's deadline; 0 where it has none.
        asked: what was asked for trials and is not done yet, by their names.
        scout: how far the scout is that trials wait for; None where they wait for none.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: RunState
    at: UnixTime
    pid: int
    host: str
    active: Finite
    running: dict[int, str] = {}
    queue: tuple[str, ...] = ()
    epoch_at: UnixTime = 0.0
    longest: Finite = 0.0
    workers: tuple[WorkerStatus, ...] = ()
    stalled: bool = False
    dashboard: str = ""
    kernel: str = ""

    @property
    def training(self) -> tuple[WorkerStatus, ...]:
        """The workers that have a trial and live."""
        return tuple(worker for worker in self.workers if worker.state == "training")

    @property
    def rate(self) -> float:
        """Images a second of all workers that train."""
        return sum(worker.rate or 0.0 for worker in self.training)

    until: UnixTime = 0.0
    asked: dict[str, Action] = {}
    scout: ScoutProgress | None = None


def write_heartbeat(folder: Path, heartbeat: Heartbeat) -> None:
    """Write the heartbeat. Only the last of a session is made durable: each second there is another.

    Raises:
        OSError: it cannot be written.
    """
    last = heartbeat.state in ("stopped", "finished")
    atomic_write.write(folder / "pulse.json", heartbeat.model_dump_json().encode(), durable=last)


def read_heartbeat(folder: Path) -> Heartbeat | None:
    """Return the newest heartbeat; None if there is none, or none that can be read."""
    try:
        return Heartbeat.model_validate_json((folder / "pulse.json").read_bytes())
    except (OSError, ValidationError):
        return None
