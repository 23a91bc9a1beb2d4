"""Keras models for tests, named as ``--network`` names them."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from keras import layers

Shape = tuple[int, int, int]


class Noise(layers.Layer):  # type: ignore[misc]
    """Adds noise that no seed of the model determines."""

    def call(self, x: Any) -> Any:
        return x + tf.random.normal(tf.shape(x))


class Own(keras.Model):  # type: ignore[misc]
    """A model as a class, whose dropout has a seed that its author fixed."""

    def __init__(self, classes: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.classes = classes
        self.conv = layers.Conv2D(4, 3, strides=2, activation="relu")
        self.norm = layers.BatchNormalization()
        self.flat = layers.Flatten()
        self.drop = layers.Dropout(0.3, seed=3)
        self.out = layers.Dense(classes)

    def call(self, x: Any, training: bool = False) -> Any:
        hidden = self.flat(self.norm(self.conv(x), training=training))
        return self.out(self.drop(hidden, training=training))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "classes": self.classes}


def own(shape: Shape, classes: int) -> Any:
    return Own(classes)


def noisy(shape: Shape, classes: int) -> Any:
    return keras.Sequential([keras.Input(shape), Noise(), layers.Flatten(), layers.Dense(classes)])


def norm(shape: Shape, classes: int) -> Any:
    """Return a small network with BatchNormalization, an augmentation and two dropouts."""
    images = keras.Input(shape)
    x = layers.RandomFlip("horizontal")(images)
    x = layers.Conv2D(4, 3, strides=2, use_bias=False)(x)
    x = layers.Dropout(0.2, seed=5)(layers.ReLU()(layers.BatchNormalization()(x)))
    x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(images, layers.Dense(classes, kernel_regularizer="l2")(x))


def residual(shape: Shape, classes: int) -> Any:
    """Return a network that is trained on crops up to its pool: BatchNormalization, and a shortcut."""
    images = keras.Input(shape)
    x = layers.Conv2D(4, 3, padding="same", kernel_initializer="he_normal")(images)
    short = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.SeparableConv2D(4, 3, padding="same")(short)
    x = layers.ReLU()(layers.add([short, layers.BatchNormalization()(x)]))
    x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(images, layers.Dense(classes)(x))


def backbone(shape: Shape, classes: int) -> Any:
    """Return a backbone and a head, as people build on one, with channels dropped and a layer used twice."""
    images = keras.Input(shape)
    again = layers.Conv2D(4, 3, padding="same")
    x = layers.BatchNormalization()(again(layers.Conv2D(4, 3, padding="same", activation="relu")(images)))
    inside = keras.Model(images, layers.SpatialDropout2D(0.2)(layers.ReLU()(again(x))), name="inside")
    head = [layers.GlobalAveragePooling2D(), layers.Dropout(0.2), layers.Dense(classes)]
    return keras.Sequential([keras.Input(shape), layers.Rescaling(2.0, -1.0), inside, *head])


def with_operators(shape: Shape, classes: int) -> Any:
    """Return a network whose images are scaled and cut by Python's operators, not by layers."""
    images = keras.Input(shape)
    x = layers.Conv2D(4, 3, activation="relu")((images * 2 - 1)[:, 1:])
    return keras.Model(images, layers.Dense(classes)(layers.GlobalAveragePooling2D()(x)))


def too_many(shape: Shape, classes: int) -> Any:
    return keras.Sequential([keras.Input(shape), layers.Flatten(), layers.Dense(classes + 2)])


def other_size(shape: Shape, classes: int) -> Any:
    return keras.Sequential([keras.Input((9, 9, 1)), layers.Flatten(), layers.Dense(classes)])


def sigmoid(shape: Shape, classes: int) -> Any:
    return keras.Sequential([keras.Input(shape), layers.Flatten(), layers.Dense(classes, "sigmoid")])


def with_code(shape: Shape, classes: int) -> Any:
    return keras.Sequential(
        [keras.Input(shape), layers.Lambda(lambda x: x * 2), layers.Flatten(), layers.Dense(classes)]
    )


def penalised(shape: Shape, classes: int) -> Any:
    """Return a network without dropout and batch statistics, and with a penalty."""
    return keras.Sequential(
        [
            keras.Input(shape),
            layers.Flatten(),
            layers.Dense(8, "tanh", kernel_regularizer="l2"),
            layers.Dense(classes),
        ]
    )


def smooth(shape: Shape, classes: int) -> Any:
    return keras.Sequential(
        [
            keras.Input(shape),
            layers.Flatten(),
            layers.Dense(8, "gelu", kernel_regularizer="l2"),
            layers.Dense(classes),
        ]
    )


def zeros(shape: Shape, classes: int) -> Any:
    return keras.Sequential([keras.Input(shape), layers.Flatten(), layers.Dense(classes, kernel_initializer="zeros")])


def deep_chain(shape: Shape, classes: int) -> Any:
    """Return a chain with depthwise convolutions and a mean over the frame, as MobileNets have them."""
    return keras.Sequential(
        [
            keras.Input(shape),
            layers.Conv2D(4, 3, name="a", activation="relu"),
            layers.DepthwiseConv2D(3, depth_multiplier=2, name="b"),
            layers.ReLU(),
            layers.Conv2D(6, 1, name="c", activation="relu"),
            layers.GlobalAveragePooling2D(name="mean"),
            layers.Dense(classes, name="logits"),
        ]
    )


def chain(shape: Shape, classes: int) -> Any:
    """Return the article's network as a Keras model."""
    return keras.Sequential(
        [
            keras.Input(shape),
            layers.Conv2D(32, 3, name="conv1", activation="relu"),
            layers.Conv2D(64, 3, name="conv2"),
            layers.ReLU(),
            layers.MaxPooling2D(name="pool"),
            layers.Dropout(0.25, name="dropout1"),
            layers.Flatten(name="flatten"),
            layers.Dense(128, name="dense1", activation="relu"),
            layers.Dropout(0.5, name="dropout2"),
            layers.Dense(classes, name="logits", activation="softmax"),
        ]
    )
