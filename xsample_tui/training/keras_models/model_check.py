"""Checks in a moment whether a Keras model trains to the same bits twice."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.data.data_splits import Split
from ...core.data.dataset import Dataset
from ...core.errors import XSampleError
from ...core.networks.keras_network import KerasNetwork, weights_digest
from ...core.networks.network import Weights
from ...core.training.sweep_spec import Training
from ...core.training.trial_plan import Trial
from .model_trainer import ModelTrainer

_IMAGES, _BATCH, _MICRO = 16, 8, 4
_SEED = 1


def outcome(network: KerasNetwork, training: Training) -> str:
    """Return a hash of two short epochs and the predictions after them; empty if the second try gives another.

    Two streams are drawn, trained and compared too: they must differ.

    Args:
        network: the model.
        training: its loss and optimizer count.

    Raises:
        XSampleError: two streams begin alike, or the model cannot be made or trained.
    """
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (_IMAGES, *network.shape), np.uint8)
    dataset = Dataset("made up", images, np.arange(_IMAGES) % network.classes, network.classes, _IMAGES)
    every, nothing = np.arange(_IMAGES), np.empty(0, np.int64)
    brief = training.model_copy(update={"batch_size": _BATCH, "micro_batch": _MICRO})
    trainer = ModelTrainer(network, brief, _SEED, dataset, Split(every, nothing, every, nothing))
    streams = [Trial(name=f"s{stream}", kind="baseline", init_seed=stream, stream=stream) for stream in (0, 1)]
    first, other = (trainer.initial_weights(trial) for trial in streams)
    drawn = [one.name for one in network.variables if one.kind == "trainable"]
    if all(np.array_equal(first[name], other[name]) for name in drawn):
        raise XSampleError("its initial weights are the same in every stream; let its initializers draw them")
    tries = {_tried(trainer, trainer.initial_weights(streams[0])) for _ in range(2)}
    return tries.pop() if len(tries) == 1 else ""


def _tried(trainer: ModelTrainer, weights: Weights) -> str:
    """Train two epochs, the second after all state has been taken out and set again, and return a hash of it all."""
    mask = np.ones(trainer.network.shape[:2], np.bool_)
    trainer.set(weights, None)
    losses = [trainer.train_epoch(0, mask, 1)]
    state, slots = trainer.weights(), trainer.slots()
    trainer.set(weights, None)
    trainer.set(state, slots)
    losses.append(trainer.train_epoch(0, mask, 2))
    arrays: dict[str, NDArray[Any]] = {"losses": np.array(losses), **weights, **trainer.slots()}
    arrays |= {f"after/{name}": value for name, value in trainer.weights().items()}
    arrays["softmax"] = trainer.softmax(mask, "select")
    if not np.array_equal(arrays["softmax"], trainer.softmax(mask, "select"), equal_nan=True):
        return repr(np.random.default_rng().integers(2**62))
    return weights_digest(arrays)
