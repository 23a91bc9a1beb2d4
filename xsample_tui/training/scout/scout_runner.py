"""Runs what is asked for a scout: an epoch of its training, or the scores of windows. It writes no file."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...core.data.dataset import Images
from ...core.scout.scout_estimate import ScoutScores
from ...core.scout.scout_order import ScoutEpoch, ScoutOrder, judged_images
from ...core.training.checkpoint_format import decode, encode
from ...core.training.early_stopping import StoppingState
from ...core.training.epoch_metrics import errors, log_loss
from ...core.training.lease import DataSource, TrainingFailed
from ...core.training.lease_stage import current
from ...core.training.trial_state import TrialState
from ..lease_runner import use_threads
from ..model_outputs import predict
from .many_masks import ManyMasksModelTrainer, ManyMasksTrainer, many_masks_trainer

# One trainer a process: what it has traced serves every epoch of a scout.
_held: dict[object, ManyMasksTrainer | ManyMasksModelTrainer] = {}
# Likewise the images that are evaluated: to open a source is to read and check all of it.
_judged: dict[object, tuple[Images, NDArray[np.int64]]] = {}


def train(order: ScoutOrder, source: DataSource) -> ScoutEpoch:
    """Train one epoch, every image under a window drawn for it.

    Raises:
        TrainingFailed: the loss is not finite any more.
        XSampleError: the images cannot be opened.
    """
    try:
        return _train(order, source)
    finally:
        current.set("")


def _train(order: ScoutOrder, source: DataSource) -> ScoutEpoch:
    current.set("loading")
    key = (source.key, order.network, order.training, order.seed)
    if key not in _held:
        use_threads(order.threads)
        _held.clear()
        _held[key] = many_masks_trainer(order.network, order.training, order.seed, *source.open())
    trainer, epoch = _held[key], order.epoch + 1
    begun = decode(order.state) if order.state is not None else None
    if begun is not None and begun.slots:
        trainer.set(begun.weights, begun.slots)
    else:
        # A state without an optimizer's only brings initial weights.
        given = begun.weights if begun is not None else None
        trainer.set(trainer.initial_weights(order.trial, given), None)
    before, steps = trainer.steps, math.ceil(len(trainer.labels["fit"]) / order.training.batch_size)
    current.set("training", lambda: (trainer.steps - before) / steps)
    loss, accuracy = trainer.train_under(order.masks, epoch)
    if not math.isfinite(loss):
        raise TrainingFailed(f"the loss is {loss} in epoch {epoch}; try a smaller learning rate")
    state = TrialState(order.trial.name, epoch, trainer.weights(), trainer.slots(), StoppingState())
    return ScoutEpoch(epoch, loss, accuracy, encode(state))


def score(order: ScoutOrder, source: DataSource) -> ScoutScores:
    """Evaluate a state under each mask, on some of the train images.

    Raises:
        TrainingFailed: an output is not finite.
        XSampleError: the images cannot be opened.
    """
    assert order.state is not None
    try:
        current.set("loading")
        use_threads(order.threads)
        # The scout is trained once it is evaluated, and trials are next in this process.
        _held.clear()
        key = (source.key, order.seed)
        if key not in _judged:
            dataset, split = source.open()
            at = split.fit[judged_images(len(split.fit), order.seed)]
            _judged.clear()
            _judged[key] = dataset.images[at], dataset.labels[at]
        images, labels = _judged[key]
        state = decode(order.state)
        current.set("measuring")
        losses, wrong = [], []
        for mask in order.masks:
            outputs = predict(order.network, state.weights, mask, images, order.training.precision)
            loss = log_loss(outputs, labels)
            if not math.isfinite(loss):
                raise TrainingFailed(f"the loss is {loss} under a window; try a smaller learning rate")
            losses.append(loss)
            wrong.append(errors(outputs, labels))
        return ScoutScores(trained=state.trial, loss=tuple(losses), errors=tuple(wrong))
    finally:
        current.set("")
