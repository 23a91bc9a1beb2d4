"""A lease that trains nothing: its metrics are a function of the trial and the epoch, like a real one's."""

from __future__ import annotations

import os
import time
import zlib

import numpy as np

from xsample_tui.core.checkpoint import decode, encode
from xsample_tui.core.lease import DataSource, LeaseOrder, LeaseResult, TrainingFailed
from xsample_tui.core.metrics import EpochMetrics
from xsample_tui.core.state import TrialState
from xsample_tui.core.stopping import initial_state
from xsample_tui.core.trial import Trial

SELECT = 1000
# Seconds an epoch takes; also read from the environment, for runs by hand.
PACE = "FAKE_LEASE_SECONDS"
FAILING = "FAKE_LEASE_FAILS"
# A file without which no epoch ends.
GATE = "FAKE_LEASE_GATE"
_held: dict[str, TrialState] = {}


def errors_of(trial: Trial, epoch: int) -> int:
    """Return a trial's validation errors: fewer epoch by epoch, and more the farther its window is off centre."""
    lot = zlib.crc32(trial.name.encode()) % 13 - 6
    off = 0 if trial.row is None or trial.col is None else abs(trial.row - 8) + abs(trial.col - 10) - 6
    return max(0, 20 + 4 * off + lot + 120 // (epoch + 1))


def metrics_of(trial: Trial, epoch: int) -> EpochMetrics:
    """Return a trial's metrics after an epoch."""
    errors = errors_of(trial, epoch)
    return EpochMetrics(
        epoch=epoch,
        loss=0.9 / epoch,
        accuracy=1 - 0.5 / (epoch + 1),
        val_loss=errors / 300,
        val_accuracy=1 - errors / SELECT,
        val_errors=errors,
    )


def run(order: LeaseOrder, source: DataSource) -> LeaseResult:
    """Train, so to speak."""
    name = order.trial.name
    state = decode(order.state) if order.state is not None else _held.get(name) if order.epoch else None
    stopping = initial_state(order.training.stopping)
    history = state.history if state is not None else ()
    seconds = state.seconds if state is not None else ()
    pace = float(os.environ.get(PACE, "0.02"))
    for _ in range(order.epochs):
        time.sleep(pace)
        gate = os.environ.get(GATE)
        while gate is not None and not os.path.exists(gate):
            time.sleep(0.01)
        if name in os.environ.get(FAILING, "").split(","):
            raise TrainingFailed("the loss is not finite")
        history = (*history, metrics_of(order.trial, len(history) + 1))
        seconds = (*seconds, pace)
    reason = "all epochs trained" if len(history) >= order.training.epochs else None
    state = TrialState(
        trial=name,
        epoch=len(history),
        weights={"w": np.zeros(3, np.float32)},
        slots={},
        stopping=stopping,
        history=history,
        seconds=seconds,
        stop_reason=reason,
    )
    _held[name] = state
    new = order.epochs or 0
    return LeaseResult(
        trial=name,
        epoch=len(history),
        metrics=history[len(history) - new :],
        seconds=seconds[len(seconds) - new :],
        stopping=stopping,
        stop_reason=reason,
        state=encode(state) if order.want_state or reason else None,
    )
