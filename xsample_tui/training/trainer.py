"""The trainer: a network's variables, its optimizer and its pictures in one process, for one trial at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from ..core.crop import Crop, CropShape, crop_of
from ..core.dataset import Dataset
from ..core.mask import Mask
from ..core.network import Network, Weights
from ..core.seed import derive, permutation
from ..core.spec import Training
from ..core.split import Split
from .forward import logits

EVALUATED_AT_ONCE = 500
_SPLITS = ("fit", "stop", "select", "test")


class Trainer:
    """Trains and evaluates; everything it does is a function of the weights set and the arguments given.

    Traces each computation once for every shape of crop, and keeps the pictures on the device as bytes.

    Args:
        network: the network.
        training: loss, optimizer, batch sizes.
        seed: the run's seed, from which shuffle and dropout derive.
        dataset: the pictures.
        split: which of them are for what.
    """

    def __init__(self, network: Network, training: Training, seed: int, dataset: Dataset, split: Split) -> None:
        self.network = network
        self.training = training
        self._seed = seed
        self._scale = 1 / 255 if dataset.pictures.dtype == np.uint8 else 1.0
        self._indices: dict[str, NDArray[np.int64]] = {name: getattr(split, name) for name in _SPLITS}
        self._pictures = {name: tf.constant(dataset.pictures[at]) for name, at in self._indices.items() if len(at)}
        self._labels = {name: tf.constant(dataset.labels[at], tf.int32) for name, at in self._indices.items()}
        self.labels = {name: dataset.labels[at] for name, at in self._indices.items()}
        shapes = network.parameter_shapes()
        self._variables = {
            name: keras.Variable(np.zeros(shape, np.float32), name=name.replace("/", "_"))
            for name, shape in shapes.items()
        }
        self._optimizer = keras.optimizers.get(
            {"class_name": training.optimizer, "config": {"learning_rate": training.learning_rate}}
        )
        self._optimizer.build(list(self._variables.values()))
        self._slots = {
            f"{number:02d}-{variable.name}": variable for number, variable in enumerate(self._optimizer.variables)
        }
        self._fresh_slots = {name: np.array(variable) for name, variable in self._slots.items()}
        self._epochs: dict[CropShape, Callable[..., Any]] = {}
        self._evaluations: dict[CropShape, Callable[..., Any]] = {}

    @property
    def traces(self) -> int:
        """How many computations have been traced so far."""
        functions = [*self._epochs.values(), *self._evaluations.values()]
        return sum(function.experimental_get_tracing_count() for function in functions)  # type: ignore[attr-defined]

    # -- state ---------------------------------------------------------------------------------------------------

    def weights(self) -> Weights:
        """Return a copy of the weights by name."""
        return {name: np.array(variable, np.float32) for name, variable in self._variables.items()}

    def slots(self) -> dict[str, NDArray[np.generic]]:
        """Return a copy of the optimizer's variables by name, its step count among them."""
        return {name: np.array(variable) for name, variable in self._slots.items()}

    def set(self, weights: Weights, slots: dict[str, NDArray[np.generic]] | None) -> None:
        """Set weights and optimizer variables; None stands for an optimizer that has not stepped.

        Raises:
            KeyError, ValueError: the names or shapes are those of another network or optimizer.
        """
        slots = self._fresh_slots if slots is None else slots
        for name, variable in self._variables.items():
            variable.assign(weights[name])
        for name, variable in self._slots.items():
            variable.assign(slots[name])

    # -- training ------------------------------------------------------------------------------------------------

    def train_epoch(self, trial: str, mask: Mask, epoch: int) -> tuple[float, float]:
        """Train one epoch; return the mean loss and the accuracy over its batches, dropout on.

        Args:
            trial: the trial's name, from which with ``epoch`` the shuffle and dropout follow.
            mask: (height, width) bool, True where the pixel stays.
            epoch: the epoch's number, 1 for the first.
        """
        crop = crop_of(self.network, mask)
        if crop.shape not in self._epochs:
            self._epochs[crop.shape] = self._make_epoch(crop.shape)
        count = len(self._indices["fit"])
        order = permutation(count, self._seed, trial, "shuffle", epoch)
        loss, correct = self._epochs[crop.shape](
            tf.constant(order, tf.int32),
            *self._placed(crop, mask),
            tf.constant(derive(self._seed, trial, "dropout", epoch) % 2**62, tf.int64),
        )
        return float(loss) / count, int(correct) / count

    def _placed(self, crop: Crop, mask: Mask) -> tuple[Any, Any, Any]:
        """Return the crop's origin, its place, and the mask inside it, scaled to bring pixels to 0..1."""
        (top, left), (height, width) = crop.origin, crop.shape.size
        inside = mask[top : top + height, left : left + width, None].astype(np.float32)
        return (
            tf.constant(crop.origin, tf.int32),
            tf.constant(crop.place, tf.int32),
            tf.constant(inside * np.float32(self._scale)),
        )

    def _make_epoch(self, shape: CropShape) -> Callable[..., Any]:
        pictures, labels = self._pictures["fit"], self._labels["fit"]
        count, batch = len(self._indices["fit"]), self.training.batch_size
        micro = min(self.training.micro_batch, batch)
        variables = list(self._variables.values())

        @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
        def gradients(at: Any, cropped: Any, inside: Any, place: Any, seed: Any) -> tuple[Any, Any, list[Any]]:
            with tf.GradientTape() as tape:
                x = tf.cast(tf.gather(cropped, at), tf.float32) * inside
                y = tf.gather(labels, at)
                values = {name: variable.value for name, variable in self._variables.items()}
                out = logits(self.network, shape, values, x, place, seed)
                loss = self._loss(out, y)
            correct = tf.reduce_sum(tf.cast(tf.equal(tf.argmax(out, 1, tf.int32), y), tf.int32))
            return loss, correct, tape.gradient(loss, [variable.value for variable in variables])

        @tf.function  # type: ignore[untyped-decorator]
        def epoch(order: Any, origin: Any, place: Any, inside: Any, seed: Any) -> tuple[Any, Any]:
            cropped = tf.slice(pictures, [0, origin[0], origin[1], 0], [-1, *shape.size, self.network.shape[2]])
            loss_sum, correct_sum = tf.constant(0.0, tf.float64), tf.constant(0)
            for start in tf.range(0, count, batch):
                end = tf.minimum(start + batch, count)
                first = tf.minimum(start + micro, end)
                key = tf.stack([seed, tf.cast(start, tf.int64)])
                loss, correct, grads = gradients(order[start:first], cropped, inside, place, key)
                loss_sum += tf.cast(loss, tf.float64)
                correct_sum += correct
                if micro < batch:
                    for at in tf.range(first, end, micro):
                        key = tf.stack([seed, tf.cast(at, tf.int64)])
                        part = order[at : tf.minimum(at + micro, end)]
                        loss, correct, more = gradients(part, cropped, inside, place, key)
                        loss_sum += tf.cast(loss, tf.float64)
                        correct_sum += correct
                        grads = [a + b for a, b in zip(grads, more, strict=True)]
                size = tf.cast(end - start, tf.float32)
                self._optimizer.apply([g / size for g in grads], variables)
            return loss_sum, correct_sum

        return epoch  # type: ignore[no-any-return]

    def _loss(self, out: Any, labels: Any) -> Any:
        """Return the loss summed over the pictures."""
        if self.training.loss == "categorical_crossentropy":
            return tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, out))
        truth = tf.one_hot(labels, self.network.classes)
        return tf.reduce_sum(keras.losses.binary_crossentropy(truth, tf.nn.softmax(out)))

    # -- evaluation ----------------------------------------------------------------------------------------------

    def softmax(self, mask: Mask, split: str) -> NDArray[np.float32]:
        """Return the softmax outputs for a split's pictures under a mask, (n, classes) float32, no dropout."""
        pictures = self._pictures.get(split)
        if pictures is None:
            return np.empty((0, self.network.classes), np.float32)
        crop = crop_of(self.network, mask)
        if crop.shape not in self._evaluations:
            self._evaluations[crop.shape] = self._make_evaluation(crop.shape)
        evaluate, placed = self._evaluations[crop.shape], self._placed(crop, mask)
        parts = [
            evaluate(pictures[start : start + EVALUATED_AT_ONCE], *placed).numpy()
            for start in range(0, len(pictures), EVALUATED_AT_ONCE)
        ]
        return np.concatenate(parts)

    def _make_evaluation(self, shape: CropShape) -> Callable[..., Any]:
        @tf.function(reduce_retracing=True, autograph=False)  # type: ignore[untyped-decorator]
        def evaluate(pictures: Any, origin: Any, place: Any, inside: Any) -> Any:
            x = tf.slice(pictures, [0, origin[0], origin[1], 0], [-1, *shape.size, self.network.shape[2]])
            x = tf.cast(x, tf.float32) * inside
            values = {name: variable.value for name, variable in self._variables.items()}
            return tf.nn.softmax(logits(self.network, shape, values, x, place, None))

        return evaluate  # type: ignore[no-any-return]
