"""A trained model, or a blend of several, as plain values from which a file of it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..masks.mask_kinds import Mask
from .keras_network import TrainedNetwork
from .network import Weights

PoolingKind = Literal["mean", "geometric", "vote", "logistic"]
FileFormat = Literal["keras", "onnx"]


@dataclass(frozen=True, eq=False)
class ExportedMember:
    """A trained network with its mask.

    Attributes:
        name: the trial's name.
        network: what was trained.
        weights: its parameters by name.
        mask: (height, width) bool, True where the pixel stays.
        precision: what its layers are computed in.
    """

    name: str
    network: TrainedNetwork
    weights: Weights
    mask: Mask
    precision: str = "float32"


@dataclass(frozen=True, eq=False)
class ExportedPooling:
    """How members' probabilities become a blend's.

    Attributes:
        kind: ``mean``, ``geometric`` and ``vote`` by weights, ``logistic`` by a regression.
        weights: (k,) float64 summing to 1; empty for ``logistic``.
        temperature: above 0; applied once after pooling.
        slopes: (classes, k * classes) float64, of the regression on the members' clipped log-probabilities, each
            divided by k; None for the other kinds.
        intercepts: (classes,) float64, minus infinity for a class that no image of the fit had; None for the others.
    """

    kind: PoolingKind
    weights: NDArray[np.float64]
    temperature: float
    slopes: NDArray[np.float64] | None = None
    intercepts: NDArray[np.float64] | None = None


@dataclass(frozen=True, eq=False)
class ExportedModel:
    """What a file holds.

    Attributes:
        name: of the model.
        members: the networks, at least one.
        pooling: None where the one member's probabilities are the model's.
        pixels: dtype of the images it takes: ``uint8`` in 0..255, or ``float32`` in 0..1.
        about: class names and provenance, as plain values for JSON.
    """

    name: str
    members: tuple[ExportedMember, ...]
    pooling: ExportedPooling | None
    pixels: str
    about: Mapping[str, object]
