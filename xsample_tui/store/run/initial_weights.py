"""Stores the weights that every trial of a run begins with, where they came with the network."""

from __future__ import annotations

from pathlib import Path

from ...core.networks.keras_network import KerasNetwork, TrainedNetwork, weights_digest
from ...core.networks.network import Weights
from .npz_arrays import read_arrays, write_arrays
from .run_document import DamagedRun

_FILE = "initial.npz"


def store(folder: Path, weights: Weights | None) -> None:
    """Write weights into a run's folder; None stands for none.

    Raises:
        OSError: they cannot be written.
    """
    if weights is not None:
        write_arrays(folder / _FILE, **{f"v{index:04d}": value for index, value in enumerate(weights.values())})


def read(folder: Path, network: TrainedNetwork) -> Weights | None:
    """Return the weights that every trial begins with, by name; None where each draws its own.

    Raises:
        DamagedRun: they cannot be read, or are not those the run was laid out with.
    """
    if not isinstance(network, KerasNetwork) or not network.pretrained:
        return None
    arrays = read_arrays(folder / _FILE, tuple(f"v{index:04d}" for index in range(len(network.variables))))
    weights: Weights = dict(zip((one.name for one in network.variables), arrays.values(), strict=True))
    if weights_digest(weights) != network.pretrained:
        raise DamagedRun(f"run {folder.name}: {_FILE} does not match its hash; restore it from a copy")
    return weights
