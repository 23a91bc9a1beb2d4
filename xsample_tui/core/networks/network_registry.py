"""The networks that a sweep can train, by name, and the checks of those from other packages.

A run keeps the plain values in its spec, so that workers, resumed sessions and predictions build the network from
them, and never need the function that made it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields
from importlib import import_module
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, get_args

from ..errors import ArgumentError, InputError, printable
from ..plugin_registry import GROUPS, Registry, called
from .keras_network import LAYER, KerasNetwork, TrainedNetwork, describe_model, restore_model
from .network import Dense, Depthwise, Flatten, GlobalPool, Layer, Network, Spatial, article_network

Shape = tuple[int, int, int]
Maker = Callable[[Shape, int], Network]
Description = tuple[dict[str, Any], ...]
FIELD = "network"
NETWORKS: Registry[Maker] = Registry(GROUPS[FIELD], FIELD, called)
NETWORKS.add("article", article_network)
_KINDS: dict[str, type[Layer]] = {kind.__name__.lower(): kind for kind in get_args(Layer)}


def build(name: str, shape: Shape, classes: int) -> Network:
    """Return the network of a name for images of a shape.

    Args:
        name: of :data:`NETWORKS`, or ``module:function``, where the module may lie in the current folder.
        shape: height, width and channels of the images.
        classes: number of classes.

    Raises:
        InputError: there is none of that name, it fails, or what it gives is no network for these images.
    """
    return checked(name, make(name, shape, classes), shape, classes)


def make(name: str, shape: Shape, classes: int) -> Any:
    """Return what the function of a name gives, which nobody has checked.

    Args:
        name, shape, classes: as of :func:`build`.

    Raises:
        InputError: there is none of that name, or it fails.
    """
    maker = _imported(name) if ":" in name else NETWORKS.find(name)
    try:
        return maker(shape, classes)
    except InputError:
        raise
    except Exception as error:
        why = f"it failed with {type(error).__name__}: {printable(error, 200)}"
        raise ArgumentError(FIELD, name, why) from error


def checked(name: str, network: Any, shape: Shape, classes: int) -> Network:
    """Return a network of plain layers that somebody else made.

    Args:
        name: what it is called, for messages.
        network: what the function of that name gave.
        shape, classes: as of :func:`build`.

    Raises:
        InputError: it is no network for these images.
    """
    if type(network) is not Network:
        why = f"it returned a {type(network).__name__}; return a Network or a keras.Model"
        raise ArgumentError(FIELD, name, why)
    if problem := misfit(network, shape, classes):
        raise ArgumentError(FIELD, name, problem)
    return network


def describe(network: TrainedNetwork) -> Description:
    """Return a network's layers as plain values, which JSON takes."""
    if isinstance(network, KerasNetwork):
        return (describe_model(network),)
    return tuple({"layer": type(layer).__name__.lower(), **asdict(layer)} for layer in network.layers)


def restore(shape: Shape, layers: Description) -> TrainedNetwork:
    """Return the network of a description.

    Args:
        shape: height, width and channels of the images.
        layers: of :func:`describe`, perhaps read back from JSON.

    Raises:
        InputError: it describes no network.
    """
    try:
        if len(layers) == 1 and layers[0]["layer"] == LAYER:
            return restore_model(shape, layers[0])
        return Network(shape, tuple(_layer(dict(values)) for values in layers))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError("network", printable(layers), f"describes no network ({printable(error)})") from error


def digest(network: TrainedNetwork) -> str:
    """Return a short hash of a network's shape and layers: equal for equal networks."""
    text = json.dumps([network.shape, describe(network)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def stamp(name: str, network: TrainedNetwork) -> str:
    """Return a network's name with its hash, for the fingerprint."""
    return f"{name} (layers {digest(network)})"


def code_of(network: TrainedNetwork) -> dict[str, str]:
    """Return short hashes of the code that a network's own classes had at lay-out, for the fingerprint."""
    modules = network.modules if isinstance(network, KerasNetwork) else ()
    return {f"code of {module}": digest[:12] for module, digest in modules}


def code_now(network: TrainedNetwork) -> dict[str, str]:
    """Return the same of the code that is there now, found without importing anything; ``none`` where none is."""
    modules = network.modules if isinstance(network, KerasNetwork) else ()
    found = {}
    with current_folder():
        for module, _ in modules:
            path = _source(module)
            digest = "none" if path is None else hashlib.sha256(path.read_bytes()).hexdigest()[:12]
            found[f"code of {module}"] = digest
    return found


def _source(module: str) -> Path | None:
    name, path = "", None
    for part in module.split("."):
        name = f"{name}.{part}" if name else part
        spec = PathFinder.find_spec(name, path)
        if spec is None:
            return None
        path = spec.submodule_search_locations
    return Path(spec.origin) if spec is not None and spec.origin and os.path.isfile(spec.origin) else None


def _layer(values: dict[str, Any]) -> Layer:
    kind: Callable[..., Layer] = _KINDS[values.pop("layer")]
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})


