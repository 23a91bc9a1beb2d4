"""Runs a lease: trains a trial's state for some epochs. It reads and writes no file of the run."""

from __future__ import annotations

import math
import time
from dataclasses import replace

import tensorflow as tf

from ..core.training.checkpoint_format import decode, encode
from ..core.training.early_stopping import initial_state, keeps_best, observe
from ..core.training.epoch_metrics import LOSSES, EpochMetrics, errors
from ..core.training.lease import AfterEpoch, DataSource, LeaseOrder, LeaseResult, StateMissing, TrainingFailed
from ..core.training.lease_stage import current
from ..core.training.trial_state import TrialState
from .keras_models.model_trainer import ModelTrainer, trainer_of
from .trainer import Trainer

AnyTrainer = Trainer | ModelTrainer


class _Desk:
    """What a worker process has at hand: one trainer, and the trial it holds."""

    def __init__(self) -> None:
        self.key: object = None
        self.trainer: AnyTrainer | None = None
        self.held: TrialState | None = None

    def prepare(self, order: LeaseOrder, source: DataSource) -> AnyTrainer:
        """Return the trainer for an order, made at the first lease of a sweep and kept for the rest."""
        key = (source.key, order.network, order.training, order.seed)
        if self.trainer is None or self.key != key:
            use_threads(order.threads)
            dataset, split = source.open()
            self.trainer = trainer_of(order.network, order.training, order.seed, dataset, split)
            self.key, self.held = key, None
        return self.trainer

    def take_up(self, order: LeaseOrder, trainer: AnyTrainer) -> TrialState:
        """Return the state to begin from, its weights and slots being in the trainer."""
        name = order.trial.name
        begun = decode(order.state) if order.state is not None else None
        if begun is not None and (begun.slots or begun.epoch or order.epoch):
            state = begun
            trainer.set(state.weights, state.slots)
        elif order.epoch == 0:
            # A state without an optimizer's only brings initial weights.
            weights = trainer.initial_weights(order.trial, begun.weights if begun is not None else None)
            trainer.set(weights, None)
            stopping = initial_state(order.training.stopping, order.carried)
            state = TrialState(name, 0, weights, {}, stopping, carried=order.carried)
        elif self.held is not None and (self.held.trial, self.held.epoch) == (name, order.epoch):
            state = self.held
        else:
            raise StateMissing(name)
        if (state.trial, state.epoch) != (name, order.epoch):
            raise StateMissing(f"{name} at epoch {order.epoch}, not {state.trial} at {state.epoch}")
        return state


_desk = _Desk()


def run(order: LeaseOrder, source: DataSource, after: AfterEpoch | None = None) -> LeaseResult:
    """Run a lease in this process.

    Args:
        order: what to do.
        source: where the images are.
        after: receives each epoch while the lease runs, and may end it there: what was trained is no other for it.

    Raises:
        TrainingFailed: the loss is not finite any more.
        StateMissing: the order sends no state, and this process does not hold it.
        XSampleError: the images cannot be opened.
    """
    try:
        return _run(order, source, after)
    finally:
        current.set("")


def _run(order: LeaseOrder, source: DataSource, after: AfterEpoch | None) -> LeaseResult:
    current.set("loading")
    trainer = _desk.prepare(order, source)
    state = _desk.take_up(order, trainer)
    _desk.held = None
    metrics, seconds = [], []
    for _ in range(order.epochs):
        if state.finished:
            break
        began = time.perf_counter()
        state = _epoch(order, trainer, state)
        seconds.append(time.perf_counter() - began)
        metrics.append(state.history[-1])
        if after is not None and not after(metrics[-1], seconds[-1]):
            break
    state = replace(state, seconds=(*state.seconds, *seconds))
    data = None
    if state.finished:
        data = encode(_finish(order, trainer, state))
    else:
        _desk.held = state
        if order.want_state:
            data = encode(replace(state, weights=trainer.weights(), slots=trainer.slots()))
    return LeaseResult(
        order.trial.name, state.epoch, tuple(metrics), tuple(seconds), state.stopping, state.stop_reason, data
    )


def _epoch(order: LeaseOrder, trainer: AnyTrainer, state: TrialState) -> TrialState:
    """Train and measure one epoch; of the state returned, weights and slots are in the trainer only."""
    training, epoch = order.training, state.epoch + 1
    before, steps = trainer.steps, math.ceil(len(trainer.labels["fit"]) / training.batch_size)
    current.set("training", lambda: (trainer.steps - before) / steps)
    loss, accuracy = trainer.train_epoch(order.trial.draws_from, order.mask, epoch)
    if not math.isfinite(loss):
        raise TrainingFailed(f"the loss is {loss} in epoch {epoch}; try a smaller learning rate")
    current.set("measuring")
    measure = LOSSES[training.loss]
    outputs = trainer.softmax(order.mask, "select")
    wrong = errors(outputs, trainer.labels["select"])
    stop_loss = stop_accuracy = None
    if order.measure_stop or training.stopping == "patience":
        stopping_outputs = trainer.softmax(order.mask, "stop")
        labels = trainer.labels["stop"]
        stop_loss = measure(stopping_outputs, labels)
        stop_accuracy = 1 - errors(stopping_outputs, labels) / len(labels)
    metrics = EpochMetrics(
        epoch=epoch,
        loss=loss,
        accuracy=accuracy,
        val_loss=measure(outputs, trainer.labels["select"]),
        val_accuracy=1 - wrong / len(outputs),
        val_errors=wrong,
        stop_loss=stop_loss,
        stop_accuracy=stop_accuracy,
    )
    if not math.isfinite(metrics.val_loss):
        raise TrainingFailed(f"the loss on the selection images is {metrics.val_loss} after epoch {epoch}")
    stopping, reason = observe(training.stopping, state.stopping, metrics, training.patience)
    if reason is None and epoch >= training.epochs:
        reason = f"all {epoch} epochs"
    best = state.best
    if keeps_best(training.stopping) and stopping.best_epoch == epoch:
        best = trainer.weights()
    return replace(
        state,
        epoch=epoch,
        stopping=stopping,
        best=best,
        history=(*state.history, metrics),
        stop_reason=reason,
        drifted=tuple(dict.fromkeys((*state.drifted, *order.drifted))),
    )


def _finish(order: LeaseOrder, trainer: AnyTrainer, state: TrialState) -> TrialState:
    """Return the finished state: the weights that count and the softmax outputs; slots only where they are kept."""
    slots = trainer.slots() if order.training.keep_optimizer else {}
    if state.best:
        trainer.set(state.best, None)
    softmax = {split: trainer.softmax(order.mask, split) for split in ("select", "test")}
    return replace(state, weights=trainer.weights(), slots=slots, best={}, softmax=softmax)


def use_threads(threads: int) -> None:
    """Set TensorFlow's threads, where it has not begun yet."""
    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        # TensorFlow has begun in this process: only in tests, which run leases in their own process.
        return
