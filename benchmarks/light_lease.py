"""A lease that trains nothing but lasts as long as one and brings back a checkpoint of the real size.

The environment says how: ``LIGHT_SECONDS`` a lease lasts, ``LIGHT_BYTES`` of arrays in a state before the end; a
finished one has a third of that, as it drops the optimizer's two slots a weight.
"""

from __future__ import annotations

import hashlib
import io
import os
import time
from functools import cache

import numpy as np

from xsample_tui.core.training.checkpoint_format import record_of
from xsample_tui.core.training.early_stopping import initial_state
from xsample_tui.core.training.epoch_metrics import EpochMetrics
from xsample_tui.core.training.lease import AfterEpoch, DataSource, LeaseOrder, LeaseResult
from xsample_tui.core.training.trial_state import TrialState


@cache
def _arrays(size: int) -> tuple[bytes, str]:
    """Return an ``.npz`` of a size in bytes, and its SHA-256: made once, so that the crowd stays light."""
    buffer = io.BytesIO()
    weights = np.random.default_rng(0).random(size // 4, np.float32)
    np.savez(buffer, allow_pickle=False, **{"weights/w": weights})
    return buffer.getvalue(), hashlib.sha256(buffer.getvalue()).hexdigest()


def run(order: LeaseOrder, source: DataSource, after: AfterEpoch | None = None) -> LeaseResult:
    """Wait, and return a state."""
    seconds, size = float(os.environ["LIGHT_SECONDS"]), int(os.environ["LIGHT_BYTES"])
    time.sleep(seconds)
    epoch = order.epoch + 1
    metrics = EpochMetrics(epoch=epoch, loss=1.0, accuracy=0.5, val_loss=1.0, val_accuracy=0.5, val_errors=1)
    if after is not None:
        after(metrics, seconds)
    reason = f"all {epoch} epochs" if epoch >= order.training.epochs else None
    arrays, digest = _arrays(size // 3 if reason else size)
    state = TrialState(
        trial=order.trial.name,
        epoch=epoch,
        weights={},
        slots={},
        stopping=initial_state(order.training.stopping),
        history=(metrics,) * epoch,
        seconds=(seconds,) * epoch,
        stop_reason=reason,
    )
    record = record_of(state).model_dump_json().encode()
    sums = (hashlib.sha256(record).hexdigest(), digest)
    header = f"xsample-checkpoint 1 {sums[0]} {sums[1]} {len(record)} {len(arrays)}\n".encode()
    data = header + record + arrays
    return LeaseResult(order.trial.name, epoch, (metrics,), (seconds,), state.stopping, reason, data)
