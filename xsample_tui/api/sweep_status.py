"""How far a sweep is: a value that does not change once it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..core.run_state.run_events import RunState
from ..services.run_status import status_facts
from ..store.run.run_folder import RunFolder
from ..store.run_catalog import summary
from .deprecated_names import warn_renamed


@dataclass(frozen=True, eq=False)
class SweepStatus:
    """How far a sweep was when it was read; :meth:`Sweep.refresh` reads it again.

    Attributes:
        state: ``stopped``, ``running``, ``paused``, ``finished``, ..., whoever trains it.
        trials: how many there are.
        done, running, failed, pending, parked: how many are trained to their end, are being trained, have failed,
            wait, and are parked by successive halving.
        fraction_done: 0 to 1, by epochs.
        seconds_left: about how long it will take, in seconds; None while unknown.
        problem: why something of it cannot be read; empty where everything can.
    """

    state: RunState
    trials: int
    done: int
    running: int
    failed: int
    pending: int
    parked: int
    fraction_done: float
    seconds_left: float | None
    problem: str
    _facts: dict[str, Any] = field(repr=False)
    _latest: Callable[[], SweepStatus] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return everything that ``xsample-tui status --json`` prints of the sweep itself, without its trials."""
        return dict(self._facts)

    def __str__(self) -> str:
        return self.state

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            # 0.1.0 had the state alone here, read at every access.
            warn_renamed("comparing Sweep.status with a text", "Sweep.refresh().state")
            return self._latest().state == other
        return isinstance(other, SweepStatus) and self._facts == other._facts

    def __hash__(self) -> int:
        return hash((self.state, self.trials, self.done, self.failed))


def read_status(run: RunFolder) -> SweepStatus:
    """Return how far a run is.

    Raises:
        OSError: its files cannot be read.
    """
    found = summary(run)
    assert found.progress is not None
    facts = status_facts(found)
    counts = facts["counts"]
    return SweepStatus(
        state=found.state,
        trials=len(found.progress.trials),
        done=counts["done"],
        running=counts["running"],
        failed=counts["failed"],
        pending=counts["pending"],
        parked=counts["parked"],
        fraction_done=facts["fraction_done"],
        seconds_left=facts["seconds_left"],
        problem=facts["problem"] or "",
        _facts=facts,
        _latest=lambda: read_status(run),
    )
