"""The calls that a Keras model makes, those of models inside it among them."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from xsample_tui.training.keras_models.model_calls import ModelCall, Output, is_graph, model_calls

IMAGE = (6, 5, 1)


class Composed(layers.Layer):  # type: ignore[misc]
    """A layer that takes no ``training``, with one inside that asks for it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inner = layers.Dropout(0.5, seed=1)

    def call(self, x: Any) -> Any:
        return self.inner(x)


def nested() -> Any:
    """Return a model that calls a model twice, once with its own ``training``, and scales by operators."""
    given = keras.Input(IMAGE)
    again = layers.Conv2D(2, 3, padding="same", name="conv")
    chain = keras.Sequential([keras.Input((6, 5, 2)), layers.ReLU(name="relu")], name="chain")
    inside = keras.Model(given, chain(layers.BatchNormalization(name="norm")(again(given))), name="inside")
    images = keras.Input(IMAGE)
    x = layers.Concatenate(name="both")([inside(images * 2.0), inside(images, training=False), again(images)])
    return keras.Model(images, layers.Dense(3, name="out")(layers.Flatten(name="flat")(Composed(name="drop")(x))))


def played(calls: list[ModelCall], end: Output, images: Any, *, training: bool) -> Any:
    values = {Output(""): images}
    for call in calls:
        found = call(values.__getitem__, training=training)
        values |= {Output(call.name, at): value for at, value in enumerate(found)}
    return values[end]


def test_models_inside_are_flattened_and_calls_of_a_layer_numbered() -> None:
    calls, end = model_calls(nested())
    names = {call.name: sorted(call.inputs) for call in calls}
    assert names == {
        "multiply": [""],
        "inside/conv": ["multiply"],
        "inside/norm": ["inside/conv"],
        "inside/chain/relu": ["inside/norm"],
        "inside/conv~2": [""],
        "inside/norm~2": ["inside/conv~2"],
        "inside/chain/relu~2": ["inside/norm~2"],
        "conv": [""],
        "both": ["conv", "inside/chain/relu", "inside/chain/relu~2"],
        "drop": ["both"],
        "flat": ["drop"],
        "out": ["flat"],
    }
    assert end == Output("out")


@pytest.mark.parametrize("training", [False, True])
def test_the_calls_are_what_the_model_computes_to_the_bit(training: bool) -> None:
    model = nested()
    images = keras.ops.convert_to_tensor(np.random.default_rng(0).random((4, *IMAGE), np.float32))
    before = [np.array(variable) for variable in model.variables]
    config = model.get_config()
    outcomes = []
    calls, end = model_calls(model)
    assert model.get_config() == config, "listing leaves the model as it was"
    for forward in (model, lambda x, *, training: played(calls, end, x, training=training)):
        out = np.array(forward(images, training=training))
        outcomes.append([out, *(np.array(variable) for variable in model.variables)])
        for variable, value in zip(model.variables, before, strict=True):
            variable.assign(value)
    assert all(np.array_equal(one, other) for one, other in zip(*outcomes, strict=True))
    moved = [not np.array_equal(one, other) for one, other in zip(outcomes[0][1:], before, strict=True)]
    # The statistics of two calls of one layer, which hang on their order, and the dropout's seed.
    assert any(moved) == training


def test_a_model_of_a_class_of_its_own_is_one_call() -> None:
    class Own(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(name="own")
            self.conv = layers.Conv2D(2, 3)

        def call(self, x: Any) -> Any:
            return self.conv(x)

    own = Own()
    assert not is_graph(own)
    model = keras.Sequential([keras.Input(IMAGE), own, layers.Flatten(name="flat")])
    assert is_graph(model)
    assert [call.name for call in model_calls(model)[0]] == ["own", "flat"]
