"""What happens in a sweep: the events that ``on_event`` of :meth:`Sweep.run` receives.

Each is a frozen value with ``at``, Unix time in seconds. Match them by class::

    def on_event(event):
        match event:
            case events.EpochDone():
                print(event.trial, event.metrics.val_accuracy)
"""

from __future__ import annotations

from .core.run_state.run_events import (
    EpochDone,
    Event,
    Logged,
    QueueChanged,
    RunChanged,
    ScoutEnded,
    TrialChanged,
    WindowsJoined,
)
from .core.training.epoch_metrics import EpochMetrics

__all__ = [
    "EpochDone",
    "EpochMetrics",
    "Event",
    "Logged",
    "QueueChanged",
    "RunChanged",
    "ScoutEnded",
    "TrialChanged",
    "WindowsJoined",
]
