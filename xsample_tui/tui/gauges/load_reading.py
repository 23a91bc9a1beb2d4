"""One reading of the machine that trains."""

from __future__ import annotations

from dataclasses import dataclass

from ...sweep.machine.machine_load import MachineLoad


@dataclass(frozen=True)
class Reading:
    """One reading.

    Attributes:
        load: the machine's.
        rate: images a second of all workers that train.
    """

    load: MachineLoad
    rate: float
