"""A tiny vision transformer, with a layer of its own: `xsample-tui run --network tiny_vit:network`.

The layer has ``get_config``, and this file must be found again when the sweep is resumed.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


class Positions(layers.Layer):
    """Adds a learned vector to each patch."""

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the vectors."""
        self.vectors = self.add_weight(shape=input_shape[1:], initializer="random_normal", name="vectors")

    def call(self, patches: Any) -> Any:
        """Return the patches with their vectors added."""
        return patches + self.vectors


def network(shape: tuple[int, int, int], classes: int) -> keras.Model:
    """Return a network for images of a shape (height, width, channels); it gives probabilities."""
    width, patch = 32, max(min(shape[:2]) // 4, 1)
    images = keras.Input(shape)
    x = layers.Conv2D(width, patch, strides=patch)(images)
    x = Positions()(layers.Reshape((-1, width))(x))
    for _ in range(2):
        seen = layers.LayerNormalization()(x)
        x = layers.add([x, layers.MultiHeadAttention(4, width // 4, dropout=0.1)(seen, seen)])
        wide = layers.Dense(2 * width, activation="gelu")(layers.LayerNormalization()(x))
        x = layers.add([x, layers.Dropout(0.1)(layers.Dense(width)(wide))])
    x = layers.GlobalAveragePooling1D()(layers.LayerNormalization()(x))
    return keras.Model(images, layers.Dense(classes, activation="softmax")(x))
