"""Runs a timing probe: measures training on synthetic images."""

from __future__ import annotations

import time

began = time.perf_counter()

import numpy as np  # noqa: E402

from ..core.data.data_splits import Split  # noqa: E402
from ..core.data.dataset import Dataset  # noqa: E402
from ..core.networks.keras_network import TrainedNetwork  # noqa: E402
from ..core.training.sweep_spec import Training  # noqa: E402
from ..core.training.timing_probe import ProbeOrder, ProbeResult  # noqa: E402
from ..core.training.trial_plan import Trial  # noqa: E402
from .keras_models.model_trainer import ModelTrainer, trainer_of  # noqa: E402
from .lease_runner import use_threads  # noqa: E402
from .trainer import Trainer  # noqa: E402


def on_noise(network: TrainedNetwork, training: Training, count: int) -> Trainer | ModelTrainer:
    """Return a trainer with initial weights and so many made-up images, to fit and to judge on."""
    images = np.random.default_rng(0).integers(0, 256, (count, *network.shape), np.uint8)
    dataset = Dataset("made up", images, np.arange(count) % network.classes, network.classes, count)
    every, nothing = np.arange(count), np.empty(0, np.int64)
    trainer = trainer_of(network, training, 0, dataset, Split(every, nothing, every, nothing))
    trainer.set(trainer.initial_weights(Trial(name="made-up", kind="baseline", init_seed=0, stream=0)), None)
    return trainer


def measure(order: ProbeOrder) -> ProbeResult:
    """Train and evaluate some micro-batches under each mask; the first round, which traces, is counted apart."""
    use_threads(order.threads)
    count = order.images
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
