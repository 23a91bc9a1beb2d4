"""Measures for ``tune``, in a worker: training speed, and how many errors a precision makes."""

from __future__ import annotations

import time

import numpy as np

from ..core.data.data_splits import Split
from ..core.masks.mask_kinds import Mask
from ..core.networks.network import article_network
from ..core.training.epoch_metrics import errors
from ..core.training.sweep_spec import Precision, Training
from ..datasets import load
from .keras_models.model_trainer import ModelTrainer
from .probe_runner import on_noise
from .trainer import Trainer

_SIDE, _IMAGES = 28, 500
# Of the demo's 5,000 digits the first are trained on, and the others judged.
_FIT, _BATCH, _EPOCHS = 2000, 100, 3
_trainers: dict[tuple[int, Precision], Trainer | ModelTrainer] = {}
_judged: dict[tuple[int, Precision], Trainer] = {}


def prepare(micro_batch: int, precision: Precision = "float32", whole: bool = False) -> int:
    """Make a trainer and let it train once, so that what comes next is steady; return the micro-batch."""
    key = (micro_batch, precision)
    if key not in _trainers:
        training = Training(batch_size=_IMAGES, micro_batch=micro_batch, precision=precision)
        _trainers[key] = on_noise(article_network((_SIDE, _SIDE, 1), 10), training, _IMAGES)
    _trainers[key].train_epoch("pace", _mask(whole=whole), 1)
    return micro_batch


def measure(micro_batch: int, seconds: float, precision: Precision = "float32", whole: bool = False) -> float:
    """Return images a second over whole epochs for about ``seconds``, under a central 9x9 window or no mask."""
    prepare(micro_batch, precision, whole)
    trainer, began, epochs = _trainers[micro_batch, precision], time.perf_counter(), 0
    while (spent := time.perf_counter() - began) < seconds or not epochs:
        epochs += 1
        trainer.train_epoch("pace", _mask(whole=whole), 1 + epochs)
    return epochs * _IMAGES / spent


def count_errors(seed: int, micro_batch: int, precision: Precision) -> tuple[int, int]:
    """Train on digits of the demo under a central 9x9 window; return how many others are wrong, and of how many.

    Args:
        seed: of initial weights, shuffles and dropout.
        micro_batch: images computed at once.
        precision: what is computed in.
    """
    key = (micro_batch, precision)
    if key not in _judged:
        dataset = load("demo")
        fit, judged = np.split(np.arange(len(dataset.labels)), [_FIT])
        training = Training(batch_size=_BATCH, micro_batch=micro_batch, precision=precision)
        network = article_network(dataset.shape, dataset.classes)
        _judged[key] = Trainer(network, training, 0, dataset, Split(fit, fit[:0], judged, judged))
    trainer = _judged[key]
    trainer.set(trainer.network.initial_weights(seed), None)
    for epoch in range(1, _EPOCHS + 1):
        trainer.train_epoch(f"precision-{seed}", _mask(), epoch)
    labels = trainer.labels["select"]
    return errors(trainer.softmax(_mask(), "select"), labels), len(labels)


def _mask(*, whole: bool = False) -> Mask:
    mask = np.full((_SIDE, _SIDE), whole, np.bool_)
    mask[9:18, 10:19] = True
    return mask
