"""A Keras model as a plain value: its config, its variables, and what of it a sweep needs to know."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..masks.mask_kinds import Mask
from .model_crops import CropLayer, CropLayers, model_crop, saved_work
from .network import Network, Weights
from .receptive_field import CropShape, crop_of

Shape = tuple[int, int, int]
VariableKind = Literal["trainable", "state", "seed"]
Head = Literal["softmax", "logits"]
LAYER: str = "keras"


@dataclass(frozen=True)
class ModelVariable:
    """A variable of a model.

    Attributes:
        name: unique in the model; checkpoints hold the variable under it.
        shape, dtype: of its values.
        kind: ``trainable`` where gradients change it; ``seed`` the state of a random generator; ``state`` all else:
            statistics of BatchNormalization, say.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    kind: VariableKind


@dataclass(frozen=True)
class KerasNetwork:
    """A Keras model.

    Attributes:
        shape: height, width and channels of the images.
        classes: number of outputs.
        config: what ``keras.saving.serialize_keras_object`` gives, as JSON, without how it was compiled.
        variables: all of its variables, in the model's order.
        takes: shape of one image as the model takes it; the images are reshaped to it.
        head: what the model gives: ``softmax`` probabilities or ``logits``.
        work: multiply-adds of one forward pass on one image.
        whole: why not all of it is computed on crops: the first layer that needs whole frames, and what about it;
            empty where only dense layers do, and what flattens for them.
        modules: modules outside Keras that its classes come from, each with the SHA-256 of its source.
        deterministic: whether the check at lay-out found the same bits twice.
        pretrained: SHA-256 of the initial weights that came with the model; empty where each stream draws its own.
        alike: names of weights that are drawn and yet the same in every stream.
        crops: the layers that are computed on the cells that can vary under a window, the images first; empty where
            the model is trained on whole frames.
    """

    shape: Shape
    classes: int
    config: str
    variables: tuple[ModelVariable, ...]
    takes: tuple[int, ...]
    head: Head
    work: int
    whole: str
    modules: tuple[tuple[str, str], ...] = ()
    deterministic: bool = True
    pretrained: str = ""
    alike: tuple[str, ...] = ()
    crops: CropLayers = ()

    def parameter_count(self) -> int:
        """Return the number of values that a finished trial stores, statistics included."""
        return sum(math.prod(variable.shape) for variable in self.variables)

    def note(self) -> str:
        """Return a line that says why it is trained on whole frames, or from which layer on; empty if it is not."""
        if not self.whole:
            return ""
        if not self.crops:
            return f"the network is trained on whole frames, not on crops: {self.whole}"
        return (
            f"the network is trained on crops up to {self.crops[-1].name}, from there on whole frames: {self.whole}"
        )

    def notes(self) -> tuple[str, ...]:
        """Return what the log of a run of it says."""
        alike = f"initial weights that are the same in every stream: {', '.join(self.alike)}"
        return tuple(line for line in (self.note(), alike if self.alike else "") if line)


TrainedNetwork = Network | KerasNetwork


@dataclass(frozen=True)
class DescribedNetwork:
    """What a worker found out about a network.

    Attributes:
        network: as plain values.
        check: what the check of a Keras model gave in the worker: equal everywhere if it is deterministic; empty
            where it gave other bits in the same process, or where nothing needs a check.
        weights: the weights that it comes with, where every trial is to begin with them.
    """

    network: TrainedNetwork
    check: str = ""
    weights: Weights | None = None


def weights_digest(weights: Mapping[str, NDArray[Any]]) -> str:
    """Return the SHA-256 of arrays, their names, dtypes and shapes."""
    found = hashlib.sha256()
    for name, value in weights.items():
        found.update(f"|{name}:{value.dtype}:{value.shape}|".encode() + np.ascontiguousarray(value).tobytes())
    return found.hexdigest()


def describe_model(network: KerasNetwork) -> dict[str, Any]:
    """Return a model as plain values, which JSON takes."""
    values = asdict(network)
    del values["shape"]
    if not network.crops:
        # As runs have it that are older than crops, so that their hashes hold.
        del values["crops"]
    return {"layer": LAYER, **values}


def restore_model(shape: Shape, values: dict[str, Any]) -> KerasNetwork:
    """Return the model of a description.

    Args:
        shape: height, width and channels of the images.
        values: of :func:`describe_model`, perhaps read back from JSON.

    Raises:
        KeyError, TypeError, ValueError: they describe no model.
    """
    values = {name: value for name, value in values.items() if name != "layer"}
    layers: list[dict[str, Any]] = values.pop("crops", [])
    variables = tuple(
        ModelVariable(one["name"], tuple(one["shape"]), one["dtype"], one["kind"]) for one in values.pop("variables")
    )
    takes, alike = tuple(values.pop("takes")), tuple(values.pop("alike"))
    modules = tuple((module, digest) for module, digest in values.pop("modules"))
    crops = tuple(CropLayer(**{key: _from_json(value) for key, value in one.items()}) for one in layers)
    return KerasNetwork(
        shape=shape, variables=variables, takes=takes, modules=modules, alike=alike, crops=crops, **values
    )


def _from_json(value: Any) -> Any:
    """Return a value of JSON as it was: a list was a tuple."""
    return tuple(value) if isinstance(value, list) else value


def crop_shape(network: TrainedNetwork, mask: Mask) -> CropShape:
    """Return the shape of the crop that training under a mask computes.

    Args:
        network: what is trained.
        mask: (height, width) bool, True where the pixel stays.
    """
    if isinstance(network, KerasNetwork):
        crop = model_crop(network.crops, mask)
        size = network.shape[:2] if crop is None else crop.size
        return CropShape((), size, size, whole=crop is None)
    return crop_of(network, mask).shape


def model_work(network: KerasNetwork, mask: Mask) -> int:
    """Return the multiply-adds of a model's forward pass on one image under a mask.

    Args:
        network: the model.
        mask: (height, width) bool, True where the pixel stays.
    """
    return max(network.work - saved_work(network.crops, mask), 1)
