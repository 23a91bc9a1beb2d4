"""Makes Keras models from their descriptions, with variables that follow from a seed."""

from __future__ import annotations

import gc
import hashlib
import importlib
import json
import math
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from ...core.errors import XSampleError, printable
from ...core.networks.keras_network import KerasNetwork, VariableKind
from ...core.networks.network import Weights
from ...core.networks.network_registry import current_folder
from ...core.seeding import derive

Tensor = Any
_MOST = 2**31


class ModelFailed(XSampleError):
    """A model cannot be made of its config here: a module is missing, say."""


def create(network: KerasNetwork, seed: int) -> Any:
    """Return the model with initial values that are a function of the seed, on every call and in every process.

    Every seed in the config is replaced, so that one that the model's author fixed differs from stream to stream
    too. What layers draw besides comes from generators that are seeded here.

    Raises:
        ModelFailed: a class of it cannot be imported, or it fails.
    """
    config = seeded(json.loads(network.config), seed)
    python, numpy = random.getstate(), np.random.get_state()
    try:
        keras.utils.set_random_seed(derive(seed, "init", "hidden") % _MOST)
        model = keras.saving.deserialize_keras_object(config, custom_objects=custom_objects(config), safe_mode=True)
        built(model, network.takes)
    except XSampleError:
        raise
    except Exception as error:
        raise ModelFailed(f"the network cannot be made: {type(error).__name__}: {printable(error, 200)}") from error
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
    return model


def count_names_anew() -> None:
    """Let Keras number the names of layers from the beginning, so that one model has one description.

    Keras counts for a whole process; what else it keeps is left as it is.
    """
    policy = keras.config.dtype_policy()
    keras.backend.clear_session()
    keras.config.set_dtype_policy(policy)


def built(model: Any, takes: tuple[int, ...]) -> None:
    """Let a model make its variables, if it has not."""
    model(np.zeros((1, *takes), np.float32), training=False)


def seeded(config: Any, seed: int, place: tuple[str | int, ...] = ()) -> Any:
    """Return a config with every seed in it replaced by one that follows from ``seed`` and the seed's place."""
    if isinstance(config, list):
        return [seeded(value, seed, (*place, index)) for index, value in enumerate(config)]
    if not isinstance(config, dict):
        return config
    return {
        name: derive(seed, "init", *place) % _MOST
        if name == "seed" and (value is None or type(value) is int)
        else seeded(value, seed, (*place, name))
        for name, value in config.items()
    }


def objects(config: Any) -> Iterator[tuple[str, str]]:
    """Yield module and name of every class and function in a config that is not Keras's."""
    if isinstance(config, list):
        for value in config:
            yield from objects(value)
    elif isinstance(config, dict):
        module, name = config.get("module"), config.get("class_name")
        if (
            isinstance(module, str)
            and isinstance(name, str)
            and module.partition(".")[0] not in ("keras", "builtins")
        ):
            yield module, config["config"] if name == "function" else name
        for value in config.values():
            yield from objects(value)


def custom_objects(config: Any) -> dict[str, Any]:
    """Return the classes and functions of a config that are not Keras's, by name, imported.

    Raises:
        ModelFailed: one is not there.
    """
    found: dict[str, Any] = {}
    for module, name in objects(config):
        try:
            with current_folder():
                found[name] = getattr(importlib.import_module(module), name)
        except Exception as error:
            why = f"{type(error).__name__}: {printable(error, 200)}"
            raise ModelFailed(
                f"the network's {printable(name)} comes from the module {printable(module)}, which cannot be "
                f"imported here ({why}); resume in the folder that has it"
            ) from error
    return found


def sources(config: Any) -> tuple[tuple[str, str], ...]:
    """Return the modules outside Keras that a config needs, which must be imported, and their source's SHA-256."""
    found = {}
    for module in {module for module, _ in objects(config)}:
        path = getattr(importlib.import_module(module), "__file__", None)
        found[module] = hashlib.sha256(b"" if path is None else Path(path).read_bytes()).hexdigest()
    return tuple(sorted(found.items()))


def kinds(model: Any) -> list[VariableKind]:
    """Return what each of a model's variables is."""
    trainable = {id(variable) for variable in model.trainable_variables}
    return [
        "trainable" if id(one) in trainable else "seed" if one.name == "seed_generator_state" else "state"
        for one in model.variables
    ]


def value_of(variable: Any) -> NDArray[Any]:
    """Return a copy of a variable's value; bfloat16, which numpy cannot store, as float32, which holds it exactly."""
    value = np.array(variable)
    return value.astype(np.float32) if value.dtype.name == "bfloat16" else value


def named(network: KerasNetwork, model: Any) -> dict[str, Any]:
    """Return a model's variables by their names in the description.

    Raises:
        ModelFailed: the model has other variables than are described.
    """
    found, stored = list(model.variables), network.variables
    if [tuple(one.shape) for one in found] != [one.shape for one in stored]:
        raise ModelFailed(f"the network has other variables than it was laid out with: {len(found)} of {len(stored)}")
    return {one.name: variable for one, variable in zip(stored, found, strict=True)}


def initial_weights(network: KerasNetwork, seed: int) -> Weights:
    """Return the values of all variables of a fresh model by name; a function of the description and the seed.

    Raises:
        ModelFailed: as :func:`create`.
    """
    made = named(network, create(network, seed))
    weights = {name: value_of(variable) for name, variable in made.items()}
    # A model and its layers refer to each other; without this hundreds of trials would hold hundreds of models.
    del made
    gc.collect()
    return weights


def with_seeds(network: KerasNetwork, weights: Mapping[str, NDArray[Any]], *parts: str | int) -> Weights:
    """Return weights with the states of random generators replaced by ones that follow from ``parts``."""
    seeds = {one.name: index for index, one in enumerate(network.variables) if one.kind == "seed"}
    return {
        name: np.array([derive(*parts, seeds[name]) % _MOST, *[0] * (math.prod(value.shape) - 1)], value.dtype)
        if name in seeds
        else value
        for name, value in weights.items()
    }
