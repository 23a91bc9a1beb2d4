"""Writes trained models, and blends of them, as files that Keras or an ONNX runtime loads without this program.

Only Keras's own layers and operations are used: a file holds no code.
"""

from __future__ import annotations

import io
import json
import re
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from ...core.data.dataset import Images
from ...core.errors import XSampleError
from ...core.masks.mask_kinds import Mask
from ...core.networks.exported_model import ExportedMember, ExportedModel, ExportedPooling, FileFormat
from ...core.networks.keras_network import KerasNetwork, TrainedNetwork
from ...core.networks.network import Conv, Convolution, Dense, Depthwise, Dropout, Flatten, GlobalPool, Layer
from ...core.training.epoch_metrics import EPSILON
from .model_creation import count_names_anew, create, custom_objects, named

Tensor = Any
KEY = "xsample_tui"
_AT_ONCE = 250
_METADATA = "metadata.json"
_FLOAT = "float32"


def file_of(
    exported: ExportedModel, kind: FileFormat, images: Images, expected: NDArray[np.float32]
) -> tuple[bytes, float]:
    """Return the bytes of a model's file, and how far its probabilities are from those that were stored.

    The file is loaded again, as a user loads it, and asked for the probabilities of some images.

    Args:
        exported: the model.
        kind: ``keras`` or ``onnx``.
        images: (n, height, width, channels), of the dtype that the model takes.
        expected: (n, classes) float32, their stored probabilities.

    Returns:
        The bytes, and the largest absolute difference of a probability.
    """
    count_names_anew()
    model = assembled(exported)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model.{kind}"
        about = json.dumps(dict(exported.about))
        if kind == "keras":
            model.save(path)
            path.write_bytes(_with_metadata(path.read_bytes(), about))
            found = _by_keras(path, exported, images)
        else:
            # Keras exports only what has been called.
            model(np.zeros((1, *exported.members[0].network.shape), exported.pixels))
            model.export(path, format="onnx", verbose=False)
            _finish_onnx(path, about)
            found = _by_onnx(path, images)
        apart = float(np.abs(found - expected).max(initial=0))
        return path.read_bytes(), apart


def assembled(exported: ExportedModel) -> Any:
    """Return a Keras model that takes raw images and gives probabilities, (n, classes) float32."""
    shape = exported.members[0].network.shape
    image = keras.Input(shape, dtype=exported.pixels, name="image")
    members = [member_model(member, exported.pixels) for member in exported.members]
    if exported.pooling is None:
        return members[0]
    pooled = _pooled(exported.pooling, [member(image) for member in members])
    return keras.Model(image, _sharpened(pooled, exported.pooling.temperature), name=_safe(exported.name))


def member_model(member: ExportedMember, pixels: str) -> Any:
    """Return a Keras model of one network with its mask inside.

    Args:
        member: the network.
        pixels: dtype of the images: ``uint8`` in 0..255, or ``float32`` in 0..1.
    """
    network = member.network
    own = _Names(network)
    image = keras.Input(network.shape, dtype=pixels, name=own.free("image"))
    scale = 1 / 255 if pixels == "uint8" else 1.0
    hidden = keras.layers.Rescaling(scale, dtype=_FLOAT, name=own.free("scaled"))(image)
    hidden = keras.layers.Rescaling(_factors(member.mask), dtype=_FLOAT, name=own.free("mask"))(hidden)
    if isinstance(network, KerasNetwork):
        return keras.Model(image, _of_keras(network, member, hidden, own), name=_safe(member.name))
    policy = _FLOAT if member.precision == _FLOAT else f"mixed_{member.precision}"
    for layer in network.layers:
        hidden = _translated(layer, policy)(hidden)
    out = keras.layers.Softmax(dtype=_FLOAT, name=own.free("probabilities"))(hidden)
    model = keras.Model(image, out, name=_safe(member.name))
    for name, weight in member.weights.items():
        layer_name, _, part = name.partition("/")
        getattr(model.get_layer(layer_name), part).assign(weight)
    return model


