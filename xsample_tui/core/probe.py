"""The probe: a short measurement of training, as it is ordered from a worker and as it comes back."""

from __future__ import annotations

from dataclasses import dataclass

from .mask import Mask
from .network import Network
from .spec import Training


@dataclass(frozen=True)
class ProbeOrder:
    """What is to be measured.

    Attributes:
        network, training: of the drafted sweep.
        masks: (height, width) bool each; one for each kind of trial.
        pictures: how many are trained on in one measurement; they are made up.
        rounds: measurements of each mask.
        threads: threads for TensorFlow in the worker.
    """

    network: Network
    training: Training
    masks: tuple[Mask, ...]
    pictures: int
    rounds: int
    threads: int


@dataclass(frozen=True)
class ProbeResult:
    """What was measured, an entry a mask.

    Attributes:
        training: seconds a picture of each round.
        evaluation: seconds a picture, likewise.
        tracing: seconds that the first round took beyond the others.
        starting: seconds until the first round could begin, in the worker.
    """

    training: tuple[tuple[float, ...], ...]
    evaluation: tuple[tuple[float, ...], ...]
    tracing: tuple[float, ...]
    starting: float
