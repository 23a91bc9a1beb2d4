"""The catalog: which runs there are in a runs folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..core.errors import XSampleError
from ..core.event import RunState
from ..core.progress import Progress
from .folder import RunFolder
from .owner import held
from .pulse import Pulse, read_pulse


@dataclass(frozen=True)
class RunSummary:
    """One run of a runs folder.

    Attributes:
        name: the run's name.
        state: what its controller is doing; ``crashed`` where it ended without saying so.
        progress: what is known of its trials; None where the run cannot be read.
        pulse: its controller's last heartbeat.
        created: Unix time in seconds; 0 where the run cannot be read.
        problem: why it cannot be read.
    """

    name: str
    state: RunState
    progress: Progress | None
    pulse: Pulse | None
    created: float
    problem: str = ""


def state_of(run: RunFolder, progress: Progress, pulse: Pulse | None) -> RunState:
    """Return a run's state as seen from outside: the controller's word while it lives, else what its files show."""
    if held(run.path):
        return pulse.state if pulse else "starting"
    counts = progress.counts()
    if counts["pending"] + counts["paused"] + counts["running"] == 0:
        return "finished"
    return "stopped" if pulse is None or pulse.state in ("stopped", "finished") else "crashed"


def summary(run: RunFolder) -> RunSummary:
    """Return a run's summary."""
    progress = run.progress()
    pulse = read_pulse(run.path)
    progress.state = state_of(run, progress, pulse)
    return RunSummary(run.name, progress.state, progress, pulse, run.document.created)


def catalog(runs: Path) -> list[RunSummary]:
    """Return the runs of a folder, newest first; what looks like a run but cannot be read is listed with why."""
    found = []
    for path in sorted(runs.iterdir()) if runs.is_dir() else []:
        if path.name.startswith(".") or not (path / "spec.json").exists():
            continue
        try:
            found.append(summary(RunFolder.open(runs, path.name)))
        except XSampleError as error:
            found.append(RunSummary(path.name, "crashed", None, None, 0.0, str(error)))
    return sorted(found, key=lambda run: -run.created)
