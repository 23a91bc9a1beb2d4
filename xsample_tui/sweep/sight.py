"""What is seen of the workers: for the pulse, and through it for whoever watches."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ..store.pulse import WorkerSight
from .assignment import Assignment

# A local worker gives a sign of life each second, one of a cluster every half second to six.
SILENT_AFTER = 15.0


def sight(assignment: Assignment, pictures: int) -> WorkerSight:
    """Return what is seen of one worker.

    Args:
        assignment: what the controller knows of its slot.
        pictures: that are trained on in an epoch.
    """
    slot, busy = assignment.slot, assignment.future is not None
    silence = slot.silence() if busy or slot.heeds else 0.0
    rate = pictures / assignment.epoch_seconds if assignment.epoch_seconds else None
    silent = silence > SILENT_AFTER
    return WorkerSight(
        slot=assignment.number,
        name=slot.name or f"worker-{assignment.number}",
        host=slot.host,
        state="silent" if silent else "training" if busy else "idle",
        trial=assignment.trial,
        rate=rate if assignment.trial is not None else None,
        silence=round(silence, 1),
    )


class Lull:
    """Notices when nobody works although there is work."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def lasts(self, assignments: Sequence[Assignment]) -> bool:
        """Return whether for a while there was no worker, or none of those that train gave a sign of life."""
        busy = [a.slot for a in assignments if a.future is not None]
        if assignments:
            self._since = time.monotonic()
        if busy:
            return all(slot.silence() > SILENT_AFTER for slot in busy)
        return time.monotonic() - self._since > SILENT_AFTER
