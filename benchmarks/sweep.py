"""A sweep of 400 windows that nobody trains: its run, and what its controller would tell of it."""

from __future__ import annotations

import os
import time
from pathlib import Path

from xsample_tui.core.run_state.run_events import EpochDone
from xsample_tui.core.training.epoch_metrics import EpochMetrics
from xsample_tui.store.control.heartbeat import Heartbeat, write_heartbeat
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.run_setup import lay_out, new_spec


def laid_out(runs: Path, name: str, epochs: int) -> RunFolder:
    """Return a run of the demo digits with a window at every place."""
    windows = {"stride": 1, "height": 9, "width": 9}
    return lay_out(runs, new_spec(runs, "quick", name=name, windows=windows, training={"epochs": epochs}))


def beat(run: RunFolder) -> None:
    """Write a controller's heartbeat."""
    fields = {"state": "running", "at": time.time(), "pid": os.getpid(), "host": "h", "active": 60.0}
    write_heartbeat(run.path, Heartbeat.model_validate(fields | {"running": {}, "queue": ()}))


def epoch_done(name: str, epoch: int, more: int) -> EpochDone:
    """Return a trial's epoch, better with each; ``more`` errors tell trials apart."""
    errors = 30 + 200 // epoch + more
    metrics = EpochMetrics(
        epoch=epoch,
        loss=1 / epoch,
        accuracy=1 - 0.5 / (epoch + 1),
        val_loss=errors / 300,
        val_accuracy=1 - errors / 1000,
        val_errors=errors,
    )
    return EpochDone(at=time.time(), trial=name, metrics=metrics, seconds=2.0)
