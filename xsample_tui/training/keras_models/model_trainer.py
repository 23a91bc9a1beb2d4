"""Trains Keras models: all of a model's state as arrays by name, an epoch in one graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from ...core.data.data_splits import Split
from ...core.data.dataset import Dataset
from ...core.masks.mask_kinds import Mask
from ...core.networks.keras_network import KerasNetwork, TrainedNetwork
from ...core.networks.model_crops import ModelCropShape
from ...core.networks.network import Weights
from ...core.seeding import permutation
from ...core.training.sweep_spec import Training
from ...core.training.trial_plan import Trial
from ..evaluation import Placed
from ..optimizer_step import Updater
from ..split_images import Crops, SplitImages
from ..trained_variables import TrainedVariables
from ..trainer import Trainer
from .model_creation import create, initial_weights, named, value_of, with_seeds
from .model_evaluation import ModelPass, evaluate_model, placed_model

Tensor = Any


def trainer_of(
    network: TrainedNetwork, training: Training, seed: int, dataset: Dataset, split: Split
) -> Trainer | ModelTrainer:
    """Return the trainer for a network; arguments as of :class:`~xsample_tui.training.trainer.Trainer`."""
    kind: Any = ModelTrainer if isinstance(network, KerasNetwork) else Trainer
    trainer: Trainer | ModelTrainer = kind(network, training, seed, dataset, split)
    return trainer


class ModelTrainer(TrainedVariables):
    """Trains and evaluates a Keras model; everything it does is a function of the state set and the arguments given.

    The state is every variable of the model, statistics and random generators among them, and the optimizer's. The
    model is made once, and each computation traced once for every shape of crop: trials differ by values only.

    Args:
        network: the model's description.
        training, seed, dataset, split: as of :class:`~xsample_tui.training.trainer.Trainer`. A micro-batch is what
            the model sees at once, and so what BatchNormalization's statistics are of.

    Raises:
        ModelFailed: the model cannot be made here.
    """

    def __init__(self, network: KerasNetwork, training: Training, seed: int, dataset: Dataset, split: Split) -> None:
        self.network = network
        self.training = training
        self._seed = seed
        self._split = SplitImages(dataset, split)
        self.labels = self._split.known
        self._model = create(network, 0)
        variables = named(network, self._model)
        self._trained = {one.name: variables[one.name] for one in network.variables if one.kind == "trainable"}
        # Small gradients vanish in float16: as Keras does, the loss is scaled up, and the gradients down again.
        half = getattr(self._model.dtype_policy, "name", "") == "mixed_float16"
        super().__init__(variables, Updater(training, self._trained, scale_loss=half, numbered=True))
        self._forward = ModelPass(network, self._model)
        self._epochs: dict[ModelCropShape | None, Callable[..., Any]] = {}
        self._evaluations: dict[ModelCropShape | None, Callable[..., Any]] = {}

    @property
    def traces(self) -> int:
        """How many computations have been traced so far."""
        functions: list[Any] = [*self._epochs.values(), *self._evaluations.values()]
        return sum(function.experimental_get_tracing_count() for function in functions)

    # -- state ---------------------------------------------------------------------------------------------------

    def initial_weights(self, trial: Trial, given: Weights | None = None) -> Weights:
        """Return what a trial begins with: weights drawn from its stream, or those given, and its own random states.

        Args:
            trial: the trial.
            given: pretrained weights by name.
        """
        weights = initial_weights(self.network, trial.init_seed) if given is None else given
        return with_seeds(self.network, weights, self._seed, trial.draws_from, "dropout")

    def weights(self) -> Weights:
        """Return a copy of all the model's variables by name."""
        return {name: value_of(variable) for name, variable in self._variables.items()}

    # -- training ------------------------------------------------------------------------------------------------

    def train_epoch(self, stream: str | int, mask: Mask, epoch: int) -> tuple[float, float]:
        """Train one epoch; return the mean loss, penalties included, and the accuracy over its batches, dropout on.

        Args:
            stream: from which with the run's seed and ``epoch`` the shuffle follows.
            mask: (height, width) bool, True where the pixel stays.
            epoch: the epoch's number, 1 for the first.
        """
        shape, at = placed_model(self.network, mask, self._split.kind)
        return self._train(shape, at, stream, epoch)

    def _train(self, shape: ModelCropShape | None, at: Placed, stream: str | int, epoch: int) -> tuple[float, float]:
        if shape not in self._epochs:
            self._epochs[shape] = self._make_epoch(shape)
        count = self._split.count
        order = permutation(count, self._seed, stream, "shuffle", epoch)
        with self._split.reading():
            loss, correct = self._epochs[shape](tf.constant(order, tf.int32), at)
        return float(loss) / count, int(correct) / count

    def _cut(self, images: Tensor, shape: ModelCropShape | None, origin: Tensor) -> Crops:
        if shape is None:
            return self._split.frames(images)
        size = shape.regions[0]
        assert size is not None
        return self._split.crops(images, size, origin)

    def _make_epoch(self, shape: ModelCropShape | None) -> Callable[..., Any]:
        images, labels = self._split.images["fit"], self._split.labels["fit"]
        count, batch = self._split.count, self.training.batch_size
        micro = min(self.training.micro_batch, batch)
        values = [variable.value for variable in self._trained.values()]

        def part(at: Tensor, crops: Crops, crop: Placed, share: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
            """Return the sums over some images: loss, right answers, and gradients times ``share``."""
            y, some = tf.gather(labels, at), crops.take(at)
            origin, places, inside = crop
            with tf.GradientTape() as tape:
                masks = (origin, places, self.inside_of(inside, at))
                out = self._forward(shape, some, masks, training=True)
                loss = self._loss(out, y)
                if penalties := self._model.losses:
                    # Once a batch, so by this part's share of it.
                    number = tf.cast(tf.size(at), tf.float32)
                    loss += number * tf.add_n([tf.cast(one, tf.float32) for one in penalties])
                target = self._updater.scaled(loss * share)
            correct = tf.reduce_sum(tf.cast(tf.equal(tf.argmax(out, 1, tf.int32), y), tf.int32))
            gradients = tape.gradient(target, values, unconnected_gradients=tf.UnconnectedGradients.ZERO)
            return tf.cast(loss, tf.float64), correct, [tf.convert_to_tensor(one) for one in gradients]

        def summed(order: Tensor, crops: Crops, crop: Placed, start: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
            """Return ``part`` of a whole batch, summed over its micro-batches."""
            end = tf.minimum(start + batch, count)
            share = 1 / tf.cast(end - start, tf.float32)
            if micro == batch:
                return part(order[start:end], crops, crop, share)

            def add(at: Tensor, loss: Tensor, correct: Tensor, sums: list[Tensor]) -> Any:
                more, right, new = part(order[at : tf.minimum(at + micro, end)], crops, crop, share)
                return at + micro, loss + more, correct + right, [a + b for a, b in zip(sums, new, strict=True)]

            nothing = [tf.zeros(one.shape, one.dtype) for one in values]
            begin = (start, tf.constant(0.0, tf.float64), tf.constant(0), nothing)
            _, loss, correct, sums = tf.while_loop(lambda at, *_: at < end, add, begin, parallel_iterations=1)
            return loss, correct, sums

        @tf.function(autograph=False)  # type: ignore[untyped-decorator]
        def epoch(order: Tensor, crop: Placed) -> tuple[Tensor, Tensor]:
            crops = self._cut(images, shape, crop[0])

            def step(start: Tensor, loss: Tensor, correct: Tensor) -> tuple[Tensor, Tensor, Tensor]:
                more, right, gradients = summed(order, crops, crop, start)
                self._updater.apply(dict(zip(self._trained, gradients, strict=True)))
                return start + batch, loss + more, correct + right

            begin = (tf.constant(0), tf.constant(0.0, tf.float64), tf.constant(0))
            _, loss, correct = tf.while_loop(lambda start, *_: start < count, step, begin, parallel_iterations=1)
            return loss, correct

        return epoch  # type: ignore[no-any-return]

    def _loss(self, out: Tensor, labels: Tensor) -> Tensor:
        """Return the loss of logits or of probabilities, summed over the images."""
        logits = self.network.head == "logits"
        if self.training.loss == "categorical_crossentropy":
            # Of probabilities Keras takes the logits that they were made of, where the graph has them.
            return tf.reduce_sum(keras.losses.sparse_categorical_crossentropy(labels, out, from_logits=logits))
        truth = tf.one_hot(labels, self.network.classes)
        return tf.reduce_sum(keras.losses.binary_crossentropy(truth, tf.nn.softmax(out) if logits else out))

    # -- evaluation ----------------------------------------------------------------------------------------------

    def softmax(self, mask: Mask, split: str) -> NDArray[np.float32]:
        """Return the softmax outputs for a split's images under a mask, (n, classes) float32, as in inference."""
        images = self._split.images.get(split)
        if images is None:
            return np.empty((0, self.network.classes), np.float32)
        shape, at = placed_model(self.network, mask, self._split.kind)
        if shape not in self._evaluations:
            self._evaluations[shape] = self._make_evaluation(shape)
        with self._split.reading():
            outputs = self._evaluations[shape](images, at)
        found: NDArray[np.float32] = outputs.numpy()
        return found

    def _make_evaluation(self, shape: ModelCropShape | None) -> Callable[..., Any]:
        @tf.function(autograph=False, reduce_retracing=True)  # type: ignore[untyped-decorator]
        def evaluation(images: Tensor, at: Placed) -> Tensor:
            return evaluate_model(self.network, self._forward, shape, self._cut(images, shape, at[0]), at)

        return evaluation  # type: ignore[no-any-return]