class _Names:
    """Names for layers that are added to a network's own."""

    def __init__(self, network: TrainedNetwork) -> None:
        self._taken = set() if isinstance(network, KerasNetwork) else {layer.name for layer in network.layers}

    def free(self, name: str) -> str:
        """Return the name, or a like one that no layer has yet."""
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name


def _factors(mask: Mask) -> list[list[list[int]]]:
    """Return what pixels are multiplied by, (height, width, 1), as a layer's config holds it."""
    return [[[int(stays)] for stays in row] for row in mask]


def _of_keras(network: KerasNetwork, member: ExportedMember, hidden: Tensor, own: _Names) -> Tensor:
    inner = create(network, 0)
    for name, variable in named(network, inner).items():
        variable.assign(member.weights[name])
    # It is a layer here, beside those that are added.
    inner.name = own.free(inner.name)
    if network.takes != network.shape:
        hidden = keras.layers.Reshape(network.takes, dtype=_FLOAT, name=own.free("reshaped"))(hidden)
    last = keras.layers.Softmax if network.head == "logits" else keras.layers.Identity
    return last(dtype=_FLOAT, name=own.free("probabilities"))(inner(hidden, training=False))


def _translated(layer: Layer, policy: str) -> Any:
    """Return a layer as Keras has it."""
    common = {"name": layer.name, "dtype": policy}
    match layer:
        case Conv():
            return keras.layers.Conv2D(
                layer.filters, layer.kernel, layer.stride, layer.padding, activation=_relu(layer), **common
            )
        case Depthwise():
            return keras.layers.DepthwiseConv2D(
                layer.kernel, layer.stride, layer.padding, layer.multiplier, activation=_relu(layer), **common
            )
        case GlobalPool():
            top = layer.kind == "max"
            over = keras.layers.GlobalMaxPooling2D if top else keras.layers.GlobalAveragePooling2D
            return over(**common)
        case Dense():
            return keras.layers.Dense(layer.units, activation=_relu(layer), **common)
        case Dropout():
            return keras.layers.Dropout(layer.rate, **common)
        case Flatten():
            return keras.layers.Flatten(**common)
    pool = keras.layers.MaxPooling2D if layer.kind == "max" else keras.layers.AveragePooling2D
    return pool(layer.size, layer.stride, layer.padding, **common)


def _relu(layer: Convolution | Dense) -> str:
    return "relu" if layer.relu else "linear"


# -- the blend ---------------------------------------------------------------------------------------------------


def _pooled(pooling: ExportedPooling, members: Sequence[Tensor]) -> Tensor:
    """Return the pooled probabilities of members' (n, classes); the rows sum to 1."""
    match pooling.kind:
        case "mean":
            total = _sum(pooling.weights, members, "weight")
        case "geometric":
            return keras.ops.softmax(_sum(pooling.weights, [_logarithm(one) for one in members], "weight"))
        case "vote":
            # The mean probability counts as one vote beside k, and breaks ties.
            k, classes = len(members), members[0].shape[-1]
            # Not argmax, whose form in Keras ONNX does not know; both give the first of equals.
            best = [keras.ops.squeeze(keras.ops.top_k(one, 1)[1], axis=-1) for one in members]
            votes = [keras.ops.one_hot(one, classes, dtype=_FLOAT) for one in best]
            total = keras.ops.add(_sum(k * pooling.weights, votes, "vote"), _sum(pooling.weights, members, "weight"))
        case "logistic":
            return _regression(pooling, members)
    return keras.ops.divide(total, keras.ops.sum(total, axis=-1, keepdims=True))


