"""The fused Adam against Keras's own."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.training.exact import distance
from xsample_tui.core.training.sweep_spec import Training
from xsample_tui.training.optimizer_step import Updater, velocity_ratio

SHAPES = {"a/kernel": (7, 5), "a/bias": (5,)}


def variables() -> dict[str, keras.Variable]:
    rng = np.random.default_rng(0)
    return {
        name: keras.Variable(rng.normal(size=shape).astype(np.float32), name=name.replace("/", "_"))
        for name, shape in SHAPES.items()
    }


def gradients(step: int) -> dict[str, tf.Tensor]:
    rng = np.random.default_rng(step)
    scale = 10.0 ** -(step % 9)
    return {name: tf.constant(rng.normal(size=shape) * scale, tf.float32) for name, shape in SHAPES.items()}


@pytest.mark.parametrize("rate", [1e-3, 0.3])
def test_fused_adam_keeps_keras_s_formula_and_state(rate: float) -> None:
    mine, theirs = variables(), variables()
    updater = Updater(Training(optimizer="adam", learning_rate=rate), mine)
    adam = keras.optimizers.Adam(rate)
    adam.build(list(theirs.values()))
    step = tf.function(updater.apply)
    for number in range(40):
        step(gradients(number))
        adam.apply(list(gradients(number).values()), list(theirs.values()))
    for name in SHAPES:
        assert distance(np.array(mine[name]), np.array(theirs[name])) < 1e-6
    slots = updater.slots()
    assert list(slots) == [f"{number:02d}-{slot.name}" for number, slot in enumerate(adam.variables)]
    for slot, variable in zip(slots.values(), adam.variables, strict=True):
        expected = np.array(variable)
        assert slot.dtype == expected.dtype
        ratio = velocity_ratio(0.999) if variable.name.endswith("velocity") else 1
        assert abs(ratio - 1) < 2e-5
        assert distance(slot.astype(np.float64), expected.astype(np.float64) * ratio) < 1e-6
    assert slots["00-iteration"] == 40


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop", "adamw", "nadam", "adagrad"])
def test_a_fresh_state_forgets_every_step(optimizer: str) -> None:
    mine = variables()
    updater = Updater(Training.model_validate({"optimizer": optimizer, "learning_rate": 0.1}), mine)
    fresh = updater.slots()
    updater.apply(gradients(1))
    assert any(not np.array_equal(slot, fresh[name]) for name, slot in updater.slots().items())
    updater.set(None)
    for name, slot in updater.slots().items():
        assert np.array_equal(slot, fresh[name])
