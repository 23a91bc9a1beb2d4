"""Dropout from a seed, with as few random bits as possible."""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf

Tensor = Any


def dropout(hidden: Tensor, rate: float, seed: Tensor) -> Tensor:
    """Return ``hidden`` with each value zeroed with probability ``rate`` and the others scaled by 1/(1-rate).

    A function of the seed alone, (2,) int64.
    """
    shape = tf.shape(hidden)
    kept = kept_units(shape[0], math.prod(hidden.shape[1:]), rate, seed)
    return hidden * (tf.cast(tf.reshape(kept, shape), hidden.dtype) * (1 / (1 - rate)))


def kept_units(count: Tensor, width: Tensor, rate: float, seed: Tensor) -> Tensor:
    """Return which units dropout keeps, (count, width) bool, each with probability 1 - ``rate``.

    Rates in whole quarters take two random bits a unit, others one 32-bit word.
    """
    if not (rate * 4).is_integer():
        kept = _random_words(count * width, seed) >= tf.constant(round(rate * 2**32), tf.uint32)
        return tf.reshape(kept, (count, width))
    quarter = (width + 3) // 4
    words, limit = _random_words((count * quarter + 3) // 4, seed), tf.constant(int(rate * 256), tf.uint8)
    quarters = []
    for shift in (0, 2, 4, 6):
        # The limit has its six low bits zero, so only a byte's two high bits decide: another two at each shift.
        draws: Tensor = tf.bitcast(tf.bitwise.left_shift(words, tf.constant(shift, tf.uint32)), tf.uint8)
        kept = tf.reshape(draws, (-1,))[: count * quarter] >= limit
        quarters.append(tf.reshape(kept, (count, quarter)))
    return tf.concat(quarters, 1)[:, :width]


def _random_words(count: Tensor, seed: Tensor) -> Tensor:
    return tf.random.stateless_uniform(
        tf.reshape(count, (1,)), seed, minval=None, maxval=None, dtype=tf.uint32, alg="philox"
    )
