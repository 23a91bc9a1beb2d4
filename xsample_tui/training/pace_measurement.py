"""Measures training speed on this machine for ``tune``, in a worker, for given threads and oneDNN."""

from __future__ import annotations

import time

import numpy as np

from ..core.masks.mask_kinds import Mask
from ..core.networks.network import article_network
from ..core.training.sweep_spec import Training
from .keras_models.model_trainer import ModelTrainer
from .probe_runner import on_noise
from .trainer import Trainer

_SIDE, _IMAGES = 28, 500
_trainers: dict[int, Trainer | ModelTrainer] = {}


def prepare(micro_batch: int) -> int:
    """Make a trainer and let it train once, so that what comes next is steady; return the micro-batch."""
    if micro_batch not in _trainers:
        training = Training(batch_size=_IMAGES, micro_batch=micro_batch)
        _trainers[micro_batch] = on_noise(article_network((_SIDE, _SIDE, 1), 10), training, _IMAGES)
        _trainers[micro_batch].train_epoch("pace", _mask(), 1)
    return micro_batch


def measure(micro_batch: int, seconds: float) -> float:
    """Return images a second over whole epochs under a central 9x9 window, for about ``seconds``."""
    prepare(micro_batch)
    trainer, began, epochs = _trainers[micro_batch], time.perf_counter(), 0
    while (spent := time.perf_counter() - began) < seconds or not epochs:
        epochs += 1
        trainer.train_epoch("pace", _mask(), 1 + epochs)
    return epochs * _IMAGES / spent


def _mask() -> Mask:
    mask = np.zeros((_SIDE, _SIDE), np.bool_)
    mask[9:18, 10:19] = True
    return mask
