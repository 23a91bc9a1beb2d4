"""The pulse: a controller's state and heartbeat, as a small file that viewers read."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ..core.event import RunState
from . import atomic


class Pulse(BaseModel):
    """What a controller says of itself about once a second.

    Attributes:
        state: the sweep's state.
        at: Unix time of this heartbeat.
        pid, host: of the controller.
        active: seconds the sweep has been worked on in all its sessions, pauses left out.
        running: trial names by worker.
        queue: pending trials, next first.
        epoch_at: Unix time at which the last epoch of this session ended; 0 before the first.
        longest: seconds of the longest epoch of this session.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: RunState
    at: float
    pid: int
    host: str
    active: float
    running: dict[int, str] = {}
    queue: tuple[str, ...] = ()
    epoch_at: float = 0.0
    longest: float = 0.0


def write_pulse(folder: Path, pulse: Pulse) -> None:
    """Write the pulse.

    Raises:
        OSError: it cannot be written.
    """
    atomic.write(folder / "pulse.json", pulse.model_dump_json().encode())


def read_pulse(folder: Path) -> Pulse | None:
    """Return the newest pulse; None if there is none, or none that can be read."""
    try:
        return Pulse.model_validate_json((folder / "pulse.json").read_bytes())
    except (OSError, ValidationError):
        return None
