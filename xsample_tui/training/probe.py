"""Measuring how long training takes, on made-up pictures: a worker's entry, like the lease."""

from __future__ import annotations

import time

began = time.perf_counter()

import numpy as np  # noqa: E402

from ..core.dataset import Dataset  # noqa: E402
from ..core.network import Network  # noqa: E402
from ..core.probe import ProbeOrder, ProbeResult  # noqa: E402
from ..core.spec import Training  # noqa: E402
from ..core.split import Split  # noqa: E402
from .lease import use_threads  # noqa: E402
from .trainer import Trainer  # noqa: E402


def on_noise(network: Network, training: Training, count: int) -> Trainer:
    """Return a trainer with initial weights and so many made-up pictures, to fit and to judge on."""
    pictures = np.random.default_rng(0).integers(0, 256, (count, *network.shape), np.uint8)
    dataset = Dataset("made up", pictures, np.arange(count) % network.classes, network.classes, count)
    every, nothing = np.arange(count), np.empty(0, np.int64)
    trainer = Trainer(network, training, 0, dataset, Split(every, nothing, every, nothing))
    trainer.set(network.initial_weights(0), None)
    return trainer


def measure(order: ProbeOrder) -> ProbeResult:
    """Train and evaluate some micro-batches under each mask; the first round, which traces, is counted apart."""
    use_threads(order.threads)
    count = order.pictures
    trainer = on_noise(order.network, order.training, count)
    starting = time.perf_counter() - began
    training, evaluation, tracing = [], [], []
    for mask in order.masks:
        rounds = []
        for epoch in range(order.rounds + 1):
            start = time.perf_counter()
            trainer.train_epoch("probe", mask, epoch + 1)
            between = time.perf_counter()
            trainer.softmax(mask, "select")
            rounds.append((between - start, time.perf_counter() - between))
        first, *later = rounds
        training.append(tuple(seconds / count for seconds, _ in later))
        evaluation.append(tuple(seconds / count for _, seconds in later))
        tracing.append(max(sum(first) - sum(later[0]), 0.0))
    return ProbeResult(tuple(training), tuple(evaluation), tuple(tracing), starting)
