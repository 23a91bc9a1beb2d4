"""A timing probe: the order to measure training for a moment, and its result."""

from __future__ import annotations

from dataclasses import dataclass

from ..masks.mask_kinds import Mask
from ..networks.keras_network import TrainedNetwork
from .sweep_spec import Training


@dataclass(frozen=True)
class ProbeOrder:
    """What is to be measured.

    Attributes:
        network, training: of the drafted sweep.
        masks: (height, width) bool each; one for each kind of trial.
        images: how many are trained on in one measurement; they are made up.
        rounds: measurements of each mask.
        threads: threads for TensorFlow in the worker.
    """

    network: TrainedNetwork
    training: Training
    masks: tuple[Mask, ...]
    images: int
    rounds: int
    threads: int


@dataclass(frozen=True)
class ProbeResult:
    """What was measured, an entry a mask.

    Attributes:
        training: seconds an image of each round.
        evaluation: seconds an image, likewise.
        tracing: seconds that the first round took beyond the others.
        starting: seconds until the first round could begin, in the worker.
    """

    training: tuple[tuple[float, ...], ...]
    evaluation: tuple[tuple[float, ...], ...]
    tracing: tuple[float, ...]
    starting: float
