"""Keras models on crops against the same models on whole images: outputs, gradients, and statistics after a step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers
from numpy.typing import NDArray

from tests.core.sample_networks import windows
from xsample_tui.core.networks.model_crops import model_crop
from xsample_tui.training.keras_models.crop_recognition_graphs import crop_layers
from xsample_tui.training.keras_models.cropped_model import CroppedModel
from xsample_tui.training.keras_models.model_creation import count_names_anew

Array = NDArray[Any]
Window = tuple[int, int, int, int]
SHAPE = (17, 15, 2)


def residual(x: Any) -> Any:
    """Two blocks with BatchNormalization, the second with a stride and a convolved shortcut, as in a ResNet."""
    x = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same", use_bias=False)(x)))
    for filters, stride in ((4, 1), (5, 2)):
        branch = layers.Conv2D(filters, 3, stride, padding="same", use_bias=False)(x)
        branch = layers.ReLU()(layers.BatchNormalization()(branch))
        branch = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same", use_bias=False)(branch))
        short = x if stride == 1 else layers.BatchNormalization()(layers.Conv2D(filters, 1, stride)(x))
        x = layers.ReLU()(layers.Add()([branch, short]))
    return layers.GlobalAveragePooling2D()(x)


def inverted(x: Any) -> Any:
    """Return blocks as in MobileNetV2: padding by hand, depthwise convolutions, limited relus, a linear shortcut."""
    x = layers.Rescaling(2.0, -0.3)(x)
    x = layers.Conv2D(4, 3, 2, padding="valid", use_bias=False)(layers.ZeroPadding2D(((0, 1), (1, 0)))(x))
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    wide = layers.ReLU(6.0)(layers.BatchNormalization()(layers.Conv2D(8, 1, use_bias=False)(x)))
    wide = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(wide)
    wide = layers.ReLU(6.0)(layers.BatchNormalization(scale=False)(wide))
    back = layers.BatchNormalization(center=False)(layers.Conv2D(4, 1, use_bias=False)(wide))
    return layers.GlobalMaxPooling2D()(layers.add([x, back]))


def separable(x: Any) -> Any:
    """Return separable convolutions, pools with padding, a dilated convolution, and layers joined."""
    x = layers.SeparableConv2D(6, 3, activation="swish")(x)
    x = layers.MaxPooling2D(3, 2, padding="same")(layers.BatchNormalization(trainable=False)(x))
    one = layers.Conv2D(3, (2, 3), dilation_rate=(2, 1), padding="same", activation="gelu")(x)
    two = layers.AveragePooling2D(3, 1, padding="same")(x)
    x = layers.SeparableConv2D(5, 2, 2, padding="same", depth_multiplier=2)(layers.Concatenate()([one, two]))
    return layers.Flatten()(layers.LeakyReLU()(x))


def partly(x: Any) -> Any:
    """Return a network whose later part must be whole, and is given two layers and the images."""
    first = layers.Conv2D(4, 3, padding="same")(x)
    second = layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same")(first))
    gate = layers.Dense(4, "sigmoid")(layers.GlobalAveragePooling2D()(second))
    gated = layers.Multiply()([second, layers.Reshape((1, 1, 4))(gate)])
    joined = layers.Concatenate()([gated, first, x])
    return layers.Flatten()(layers.BatchNormalization()(layers.LayerNormalization()(joined)))


def crossed(x: Any) -> Any:
    """Return strides that pass over cells, and over all that a small window reaches."""
    short = layers.Conv2D(3, 1, 3)(x)
    far = layers.Conv2D(3, 2, 3, padding="same")(layers.BatchNormalization()(x))
    x = layers.Average()([short, far[:, : short.shape[1], : short.shape[2]]]) if far.shape != short.shape else None
    return layers.Flatten()(layers.Maximum()([short, far]) if x is None else x)


def inner_input(shape: tuple[int, ...]) -> Any:
    """Return the input of a model within a model, of the dtype that its layers compute in."""
    return keras.Input(shape, dtype=keras.config.dtype_policy().compute_dtype)


def nested(x: Any) -> Any:
    """Return a backbone within a model, with a chain within a chain inside, and a later part."""
    x = layers.Rescaling(2.0, -0.3)(x)
    stem = keras.Sequential(
        [
            inner_input(x.shape[1:]),
            layers.Conv2D(4, 3, 2, padding="same"),
            keras.Sequential([layers.BatchNormalization(), layers.ReLU()]),
        ]
    )
    inside = inner_input(x.shape[1:])
    hidden = stem(inside)
    short = layers.add([layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same")(hidden)), hidden * 0.5 + 0.1])
    gate = layers.Dense(4, "sigmoid")(layers.GlobalAveragePooling2D()(layers.LayerNormalization()(short)))
    backbone = keras.Model(inside, layers.Multiply()([short, layers.Reshape((1, 1, 4))(gate)]), name="backbone")
    return layers.Flatten()(backbone(x, training=False))


def wholly_nested(x: Any) -> Any:
    """Return a backbone of known layers only, and a mean behind it."""
    x = layers.Rescaling(2.0, -0.3)(x)
    inside = inner_input(x.shape[1:])
    hidden = layers.Conv2D(4, 3, padding="same")(inside)
    hidden = layers.add([hidden, layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same")(hidden))])
    return layers.GlobalAveragePooling2D()(keras.Model(inside, hidden, name="backbone")(x))


def shared(x: Any) -> Any:
    """Return layers that are used several times, with statistics, in known parts and in later ones; a model twice."""
    x = layers.Conv2D(3, 3, padding="same", activation="relu")(x)
    again, norm = layers.Conv2D(3, 3, padding="same"), layers.BatchNormalization()
    inside = inner_input(x.shape[1:])
    block = keras.Model(inside, layers.ReLU()(layers.BatchNormalization()(again(inside))), name="block")
    one = norm(again(x))
    two = norm(again(one))
    # Of other depths, so that which call of a layer comes first is not the order in which they are written.
    three = layers.add([block(two), block(block(x))])
    late = norm(layers.LayerNormalization()(three))
    return layers.GlobalAveragePooling2D()(layers.add([late, norm(three)]))


def dropped(x: Any) -> Any:
    """Return dropped channels behind which layers keep the factors, up to a mean."""
    x = layers.SpatialDropout2D(0.4, seed=1)(layers.Conv2D(6, 3, padding="same")(x))
    x = layers.LeakyReLU()(layers.MaxPooling2D(3, 2, padding="same")(layers.ReLU()(x)))
    x = layers.SpatialDropout2D(0.3, seed=2)(layers.AveragePooling2D(2, 1, padding="same")(x))
    return layers.GlobalAveragePooling2D(keepdims=True)(layers.Activation("relu")(x))[:, 0, 0]


def dropped_then_mixed(x: Any) -> Any:
    """Return dropped channels that a convolution mixes, on whole frames."""
    x = layers.SpatialDropout2D(0.4, seed=1)(layers.Conv2D(6, 3, padding="same", activation="relu")(x))
    return layers.Flatten()(layers.BatchNormalization()(layers.Conv2D(3, 3)(layers.MaxPooling2D(2)(x))))


NETWORKS: dict[str, Callable[[Any], Any]] = {
    one.__name__: one
    for one in (
        residual,
        inverted,
        separable,
        partly,
        crossed,
        nested,
        wholly_nested,
        shared,
        dropped,
        dropped_then_mixed,
    )
}


def model_of(body: Callable[[Any], Any], shape: tuple[int, int, int] = SHAPE, dtype: str = "float32") -> Any:
    """Return a model whose variables hold values that are neither 0 nor 1."""
    # So that layers have the same names in both dtypes.
    count_names_anew()
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        images = keras.Input(shape)
        model = keras.Model(images, layers.Dense(3)(body(images)))
    finally:
        keras.config.set_dtype_policy(policy)
    rng = np.random.default_rng(3)
    for variable in model.variables:
        low, high = (0.5, 1.5) if variable.path.endswith(("gamma", "moving_variance")) else (-0.5, 0.6)
        variable.assign(rng.uniform(low, high, variable.shape).astype(variable.dtype))
    return model


def step(model: Any, forward: Callable[..., Any], labels: Array, *, training: bool) -> dict[str, Array]:
    """Return outputs, gradients, and the statistics that a step leaves, which are then put back."""
    before = [np.array(variable) for variable in model.variables]
    with tf.GradientTape() as tape:
        out = forward(training=training)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, out))
    gradients = tape.gradient(loss, [variable.value for variable in model.trainable_variables])
    found = {"outputs": out.numpy()}
    for variable, gradient in zip(model.trainable_variables, gradients, strict=True):
        found[variable.path] = np.array(tf.convert_to_tensor(gradient))
    for variable, old in zip(model.variables, before, strict=True):
        if "moving" in variable.path:
            found[variable.path] = np.array(variable)
        variable.assign(old)
    return found


def check(body: Callable[[Any], Any], spots: Iterable[Window], shape: tuple[int, int, int] = SHAPE) -> int:
    """Compare a model on the crops of windows with itself on the masked images; return how many had a crop.

    In float64, where rounding is no excuse: through several BatchNormalizations float32's grows to 1e-4.
    """
    known, _ = crop_layers(model_of(body, shape), shape, shape)
    model = model_of(body, shape, "float64")
    cropped = CroppedModel(model, known)
    rng = np.random.default_rng(1)
    # In whole 8ths, for a model takes images as float32 all the same.
    images = rng.integers(0, 9, (3, *shape)) / 8 * (rng.random((3, *shape[:2], 1)) < 0.7)
    labels = rng.integers(0, 3, len(images))
    done = 0
    for window in spots:
        mask = np.zeros(shape[:2], np.bool_)
        mask[window[0] : window[1], window[2] : window[3]] = True
        # A window's mask need not keep all of it.
        mask[window[0], window[2]] = window[1] - window[0] < 3
        crop = model_crop(known, mask)
        if crop is None:
            continue
        done += 1
        masked = images * mask[..., None]
        (top, left), (height, width) = crop.origin, crop.size
        cells = tf.constant(masked[:, top : top + height, left : left + width])
        places = tf.constant(crop.places, tf.int32)
        for training in (True, False)[: 2 if done == 1 else 1]:
            mine = step(model, partial(cropped, crop.shape, cells, places), labels, training=training)
            theirs = step(model, partial(model, tf.constant(masked)), labels, training=training)
            assert mine.keys() == theirs.keys()
            # Beside the largest: a bias before a BatchNormalization has a gradient of nothing but rounding.
            size = max(float(np.abs(value).max(initial=0)) for value in theirs.values())
            apart = {name: float(np.abs(mine[name] - value).max(initial=0)) for name, value in theirs.items()}
            assert {name: (value, size) for name, value in apart.items() if not value <= 1e-10 * size} == {}
    return done


WINDOWS = [(6, 10, 5, 8), (13, 17, 11, 15)]


@pytest.mark.parametrize("name", NETWORKS)
def test_models_on_crops_are_exact(name: str) -> None:
    assert check(NETWORKS[name], WINDOWS) == len(WINDOWS)


@pytest.mark.parametrize(
    ("name", "last", "why"),
    [
        ("residual", "global_average_pooling2d", ""),
        ("nested", "backbone/batch_normalization_1", "backbone/multiply (Multiply) is no layer"),
        ("wholly_nested", "global_average_pooling2d", ""),
        ("shared", "batch_normalization~4", "layer_normalization (LayerNormalization) is no layer"),
        ("dropped", "global_average_pooling2d", ""),
        ("dropped_then_mixed", "max_pooling2d", "conv2d_1 (Conv2D) mixes or shifts channels that spatial_dropout2d"),
    ],
)
def test_it_is_said_from_which_layer_on_frames_are_whole(name: str, last: str, why: str) -> None:
    known, found = crop_layers(model_of(NETWORKS[name]), SHAPE, SHAPE)
    assert last in {layer.name for layer in known}
    assert found.startswith(why)
    assert bool(found) == bool(why)


@st.composite
def stacks(draw: st.DrawFn) -> tuple[tuple[int, int, int], list[tuple[Any, ...]]]:
    """Return a shape of images, and up to four layers as values: kinds, kernels, strides, paddings."""
    shape = (draw(st.integers(4, 16)), draw(st.integers(4, 16)), draw(st.integers(1, 2)))
    kinds = st.sampled_from(
        ["conv", "depthwise", "separable", "max", "average", "norm", "add", "pad", "again", "within", "drop"]
    )
    one = st.tuples(
        kinds, st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), st.sampled_from(["valid", "same"])
    )
    return shape, draw(st.lists(one, min_size=1, max_size=4))


def built(stack: list[tuple[Any, ...]], x: Any) -> Any:
    """Apply the layers of a stack that fit, beginning with a convolution."""
    x = layers.Conv2D(3, 2, padding="same")(x)
    for kind, down, across, stride, padding in stack:
        size = (down, across)
        if padding == "valid" and (down > x.shape[1] or across > x.shape[2]):
            continue
        match kind:
            case "conv":
                x = layers.Conv2D(3, size, stride, padding, activation="relu")(x)
            case "depthwise":
                x = layers.DepthwiseConv2D(size, stride, padding)(x)
            case "separable":
                x = layers.SeparableConv2D(3, size, stride, padding)(x)
            case "max" | "average":
                pool = layers.MaxPooling2D if kind == "max" else layers.AveragePooling2D
                x = pool(size, stride, padding)(x)
            case "norm":
                x = layers.BatchNormalization()(x)
            case "add":
                x = layers.Add()([x, layers.Conv2D(3, size, padding="same")(x)])
            case "again":
                layer = layers.Conv2D(x.shape[3], size, padding="same", activation="relu")
                x = layer(layers.BatchNormalization()(layer(x)))
            case "within":
                inside = inner_input(x.shape[1:])
                hidden = layers.BatchNormalization()(layers.Conv2D(3, size, padding="same")(inside))
                x = keras.Model(inside, hidden)(x)
            case "drop":
                x = layers.SpatialDropout2D(0.3, seed=stride)(x)
            case "pad":
                x = layers.ZeroPadding2D(((down, across), (stride, 0)))(x)
    return layers.Flatten()(x)


@given(st.data())
@settings(max_examples=6, deadline=None)
def test_any_graph_under_any_window_is_exact(data: st.DataObject) -> None:
    shape, stack = data.draw(stacks())
    check(partial(built, stack), [data.draw(windows(shape))], shape)