@contextlib.contextmanager
def current_folder() -> Iterator[None]:
    """Let modules of the current folder be found, as they are for ``python -m``."""
    folder = os.getcwd()
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)


def _imported(name: str) -> Maker:
    """Return what ``module:function`` names."""
    module, _, function = name.partition(":")
    try:
        with current_folder():
            maker = getattr(import_module(module), function)
    except Exception as error:
        why = f"{type(error).__name__}: {printable(error, 200)}"
        raise ArgumentError(FIELD, name, f"cannot be imported; write module:function ({why})") from error
    try:
        return called(name, maker)
    except ValueError as error:
        raise ArgumentError(FIELD, name, f"it {error}") from error


def misfit(network: Network, shape: Shape, classes: int) -> str:
    """Return what is wrong with a network that somebody else made; empty if nothing is."""
    if network.shape != shape:
        return f"it is for images of {network.shape}; give Network the shape that the function is given, {shape}"
    for layer in network.layers:
        if type(layer) not in _KINDS.values():
            return f"its layer {printable(layer)} is none of {', '.join(kind.__name__ for kind in _KINDS.values())}"
        if wrong := _wrong_values(layer):
            return f"its layer {printable(layer.name)}: {wrong}"
    names = [layer.name for layer in network.layers]
    if double := next((name for name in names if names.count(name) > 1), None):
        return f"two layers are called {printable(double)}; name each differently"
    if sum(isinstance(layer, Flatten | GlobalPool) for layer in network.layers) != 1:
        return "it needs one Flatten, or one GlobalPool, between the spatial layers and the dense ones"
    flat = next(i for i, layer in enumerate(network.layers) if isinstance(layer, Flatten | GlobalPool))
    for index, layer in enumerate(network.layers):
        if (isinstance(layer, Spatial) and index > flat) or (isinstance(layer, Dense) and index < flat):
            return f"its layer {printable(layer.name)} is on the wrong side of {type(network.layers[flat]).__name__}"
    last = network.layers[-1]
    if not isinstance(last, Dense) or last.relu or last.units != classes:
        return f"its last layer must be Dense of {classes} units, one a class, with relu=False"
    for layer, frame in zip(network.layers, network.frames()[1:], strict=False):
        if min(frame) < 1:
            return f"its layer {printable(layer.name)} does not fit images of {shape[0]}x{shape[1]}"
    return ""


def _wrong_values(layer: Layer) -> str:
    if not isinstance(layer.name, str) or not layer.name.isidentifier():
        return "its name must be letters, digits and _"
    for field in fields(layer):
        value = getattr(layer, field.name)
        if field.name in ("filters", "units", "multiplier") and not (type(value) is int and value >= 1):
            return f"{field.name} must be a whole number, at least 1"
        if field.name in ("kernel", "stride", "size") and not (
            isinstance(value, tuple) and len(value) == 2 and all(type(part) is int and part >= 1 for part in value)
        ):
            return f"{field.name} must be two whole numbers, at least 1 each"
        if field.name == "stride" and isinstance(layer, Depthwise) and value[0] != value[1]:
            return "stride must be the same for rows and columns"
        if field.name == "padding" and value not in ("valid", "same"):
            return "padding must be valid or same"
        if field.name == "kind" and value not in ("max", "average"):
            return "kind must be max or average"
        if field.name == "relu" and type(value) is not bool:
            return "relu must be True or False"
        if field.name == "rate" and not (isinstance(value, int | float) and 0 <= value < 1):
            return "rate must be a number from 0 to below 1"
    return ""
