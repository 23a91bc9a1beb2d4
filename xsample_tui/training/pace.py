"""The pace of training on this machine: what ``tune`` measures in a worker, with settings of threads and oneDNN."""

from __future__ import annotations

import time

import numpy as np

from ..core.dataset import Dataset
from ..core.mask import Mask
from ..core.network import article_network
from ..core.spec import Training
from ..core.split import Split
from .trainer import Trainer

_SIDE, _PICTURES = 28, 500
_trainers: dict[int, Trainer] = {}


def prepare(micro_batch: int) -> int:
    """Make a trainer and let it train once, so that what comes next is steady; return the micro-batch."""
    if micro_batch not in _trainers:
        _trainers[micro_batch] = _trainer(micro_batch)
        _trainers[micro_batch].train_epoch("pace", _mask(), 1)
    return micro_batch


def measure(micro_batch: int, seconds: float) -> float:
    """Return pictures a second over whole epochs under a central 9x9 window, for about ``seconds``."""
    prepare(micro_batch)
    trainer, began, epochs = _trainers[micro_batch], time.perf_counter(), 0
    while (spent := time.perf_counter() - began) < seconds or not epochs:
        epochs += 1
        trainer.train_epoch("pace", _mask(), 1 + epochs)
    return epochs * _PICTURES / spent


def _trainer(micro_batch: int) -> Trainer:
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (_PICTURES, _SIDE, _SIDE, 1)) * (rng.random((_PICTURES, _SIDE, _SIDE, 1)) < 0.2)
    fit = np.arange(_PICTURES)
    data = Dataset("noise", pictures.astype(np.uint8), fit % 10, 10, _PICTURES)
    network = article_network(data.shape, 10)
    training = Training(batch_size=_PICTURES, micro_batch=micro_batch)
    trainer = Trainer(network, training, 0, data, Split(fit, fit[:0], fit[:10], fit[:10]))
    trainer.set(network.initial_weights(0), None)
    return trainer


def _mask() -> Mask:
    mask = np.zeros((_SIDE, _SIDE), np.bool_)
    mask[9:18, 10:19] = True
    return mask
