"""Comparison of a crop's outputs, loss and gradients with the plain Keras model's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tests.training import plain
from xsample_tui.core.masks.mask_kinds import Mask
from xsample_tui.core.networks.network import Network, Weights
from xsample_tui.core.networks.receptive_field import Crop, CropShape, crop_of
from xsample_tui.training.forward import compute, prepare

Array = NDArray[Any]
NEAR = 1e-5


def distance(one: Array, other: Array) -> float:
    """Return the distance of two arrays relative to the second's size; 0 where both are zero."""
    size, apart = (float(np.linalg.norm(array)) for array in (other, np.subtract(one, other)))
    return apart / size if size else float(np.max(np.abs(one), initial=0))


def biased(network: Network, seed: int = 0) -> Weights:
    """Return initial weights with biases that are not zero, so that blank cells hold something.

    All are whole 128ths. With pixels in whole 8ths, two convolutions are computed without any rounding, so that
    no order of additions decides which of two nearly equal cells is a pool's maximum.
    """
    rng = np.random.default_rng(seed)
    weights = network.initial_weights(seed)
    raw: dict[str, NDArray[Any]] = {
        name: rng.normal(0.1, 0.3, weight.shape) if name.endswith("/bias") else weight
        for name, weight in weights.items()
    }
    return {name: (np.round(weight * 128) / 128).astype(np.float32) for name, weight in raw.items()}


def cropped(images: Array, mask: Mask, crop: Crop) -> Array:
    """Return masked images' crop, float32."""
    (top, left), (height, width) = crop.origin, crop.shape.size
    return (images * mask[..., None])[:, top : top + height, left : left + width].astype(np.float32)


@dataclass
class Pair:
    """A network on crops and the plain model beside it.

    Attributes:
        network, weights: of both.
        eager: whether to compute without tracing, which is faster where each crop is used once.
        precision: what the network on crops is computed in; the plain model is float32 always.
    """

    network: Network
    weights: Weights
    eager: bool = False
    precision: str = "float32"
    _traced: dict[tuple[CropShape, bool], Callable[..., Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.plain = plain.model(self.network)
        plain.set_weights(self.plain, self.weights)
        self._blank = plain.blank_features(self.network, self.weights)
        self.variables = {name: tf.Variable(weight) for name, weight in self.weights.items()}

        def by_keras(inputs: Any, labels: Any) -> Any:
            with tf.GradientTape() as tape:
                out = self.plain(inputs)
                loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, out))
            named = plain.parameters(self.plain)
            return out, loss, tape.gradient(loss, {name: variable.value for name, variable in named.items()})

        self._by_keras = self._function(by_keras)

    def _function(self, computation: Callable[..., Any]) -> Callable[..., Any]:
        if self.eager:
            return computation
        return tf.function(computation, autograph=False, reduce_retracing=True)  # type: ignore[no-any-return]

    def differences(self, images: Array, labels: Array, mask: Mask, seed: Array | None) -> dict[str, float]:
        """Return how far outputs, loss and every gradient are apart, relative; without a seed, dropout is off."""
        crop = crop_of(self.network, mask)
        key = (crop.shape, seed is not None)
        if key not in self._traced:
            self._traced[key] = self._trace(crop.shape, dropout=seed is not None)
        mine = self._traced[key](
            tf.constant(cropped(images, mask, crop)),
            tf.constant(crop.place, tf.int32),
            tf.constant(np.zeros(2) if seed is None else seed, tf.int64),
            tf.constant(labels),
        )
        if seed is None:
            factors = plain.no_dropout(self.network, crop, len(images))
        else:
            factors = plain.unit_factors(self.network, crop, seed, len(images), self._blank)
        whole = (images * mask[..., None]).astype(np.float32)
        theirs = self._by_keras([tf.constant(whole), *map(tf.constant, factors)], tf.constant(labels))
        assert mine[2].keys() == theirs[2].keys()
        found = {
            "outputs": distance(mine[0].numpy(), theirs[0].numpy()),
            "loss": distance(mine[1].numpy(), theirs[1].numpy()),
        }
        return found | {name: distance(grad.numpy(), theirs[2][name].numpy()) for name, grad in mine[2].items()}

    def _trace(self, shape: CropShape, *, dropout: bool) -> Callable[..., Any]:
        def by_crop(images: Any, place: Any, seed: Any, labels: Any) -> Any:
            with tf.GradientTape() as tape:
                ready = prepare(self.network, shape, self.variables, place, training=dropout)
                key = seed if dropout else None
                out = compute(self.network, shape, ready, images, place, key, self.precision)
                loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, out))
            return out, loss, tape.gradient(loss, self.variables)

        return self._function(by_crop)


def assert_exact(found: dict[str, float], near: float = NEAR) -> None:
    """Assert that nothing is further apart than float32 rounding explains."""
    assert {name: value for name, value in found.items() if not value <= near} == {}
