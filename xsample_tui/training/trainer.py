"""The trainer: a network's variables, its optimizer and its images, in one process, for one trial at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from ..core.data.data_splits import Split
from ..core.data.dataset import Dataset
from ..core.masks.mask_kinds import Mask
from ..core.networks.network import Network, Weights
from ..core.networks.receptive_field import CropShape, crop_of
from ..core.seeding import derive, permutation
from ..core.training.sweep_spec import Training
from ..core.training.trial_plan import Trial
from .evaluation import Placed, evaluate, placed
from .forward import Ready, compute, prepare
from .optimizer_step import Updater
from .split_images import Crops, SplitImages
from .trained_variables import TrainedVariables

Tensor = Any


class Trainer(TrainedVariables):
    """Trains and evaluates; everything it does is a function of the weights set and the arguments given.

    Traces each computation once for every shape of crop, and keeps the images on the device as bytes; those of a
    mapped file are read batch by batch.

    Args:
        network: the network.
        training: loss, optimizer, batch sizes.
        seed: the run's seed, from which shuffle and dropout derive.
        dataset: the images.
        split: which of them are for what.
        xla: whether XLA compiles a batch's gradients; by default where there is a GPU.
    """

    def __init__(
        self,
        network: Network,
        training: Training,
        seed: int,
        dataset: Dataset,
        split: Split,
        *,
        xla: bool | None = None,
    ) -> None:
        self.network = network
        self.training = training
        self._seed = seed
        # XLA fuses what a GPU would run one by one; on CPUs it is several times slower than TensorFlow's kernels.
        self._xla = bool(tf.config.list_physical_devices("GPU")) if xla is None else xla
        self._split = SplitImages(dataset, split)
        self.labels = self._split.known
        variables = {
            name: keras.Variable(np.zeros(shape, np.float32), name=name.replace("/", "_"))
            for name, shape in network.parameter_shapes().items()
        }
        super().__init__(variables, Updater(training, variables))
        self._epochs: dict[CropShape, Callable[..., Any]] = {}
        self._evaluations: dict[CropShape, Callable[..., Any]] = {}

    @property
    def traces(self) -> int:
        """How many computations have been traced so far."""
        functions = [*self._epochs.values(), *self._evaluations.values()]
        return sum(function.experimental_get_tracing_count() for function in functions)  # type: ignore[attr-defined]

    # -- state ---------------------------------------------------------------------------------------------------

    def initial_weights(self, trial: Trial, given: Weights | None = None) -> Weights:
        """Return what a trial begins with: weights drawn from its seed, or those given."""
        return self.network.initial_weights(trial.init_seed) if given is None else given

    def weights(self) -> Weights:
        """Return a copy of the weights by name."""
        return {name: np.array(variable, np.float32) for name, variable in self._variables.items()}

    # -- training ------------------------------------------------------------------------------------------------

    def train_epoch(self, stream: str | int, mask: Mask, epoch: int) -> tuple[float, float]:
        """Train one epoch; return the mean loss and the accuracy over its batches, dropout on.

        Args:
            stream: from which with the run's seed and ``epoch`` the shuffle and dropout follow; in sweeps of 0.1.0
                the trial's name (:attr:`~xsample_tui.core.training.trial_plan.Trial.draws_from`).
            mask: (height, width) bool, True where the pixel stays.
            epoch: the epoch's number, 1 for the first.
        """
        crop = crop_of(self.network, mask)
        return self._train(crop.shape, placed(crop, mask, self._split.kind), stream, epoch)

    def _train(self, shape: CropShape, at: Placed, stream: str | int, epoch: int) -> tuple[float, float]:
        if shape not in self._epochs:
            self._epochs[shape] = self._make_epoch(shape)
        count = self._split.count
        order = permutation(count, self._seed, stream, "shuffle", epoch)
        with self._split.reading():
            loss, correct = self._epochs[shape](
                tf.constant(order, tf.int32),
                at,
                tf.constant(derive(self._seed, stream, "dropout", epoch) % 2**62, tf.int64),
            )
        return float(loss) / count, int(correct) / count

    def _values(self) -> dict[str, Tensor]:
        return {name: tf.convert_to_tensor(variable.value) for name, variable in self._variables.items()}

    def _make_epoch(self, shape: CropShape) -> Callable[..., Any]:
        images, labels = self._split.images["fit"], self._split.labels["fit"]
        count, batch = self._split.count, self.training.batch_size
        micro = min(self.training.micro_batch, batch)

        # XLA compiles again for every shape, and the last batch's is the only other one.
        @tf.function(autograph=False, reduce_retracing=True, jit_compile=self._xla)  # type: ignore[untyped-decorator]
        def part(ready: Ready, some: Tensor, at: Tensor, crop: Placed, seed: Tensor, share: Tensor) -> Any:
            """Return the sums over the crops of images ``at``: loss, right answers, and gradients times ``share``."""
            _, place, inside = crop
            with tf.GradientTape() as tape:
                tape.watch(ready)
                x = tf.cast(some, tf.float32) * self.inside_of(inside, at)
                y = tf.gather(labels, at)
                out = compute(self.network, shape, ready, x, place, seed, self.training.precision)
                loss = self._loss(out, y)
            correct = tf.reduce_sum(tf.cast(tf.equal(tf.argmax(out, 1, tf.int32), y), tf.int32))
            gradients = tape.gradient(loss, ready, share, unconnected_gradients=tf.UnconnectedGradients.ZERO)
            return tf.cast(loss, tf.float64), correct, gradients

        def batch_sums(ready: Ready, order: Tensor, crops: Crops, crop: Placed, seed: Tensor, start: Tensor) -> Any:
            """Return ``part`` of a whole batch, summed over its micro-batches."""
            end = tf.minimum(start + batch, count)
            share = 1 / tf.cast(end - start, tf.float32)

            def sums(at: Tensor) -> Any:
                some = order[at : tf.minimum(at + micro, end)]
                of_part = tf.stack([seed, tf.cast(at, tf.int64)])
                return part(ready, crops.take(some), some, crop, of_part, share)

            def add(at: Tensor, so_far: Any) -> tuple[Tensor, Any]:
                return at + micro, tf.nest.map_structure(tf.add, so_far, sums(at))

            if micro == batch:
                return sums(start)
            # One after the other: several at once would hold the memory of as many.
            begin = (start + micro, sums(start))
            _, total = tf.while_loop(lambda at, _: at < end, add, begin, parallel_iterations=1)
            return total

        @tf.function(autograph=False)  # type: ignore[untyped-decorator]
        def epoch(order: Tensor, crop: Placed, seed: Tensor) -> tuple[Tensor, Tensor]:
            crops = self._split.crops(images, shape.size, crop[0])

            def step(start: Tensor, loss: Tensor, correct: Tensor) -> tuple[Tensor, Tensor, Tensor]:
                with tf.GradientTape() as tape:
                    values = self._values()
                    tape.watch(values)
                    ready = prepare(self.network, shape, values, crop[1], training=True, static=self._xla)
                more, right, gradients = batch_sums(ready, order, crops, crop, seed, start)
                self._updater.apply(tape.gradient(ready, values, gradients))
                return start + batch, loss + more, correct + right

            begin = (tf.constant(0), tf.constant(0.0, tf.float64), tf.constant(0))
            _, loss, correct = tf.while_loop(lambda start, *_: start < count, step, begin, parallel_iterations=1)
            return loss, correct

        return epoch  # type: ignore[no-any-return]

    def _loss(self, out: Tensor, labels: Tensor) -> Tensor:
        """Return the loss summed over the images."""
        if self.training.loss == "categorical_crossentropy":
            return tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, out))
        truth = tf.one_hot(labels, self.network.classes)
        return tf.reduce_sum(keras.losses.binary_crossentropy(truth, tf.nn.softmax(out)))

    # -- evaluation ----------------------------------------------------------------------------------------------

    def softmax(self, mask: Mask, split: str) -> NDArray[np.float32]:
        """Return the softmax outputs for a split's images under a mask, (n, classes) float32, no dropout."""
        images = self._split.images.get(split)
        if images is None:
            return np.empty((0, self.network.classes), np.float32)
        crop = crop_of(self.network, mask)
        if crop.shape not in self._evaluations:
            self._evaluations[crop.shape] = self._make_evaluation(crop.shape)
        with self._split.reading():
            outputs = self._evaluations[crop.shape](images, placed(crop, mask, self._split.kind))
        found: NDArray[np.float32] = outputs.numpy()
        return found

    def _make_evaluation(self, shape: CropShape) -> Callable[..., Any]:
        @tf.function(autograph=False, reduce_retracing=True)  # type: ignore[untyped-decorator]
        def evaluation(images: Tensor, at: Placed) -> Tensor:
            crops = self._split.crops(images, shape.size, at[0])
            return evaluate(self.network, shape, self._values(), crops, at, self.training.precision)

        return evaluation  # type: ignore[no-any-return]
