"""Turns a Keras model into a plain value, and says what is wrong with one that cannot be trained here."""

from __future__ import annotations

import contextlib
import json
import os
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ...core.errors import ArgumentError, InputError, XSampleError, printable
from ...core.networks.keras_network import (
    DescribedNetwork,
    Head,
    KerasNetwork,
    ModelVariable,
    Shape,
    weights_digest,
)
from ...core.networks.network import Weights
from ...core.networks.network_registry import FIELD
from ...core.training.sweep_spec import Training
from .crop_recognition_chains import recognise
from .crop_recognition_graphs import crop_layers
from .model_check import outcome
from .model_creation import built, create, initial_weights, kinds, objects, sources, value_of

_CONFIG = "config.json"
_MOST_CONFIG = 64 * 2**20
_TRIED = 16


def load(name: str) -> Any:
    """Return the model that a ``.keras`` file holds; no code of the file runs.

    Raises:
        InputError: the file cannot be read, or the model has classes or functions that are not Keras's.
    """
    path = Path(name)
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(_CONFIG).file_size > _MOST_CONFIG:
                raise ArgumentError(FIELD, name, "its config is too large; save the model again")
            config = json.loads(archive.read(_CONFIG))
    except InputError:
        raise
    except OSError as error:
        raise ArgumentError(FIELD, name, f"cannot be read: {error.strerror or error}; name another file") from error
    except (zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, RuntimeError) as error:
        raise ArgumentError(FIELD, name, "is no saved Keras model; save one with model.save(FILE.keras)") from error
    if foreign := next(objects(config), None):
        what = f"its {foreign[1]} comes from {foreign[0]}, and no code is taken from files"
        raise ArgumentError(FIELD, name, f"{what}; write a function that returns the model, and give module:function")
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        why = f"{type(error).__name__}: {printable(error, 200)}"
        raise ArgumentError(FIELD, name, f"cannot be loaded; save it again with this Keras ({why})") from error


def describe_model(
    name: str, model: Any, shape: Shape, classes: int, training: Training, pretrained: bool
) -> DescribedNetwork:
    """Return a model as plain layers where it is a chain of those that crops know, else as a config that was checked.

    Args:
        name: what it is called, for messages.
        model: the model.
        shape, classes: of the images.
        training: how it is to be trained.
        pretrained: whether its weights are every trial's initial weights.

    Raises:
        InputError: it cannot be trained on these images.
    """
    if training.precision != "float32":
        remedy = "a Keras model's dtype policy says what it computes in; leave the option out"
        raise ArgumentError("precision", training.precision, remedy)
    try:
        network, chain = _described(model, shape, classes)
        if chain is not None and not pretrained:
            return DescribedNetwork(chain)
        weights = _weights(network, model) if pretrained else None
        if weights is not None:
            network = replace(network, pretrained=weights_digest(weights))
        else:
            network = replace(network, alike=_alike(network))
        return DescribedNetwork(network, outcome(network, training), weights)
    except InputError:
        raise
    except XSampleError as error:
        raise ArgumentError(FIELD, name, str(error)) from error
    except Exception as error:
        why = f"{type(error).__name__}: {printable(error, 240)}"
        raise ArgumentError(FIELD, name, f"the model cannot be trained: {why}") from error


def _described(model: Any, shape: Shape, classes: int) -> tuple[KerasNetwork, Any]:
    """Return a model's description, and the same as plain layers where it is a chain of them."""
    takes = _takes(model, shape)
    built(model, takes)
    head = _head(model, takes, classes)
    chain, _ = recognise(model, shape, classes, head)
    crops, whole = crop_layers(model, shape, takes)
    config = _config(model)
    network = KerasNetwork(
        shape=shape,
        classes=classes,
        config=json.dumps(config),
        variables=_variables(model),
        takes=takes,
        head=head,
        work=_multiply_adds(model, takes),
        whole=whole,
        modules=sources(config),
        crops=crops,
    )
    again = create(network, 0)
    if _variables(again) != network.variables:
        here, there = (len(one.variables) for one in (model, again))
        if here != there or kinds(again) != kinds(model):
            why = f"rebuilt from its config it has {there} variables, not {here}; its get_config leaves something out"
            raise XSampleError(why)
    return network, chain