def _sum(weights: NDArray[np.float64], tensors: Sequence[Tensor], name: str) -> Tensor:
    terms = [
        keras.layers.Rescaling(float(weight), dtype=_FLOAT, name=f"{name}_{number}")(tensor)
        for number, (weight, tensor) in enumerate(zip(weights, tensors, strict=True), 1)
        if weight
    ]
    return terms[0] if len(terms) == 1 else keras.layers.Add(dtype=_FLOAT, name=f"{name}ed_sum")(terms)


def _regression(pooling: ExportedPooling, members: Sequence[Tensor]) -> Tensor:
    assert pooling.slopes is not None
    assert pooling.intercepts is not None
    logs = [_logarithm(one) for one in members]
    features = logs[0] if len(logs) == 1 else keras.layers.Concatenate(dtype=_FLOAT, name="logarithms")(logs)
    regression = keras.layers.Dense(len(pooling.intercepts), activation="softmax", dtype=_FLOAT, name="regression")
    out = regression(features)
    regression.set_weights([(pooling.slopes.T / len(members)).astype(np.float32), pooling.intercepts])
    return out


def _logarithm(probabilities: Tensor) -> Tensor:
    return keras.ops.log(keras.ops.maximum(probabilities, EPSILON))


def _sharpened(pooled: Tensor, temperature: float) -> Tensor:
    """Return p^(1/T), normalised."""
    scaled = keras.layers.Rescaling(1 / temperature, dtype=_FLOAT, name="temperature")(_logarithm(pooled))
    return keras.layers.Softmax(dtype=_FLOAT, name="probabilities")(scaled)


def _safe(name: str) -> str:
    """Return a name as scopes of TensorFlow take it."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name)


# -- files -------------------------------------------------------------------------------------------------------


def _with_metadata(data: bytes, about: str) -> bytes:
    """Return a ``.keras`` file's bytes with something added to its metadata, which Keras passes over."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(out, "w") as new:
        for entry in archive.infolist():
            content = archive.read(entry)
            if entry.filename == _METADATA:
                content = json.dumps(json.loads(content) | {KEY: json.loads(about)}).encode()
            new.writestr(entry, content)
    return out.getvalue()


def _finish_onnx(path: Path, about: str) -> None:
    """Put something into a file's metadata, and what ONNX knows in place of what only TensorFlow does.

    Raises:
        XSampleError: ONNX lacks an operation of the model.
    """
    import onnx

    model = onnx.load(path)
    nodes = model.graph.node
    for at in reversed([at for at, node in enumerate(nodes) if node.op_type == "Erfc"]):
        # Of a gelu.
        node = nodes.pop(at)
        (name,) = node.output
        one = onnx.numpy_helper.from_array(np.ones((), np.float32), f"{name}/one")
        model.graph.initializer.append(one)
        nodes.insert(at, onnx.helper.make_node("Sub", [one.name, f"{name}/erf"], [name]))
        nodes.insert(at, onnx.helper.make_node("Erf", list(node.input), [f"{name}/erf"]))
    for node in nodes:
        if not node.domain and not onnx.defs.has(node.op_type):
            raise XSampleError(f"ONNX has no operation {node.op_type}, which the network needs; write FILE.keras")
    onnx.helper.set_model_props(model, {KEY: about})
    onnx.save(model, path)


def _by_keras(path: Path, exported: ExportedModel, images: Images) -> NDArray[np.float32]:
    foreign: dict[str, Any] = {}
    for member in exported.members:
        if isinstance(member.network, KerasNetwork):
            foreign |= custom_objects(json.loads(member.network.config))
    model = keras.saving.load_model(path, custom_objects=foreign, compile=False, safe_mode=True)
    found: NDArray[np.float32] = model.predict(images, batch_size=_AT_ONCE, verbose=0)
    return found


def _by_onnx(path: Path, images: Images) -> NDArray[np.float32]:
    from onnxruntime import InferenceSession

    session = InferenceSession(path, providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    parts = [
        session.run(None, {given.name: images[start : start + _AT_ONCE]})[0]
        for start in range(0, len(images), _AT_ONCE)
    ]
    return np.concatenate(parts)
