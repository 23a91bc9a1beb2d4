"""The state of a trial between two leases: all its next epoch depends on, and all it has measured."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..networks.network import Weights
from .early_stopping import StoppingState
from .epoch_metrics import METRICS, EpochMetrics


@dataclass(frozen=True)
class TrialState:
    """A trial after ``epoch`` epochs.

    Attributes:
        trial: the trial's name.
        epoch: epochs trained, 0 at the start.
        weights: parameters by name (:meth:`Network.parameter_shapes`), float32.
        slots: the optimizer's variables by name, its step count among them; empty once finished, unless the spec
            keeps them.
        best: the weights a stopping rule holds best, by name; empty where no rule keeps them.
        stopping: the stopping rule's memory.
        history: one entry an epoch.
        seconds: wall time of each epoch, in seconds; not part of :meth:`digest`.
        stop_reason: why the trial is finished; None while it is not.
        softmax: split name (``select``, ``test``) to (n, classes) float32, once finished.
        carried: the article's leaked stopping state this trial began with; None for all other rules.
        drifted: names the fingerprint differences that were waved through, if any.
    """

    trial: str
    epoch: int
    weights: Weights
    slots: dict[str, NDArray[np.generic]]
    stopping: StoppingState
    best: Weights = field(default_factory=dict)
    history: tuple[EpochMetrics, ...] = ()
    seconds: tuple[float, ...] = ()
    stop_reason: str | None = None
    softmax: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    carried: StoppingState | None = None
    drifted: tuple[str, ...] = ()

    @property
    def finished(self) -> bool:
        """Whether the trial is at its end."""
        return self.stop_reason is not None

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return every array under ``part/name``."""
        parts: dict[str, Mapping[str, NDArray[np.generic]]]
        parts = {"weights": self.weights, "slots": self.slots, "best": self.best, "softmax": self.softmax}
        return {f"{part}/{name}": array for part, arrays in parts.items() for name, array in arrays.items()}

    def digest(self) -> str:
        """SHA-256 over all that training determines (arrays, history, stopping), but not over wall times."""
        state = hashlib.sha256(f"{self.trial}|{self.epoch}|{self.stop_reason}|".encode())
        state.update(self.stopping.model_dump_json().encode())
        for metrics in self.history:
            state.update(METRICS.dump_json(metrics))
        for name, array in sorted(self.arrays().items()):
            state.update(f"|{name}:{array.dtype.str}:{array.shape}|".encode())
            state.update(np.ascontiguousarray(array).data)
        return state.hexdigest()