def _takes(model: Any, shape: Shape) -> tuple[int, ...]:
    """Return the shape of one image as the model takes it.

    Raises:
        XSampleError: it is for other images.
    """
    if len(getattr(model, "inputs", None) or [1]) > 1:
        raise XSampleError("it has several inputs; give a model of one image")
    try:
        wanted = model.input_shape
    except AttributeError:
        wanted = (model.build_config or {}).get("input_shape") if hasattr(model, "build_config") else None
    if not isinstance(wanted, tuple | list):
        return shape
    wanted = tuple(wanted[1:])
    whole = int(np.prod(shape))
    for fitting in (shape, shape[:2] if shape[2] == 1 else shape, (whole,)):
        if len(wanted) == len(fitting) and all(one in (None, two) for one, two in zip(wanted, fitting, strict=True)):
            return fitting
    takes, have = ("x".join("?" if one is None else str(one) for one in sizes) for sizes in (wanted, shape))
    raise XSampleError(f"it takes images of {takes}, and these are {have}; use the shape that the function is given")


def _head(model: Any, takes: tuple[int, ...], classes: int) -> Head:
    """Return whether the model gives probabilities or logits.

    Raises:
        XSampleError: its outputs are not one for each class.
    """
    images = np.random.default_rng(0).random((_TRIED, *takes), np.float32)
    out = model(images, training=False)
    if isinstance(out, list | tuple | dict):
        raise XSampleError("it has several outputs; give a model of one")
    out = np.array(tf.cast(out, tf.float32))
    if out.shape != (_TRIED, classes):
        gives = "x".join(str(size) for size in out.shape[1:])
        raise XSampleError(
            f"it gives {gives or 1} outputs an image, and there are {classes} classes; end in {classes}"
        )
    if not np.isfinite(out).all():
        raise XSampleError("it gives outputs that are not finite")
    if (out >= 0).all() and np.allclose(out.sum(axis=1), 1, atol=0.02):
        return "softmax"
    # Not by the values: logits of random weights may lie between 0 and 1 as well.
    if getattr(model.layers[-1], "activation", None) is keras.activations.sigmoid:
        raise XSampleError("its outputs are sigmoids, which do not add up to 1; end in a softmax, or in logits")
    return "logits"


def _config(model: Any) -> Any:
    """Return a model's config without how it was compiled.

    Raises:
        XSampleError: it has none that can be stored.
    """
    try:
        config = keras.saving.serialize_keras_object(model)
        config.pop("compile_config", None)
        text = json.dumps(config)
    except (NotImplementedError, TypeError, ValueError, AttributeError) as error:
        why = printable(str(error).strip().partition("\n")[0], 120)
        raise XSampleError(f"its config cannot be stored; give its classes a get_config ({why})") from error
    if '"__lambda__"' in text:
        raise XSampleError("a Lambda layer holds code, which is not stored; write a layer with get_config instead")
    if any(module == "__main__" for module, _ in objects(config)):
        raise XSampleError("a class of it comes from a script; put it into a module")
    return config


def _variables(model: Any) -> tuple[ModelVariable, ...]:
    """Return a model's variables; names that several have are numbered."""
    paths = [variable.path for variable in model.variables]
    several = Counter(paths)
    seen: Counter[str] = Counter()
    found = []
    for variable, path, kind in zip(model.variables, paths, kinds(model), strict=True):
        seen[path] += 1
        name = path if several[path] == 1 else f"{path}~{seen[path]}"
        found.append(ModelVariable(name, tuple(variable.shape), value_of(variable).dtype.name, kind))
    return tuple(found)


def _weights(network: KerasNetwork, model: Any) -> Weights:
    return {known.name: value_of(one) for known, one in zip(network.variables, model.variables, strict=True)}


def _alike(network: KerasNetwork) -> tuple[str, ...]:
    """Return the names of weights that are drawn, and yet the same in every stream."""
    one, other = (initial_weights(network, seed) for seed in (0, 1))
    names = [
        variable.name
        for variable in network.variables
        if variable.kind == "trainable"
        and np.ptp(one[variable.name]) > 0
        and np.array_equal(one[variable.name], other[variable.name])
    ]
    return tuple(names)


def _multiply_adds(model: Any, takes: tuple[int, ...]) -> int:
    """Return the multiply-adds of a forward pass on one image: half of TensorFlow's count of float operations."""
    given = tf.TensorSpec((1, *takes), tf.float32)
    graph = tf.function(lambda x: model(x, training=False), autograph=False).get_concrete_function(given).graph
    profiler = tf.compat.v1.profiler
    options = profiler.ProfileOptionBuilder(profiler.ProfileOptionBuilder.float_operation())
    options = options.with_empty_output().build()
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        found = profiler.profile(graph, options=options)
    return max(int(found.total_float_ops) // 2, 1)
