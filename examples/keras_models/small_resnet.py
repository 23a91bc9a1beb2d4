"""A small residual network with BatchNormalization: `xsample-tui run --network small_resnet:network`."""

from __future__ import annotations

import keras
from keras import layers


def network(shape: tuple[int, int, int], classes: int) -> keras.Model:
    """Return a network for images of a shape (height, width, channels); it gives logits."""
    images = keras.Input(shape)
    x = layers.RandomTranslation(0.05, 0.05)(images)
    x = _normalised(layers.Conv2D(16, 3, padding="same", use_bias=False)(x))
    for filters in (16, 32):
        branch = _normalised(layers.Conv2D(filters, 3, padding="same", use_bias=False)(x))
        branch = layers.Conv2D(filters, 3, padding="same", use_bias=False)(branch)
        branch = layers.BatchNormalization()(branch)
        x = layers.ReLU()(layers.add([branch, layers.Conv2D(filters, 1)(x)]))
        x = layers.Dropout(0.1)(layers.MaxPooling2D()(x))
    return keras.Model(images, layers.Dense(classes)(layers.GlobalAveragePooling2D()(x)))


def _normalised(x: object) -> object:
    return layers.ReLU()(layers.BatchNormalization()(x))
