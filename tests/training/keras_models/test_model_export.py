"""Files of trained models: what they give is what was stored, in a process that knows Keras or ONNX alone."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.harness.exported_models import ASK, CLOSE
from tests.training.keras_models.described_models import described
from xsample_tui.core.errors import XSampleError
from xsample_tui.core.networks.exported_model import ExportedMember, ExportedModel, ExportedPooling, PoolingKind
from xsample_tui.core.networks.keras_network import KerasNetwork, TrainedNetwork
from xsample_tui.core.networks.network import (
    Conv,
    Dense,
    Depthwise,
    Dropout,
    Flatten,
    GlobalPool,
    Network,
    Pool,
    Weights,
)
from xsample_tui.stacking.blending.logistic_stacking import LogisticFit
from xsample_tui.stacking.blending.pooling import Arithmetic, Geometric, Logistic, Pooling, Votes
from xsample_tui.stacking.blending.temperature_scaling import Sharpener
from xsample_tui.stacking.pool.member_outputs import Outputs
from xsample_tui.training.keras_models.model_creation import initial_weights
from xsample_tui.training.keras_models.model_export import _finish_onnx, file_of
from xsample_tui.training.model_outputs import predict

SIDE, CLASSES, COUNT = 14, 3, 40
SHAPE = (SIDE, SIDE, 1)
# Layers named as those that are added around the network.
PLAIN = Network(
    SHAPE,
    (
        Conv("image", 4, stride=(2, 2), padding="same"),
        Pool("mask", (3, 3), (2, 2), "same", "average"),
        Dropout("scaled", 0.3),
        Flatten("flatten"),
        Dense("dense", 6),
        Dense("probabilities", CLASSES, relu=False),
    ),
)


def pixels(kind: str) -> NDArray[Any]:
    rng = np.random.default_rng(3)
    if kind == "uint8":
        return rng.integers(0, 256, (COUNT, *SHAPE), np.uint8)
    return rng.random((COUNT, *SHAPE), np.float32)


def strong(network: TrainedNetwork, seed: int = 1) -> Weights:
    """Return weights that give probabilities far from equal ones, statistics of BatchNormalization included."""
    rng = np.random.default_rng(seed)
    fresh = initial_weights(network, seed) if isinstance(network, KerasNetwork) else network.initial_weights(seed)
    return {name: _stronger(value, rng) for name, value in fresh.items()}


def _stronger(value: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    more = rng.uniform(0.1, 0.4, value.shape)
    return value if value.dtype != np.float32 else (2 * value + more).astype(np.float32)


def member(network: TrainedNetwork, name: str = "keep-r03-c04", seed: int = 1) -> ExportedMember:
    mask = np.zeros((SIDE, SIDE), np.bool_)
    mask[3:10, 4:12] = True
    mask[0, seed] = True
    return ExportedMember(name, network, strong(network, seed), mask)


def stored(one: ExportedMember, images: NDArray[Any]) -> NDArray[np.float32]:
    return predict(one.network, one.weights, one.mask, images, "float32")


def elsewhere(folder: Path, name: str, data: bytes, images: NDArray[Any]) -> NDArray[np.float32]:
    """Return what a file gives in a fresh process that cannot import this package."""
    (folder / name).write_bytes(data)
    np.save(folder / "images.npy", images)
    done = subprocess.run([sys.executable, "-c", ASK, name], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    out: NDArray[np.float32] = np.load(folder / "out.npy")
    return out


@pytest.mark.parametrize(("name", "kind"), [("plain", "uint8"), ("plain", "float32"), ("norm", "uint8")])
def test_a_network_under_its_mask_gives_what_was_stored(tmp_path: Path, name: str, kind: str) -> None:
    network: TrainedNetwork = PLAIN if name == "plain" else described(name).network
    one, images = member(network), pixels(kind)
    expected = stored(one, images)
    assert np.ptp(expected, axis=0).min() > 0.01
    about = {"classes": ["a", "b", "ü"], "run": "r"}
    data, apart = file_of(ExportedModel(one.name, (one,), None, kind, about), "keras", images, expected)
    assert apart <= CLOSE
    assert np.abs(elsewhere(tmp_path, "m.keras", data, images) - expected).max() <= CLOSE
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        metadata = json.loads(archive.read("metadata.json"))
        assert '"Lambda"' not in archive.read("config.json").decode()
    assert metadata["xsample_tui"] == about
    assert metadata["keras_version"]


# Keras's export itself warns.
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning")
@pytest.mark.parametrize("name", ["norm", "smooth"])
def test_a_network_with_augmentation_or_gelus_is_written_as_onnx(name: str) -> None:
    one, images = member(described(name).network), pixels("uint8")
    expected = stored(one, images)
    _, apart = file_of(ExportedModel(one.name, (one,), None, "uint8", {}), "onnx", images, expected)
    assert apart <= CLOSE


def test_what_onnx_lacks_is_named(tmp_path: Path) -> None:
    import onnx

    node = onnx.helper.make_node("Betainc", ["x"], ["y"])
    ends = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in "xy"]
    onnx.save(onnx.helper.make_model(onnx.helper.make_graph([node], "g", ends[:1], ends[1:])), tmp_path / "m.onnx")
    with pytest.raises(
        XSampleError, match=r"ONNX has no operation Betainc, which the network needs; write FILE\.keras"
    ):
        _finish_onnx(tmp_path / "m.onnx", "{}")


@pytest.mark.parametrize("kind", ["max", "average"])
def test_depthwise_convolutions_and_pools_over_the_frame_are_written(kind: Any) -> None:
    layers = (
        Conv("a", 4),
        Depthwise("b", 2, stride=(2, 2), padding="same"),
        GlobalPool("g", kind),
        Dense("out", CLASSES, relu=False),
    )
    one, images = member(Network(SHAPE, layers)), pixels("uint8")
    expected = stored(one, images)
    assert np.ptp(expected, axis=0).max() > 0.01
    _, apart = file_of(ExportedModel(one.name, (one,), None, "uint8", {}), "keras", images, expected)
    assert apart <= CLOSE


def test_a_network_trained_in_bfloat16_is_exported_in_it(tmp_path: Path) -> None:
    """Keras rounds elsewhere than the trainer, so that both differ, each by what bfloat16 differs from float32."""
    one, images = replace(member(PLAIN), precision="bfloat16"), pixels("uint8")
    expected = predict(one.network, one.weights, one.mask, images, "bfloat16")
    data, apart = file_of(ExportedModel(one.name, (one,), None, "uint8", {}), "keras", images, expected)
    assert 0 < apart < 2 * np.abs(expected - stored(one, images)).max()
    (tmp_path / "m.keras").write_bytes(data)
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        assert archive.read("config.json").count(b"mixed_bfloat16") >= len(PLAIN.layers)


def test_how_far_a_file_is_from_what_was_stored_is_measured() -> None:
    one, images = member(PLAIN), pixels("uint8")
    expected = stored(one, images)
    expected[7, 1] += 0.125
    _, apart = file_of(ExportedModel(one.name, (one,), None, "uint8", {}), "keras", images, expected)
    assert apart == pytest.approx(0.125, abs=CLOSE)


def pooling(kind: PoolingKind) -> tuple[ExportedPooling, Pooling]:
    """Return a pooling of two members as a file has it, and as the program has it."""
    weights = np.array([0.3, 0.7])
    if kind != "logistic":
        recipes: dict[str, Pooling] = {
            "mean": Arithmetic(weights),
            "geometric": Geometric(weights),
            "vote": Votes(weights),
        }
        return ExportedPooling(kind, weights, 0.4), recipes[kind]
    rng = np.random.default_rng(5)
    fit = LogisticFit(rng.normal(size=(CLASSES, 2 * CLASSES)), np.array([0.1, -np.inf, -0.3]))
    return ExportedPooling(kind, np.empty(0), 1.7, fit.slopes, fit.intercepts), Logistic(fit)


# Keras's export itself warns.
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning")
@pytest.mark.parametrize("kind", ["mean", "geometric", "vote", "logistic"])
@pytest.mark.parametrize("form", ["keras", "onnx"])
def test_a_blend_is_one_model(tmp_path: Path, kind: PoolingKind, form: Any) -> None:
    members = tuple(member(PLAIN, f"keep-r0{seed}-c04", seed) for seed in (1, 2))
    images = pixels("uint8")
    softmax = np.stack([stored(one, images) for one in members])
    exported, recipe = pooling(kind)
    outputs = Outputs("new", np.arange(COUNT), np.full(COUNT, -1), softmax)
    expected = Sharpener(recipe.pool(outputs.cut(np.arange(2)))).apply(exported.temperature)
    data, apart = file_of(ExportedModel("a blend", members, exported, "uint8", {"k": 2}), form, images, expected)
    assert apart <= CLOSE
    if kind == "mean":
        assert np.abs(elsewhere(tmp_path, f"blend.{form}", data, images) - expected).max() <= CLOSE
    if form == "onnx":
        import onnx

        (about,) = onnx.load_from_string(data).metadata_props
        assert (about.key, json.loads(about.value)) == ("xsample_tui", {"k": 2})
