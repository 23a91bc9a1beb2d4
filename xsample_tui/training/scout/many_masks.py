"""Trainers that show each train image under a mask of its own, drawn for every epoch again."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from ...core.data.data_splits import Split
from ...core.data.dataset import Dataset
from ...core.networks.keras_network import KerasNetwork, TrainedNetwork
from ...core.networks.receptive_field import whole
from ...core.scout.scout_order import STREAM, Masks, drawn_windows
from ...core.training.sweep_spec import Training
from ..keras_models.model_evaluation import on_whole_images
from ..keras_models.model_trainer import ModelTrainer
from ..trained_variables import TrainedVariables
from ..trainer import Trainer

Tensor = Any


class _ManyMasks(TrainedVariables):
    """Multiplies each image by the mask that is drawn for it.

    ``inside`` is a pair: all masks, (windows, height, width, 1) bool, and each image's, (images,) int32.
    """

    _scale = 1.0

    def inside_of(self, inside: tuple[Tensor, Tensor], at: Tensor) -> Tensor:
        """Return the images' masks, (n, height, width, 1) float32, scaled to bring pixels to 0..1."""
        masks, drawn = inside
        return tf.cast(tf.gather(masks, tf.gather(drawn, at)), tf.float32) * self._scale

    def _drawn(self, masks: Masks, images: int, seed: int, epoch: int, kind: np.dtype[Any]) -> tuple[Tensor, Tensor]:
        # As a float32, which images are multiplied by under one mask too.
        self._scale = float(np.float32(1 / 255 if kind == np.uint8 else 1.0))
        drawn = drawn_windows(len(masks), images, seed, epoch)
        return tf.constant(masks[..., None]), tf.constant(drawn, tf.int32)


class ManyMasksTrainer(_ManyMasks, Trainer):
    """Trains a network of layers on whole frames, each image under a mask of its own."""

    def train_under(self, masks: Masks, epoch: int) -> tuple[float, float]:
        """Train one epoch; return the mean loss and the accuracy over its batches, dropout on.

        Args:
            masks: (windows, height, width) bool, True where the pixel stays.
            epoch: the epoch's number, 1 for the first.
        """
        crop = whole(self.network)
        inside = self._drawn(masks, self._split.count, self._seed, epoch, self._split.kind)
        at = (tf.constant(crop.origin, tf.int32), tf.constant(crop.place, tf.int32), inside)
        return self._train(crop.shape, at, STREAM, epoch)


class ManyMasksModelTrainer(_ManyMasks, ModelTrainer):
    """Trains a Keras model, each image under a mask of its own."""

    def train_under(self, masks: Masks, epoch: int) -> tuple[float, float]:
        """Train one epoch; arguments and result as of :meth:`ManyMasksTrainer.train_under`."""
        inside = self._drawn(masks, self._split.count, self._seed, epoch, self._split.kind)
        return self._train(None, on_whole_images(inside), STREAM, epoch)


def many_masks_trainer(
    network: TrainedNetwork, training: Training, seed: int, dataset: Dataset, split: Split
) -> ManyMasksTrainer | ManyMasksModelTrainer:
    """Return the trainer for a network; arguments as of :class:`~xsample_tui.training.trainer.Trainer`."""
    kind: Any = ManyMasksModelTrainer if isinstance(network, KerasNetwork) else ManyMasksTrainer
    trainer: ManyMasksTrainer | ManyMasksModelTrainer = kind(network, training, seed, dataset, split)
    return trainer
