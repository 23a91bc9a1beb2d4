"""Keras models as pure state: described, checked, trained, cut anywhere, predicted."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.harness.until import SECONDS
from tests.training import sample
from tests.training.keras_models.described_models import NETS, SHAPE, described
from xsample_tui.core.errors import InputError
from xsample_tui.core.networks.keras_network import KerasNetwork, weights_digest
from xsample_tui.core.networks.network import Conv, Dense, Depthwise, GlobalPool, Network
from xsample_tui.core.networks.network_registry import describe as as_plain_values
from xsample_tui.core.networks.network_registry import digest, restore
from xsample_tui.core.training.checkpoint_format import decode, encode
from xsample_tui.core.training.early_stopping import StoppingState
from xsample_tui.core.training.lease import LeaseOrder
from xsample_tui.core.training.sweep_spec import Training
from xsample_tui.core.training.trial_state import TrialState
from xsample_tui.training import lease_runner
from xsample_tui.training.keras_models.model_creation import initial_weights
from xsample_tui.training.lease_runner import run
from xsample_tui.training.model_outputs import predict
from xsample_tui.training.network_description import check_again

SOURCE = sample.Source()


@pytest.fixture(scope="module")
def norm() -> KerasNetwork:
    found = described("norm")
    assert found.check
    assert isinstance(found.network, KerasNetwork)
    return found.network


def order(network: Any, **changes: Any) -> LeaseOrder:
    made = sample.order(**changes)
    return replace(made, network=network, trial=made.trial.model_copy(update={"stream": 5}))


def state_of(data: bytes | None) -> TrialState:
    assert data is not None
    return decode(data)


def test_a_batchnorm_model_cut_anywhere_gives_the_same_bits(norm: KerasNetwork) -> None:
    whole = state_of(run(order(norm), SOURCE).state)
    assert whole.stop_reason == "all 3 epochs"
    state, digests = None, []
    for epoch in range(3):
        lease_runner._desk = lease_runner._Desk()
        result = run(order(norm, epoch=epoch, epochs=1, state=state), SOURCE)
        state = result.state
        digests.append(state_of(state).digest())
    assert digests[-1] == whole.digest()
    kinds = {variable.kind for variable in norm.variables}
    assert kinds == {"trainable", "state", "seed"}
    moved = [one.name for one in norm.variables if one.name.endswith("moving_mean")]
    assert moved
    assert all(np.any(whole.weights[name]) for name in moved)


def test_a_model_described_again_in_a_process_is_the_same(norm: KerasNetwork) -> None:
    keras.layers.Conv2D(1, 3), keras.layers.BatchNormalization()
    assert described("norm").network == norm


def test_another_process_trains_the_same_bits() -> None:
    """Whatever the process made before; as many threads in both, for bits may hang on their number."""
    program = (
        "from tests.training.keras_models.test_keras_models import described, order, SOURCE, run, state_of\n"
        "network = described('norm').network\n"
        "print(state_of(run(order(network), SOURCE).state).digest())\n"
    )
    before = (
        "import keras\n"
        "from tests.training import sample\n"
        "from xsample_tui.training import lease_runner\n"
        "lease_runner.use_threads(1)\n"
        "lease_runner.run(sample.order(training={'epochs': 1}), sample.Source())\n"
        "keras.layers.Conv2D(1, 3), keras.layers.BatchNormalization(), keras.utils.set_random_seed(3)\n"
    )
    fresh, used = (
        subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True, timeout=SECONDS)
        for text in (program, before + program)
    )
    assert len(fresh.stdout.split()[-1]) == 64
    assert used.stdout.split()[-1] == fresh.stdout.split()[-1]


@pytest.mark.parametrize("name", ["norm", "own"])
def test_streams_differ_and_twins_begin_alike(name: str) -> None:
    network = described(name).network
    assert isinstance(network, KerasNetwork)
    one, again, other = (initial_weights(network, seed) for seed in (1, 1, 2))
    assert weights_digest(one) == weights_digest(again) != weights_digest(other)
    # Twins differ by the mask alone: under the same mask they are the same to the last bit.
    first = order(network, training={"epochs": 1})
    twin = replace(first, trial=first.trial.model_copy(update={"name": "baseline-s05", "kind": "baseline"}))
    far = replace(first, trial=first.trial.model_copy(update={"stream": 6}))
    states = [state_of(run(one, SOURCE).state) for one in (first, twin, far)]
    assert states[0].history == states[1].history
    assert weights_digest(states[0].weights) == weights_digest(states[1].weights)
    assert states[0].history != states[2].history


def test_patience_and_prediction_of_stored_outputs(norm: KerasNetwork) -> None:
    state = state_of(run(order(norm, training={"stopping": "patience", "patience": 1, "epochs": 4}), SOURCE).state)
    data, split = SOURCE.open()
    mask = sample.mask_of("keep")
    outputs = predict(norm, state.weights, mask, data.images[split.test], "float32")
    assert np.array_equal(outputs, state.softmax["test"])
    assert np.allclose(outputs.sum(1), 1, atol=1e-5)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_micro_batches_add_up_where_no_statistics_are_of_a_batch(optimizer: str) -> None:
    """A whole batch at once gives the same steps, its penalty included, but for rounding."""
    network = described("penalised").network
    training = {"optimizer": optimizer, "epochs": 1, "batch_size": 20}
    whole, parts = (
        state_of(run(order(network, training=training | {"micro_batch": micro}), SOURCE).state) for micro in (20, 8)
    )
    assert whole.history[0].loss == pytest.approx(parts.history[0].loss, rel=1e-5)
    for name, weight in whole.weights.items():
        assert np.allclose(weight, parts.weights[name], atol=1e-5), name


def test_a_chain_trains_to_the_bits_of_the_same_layers() -> None:
    found = described("chain").network
    assert isinstance(found, Network)
    assert digest(found) == digest(sample.NETWORK)
    assert found == sample.NETWORK


def test_a_chain_with_depthwise_convolutions_and_a_mean_over_the_frame_is_known() -> None:
    found = described("deep_chain").network
    layers = (
        Conv("a", 4),
        Depthwise("b", 2),
        Conv("c", 6, (1, 1)),
        GlobalPool("mean"),
        Dense("logits", 3, relu=False),
    )
    assert found == Network(SHAPE, layers)
    state = state_of(run(order(found, training={"epochs": 1}), SOURCE).state)
    data, split = SOURCE.open()
    outputs = predict(found, state.weights, sample.mask_of("keep"), data.images[split.test], "float32")
    assert np.array_equal(outputs, state.softmax["test"])


@pytest.mark.parametrize("name", ["residual", "backbone"])
def test_a_model_on_crops_resumes_and_predicts_the_same_bits(name: str) -> None:
    """As one on whole frames does; and what it does under a window is what it does on the whole frame."""
    network = described(name).network
    assert isinstance(network, KerasNetwork)
    assert len(network.crops) > 5
    assert network.note() == ""
    state = state_of(run(order(network), SOURCE).state)
    lease_runner._desk = lease_runner._Desk()
    half = run(order(network, epochs=1), SOURCE).state
    lease_runner._desk = lease_runner._Desk()
    assert state_of(run(order(network, epoch=1, epochs=2, state=half), SOURCE).state).digest() == state.digest()
    data, split = SOURCE.open()
    outputs = predict(network, state.weights, sample.mask_of("keep"), data.images[split.test], "float32")
    assert np.array_equal(outputs, state.softmax["test"])
    whole = replace(network, crops=())
    again = predict(whole, state.weights, sample.mask_of("keep"), data.images[split.test], "float32")
    assert np.abs(again - outputs).max() < 1e-5
    lease_runner._desk = lease_runner._Desk()
    losses = [run(order(one, epochs=1), SOURCE).metrics[0].loss for one in (network, whole)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_a_model_with_operators_is_trained_on_whole_frames() -> None:
    network = described("with_operators").network
    assert isinstance(network, KerasNetwork)
    assert network.note().endswith(
        "whole frames, not on crops: multiply (Multiply) is no layer that can be computed on crops"
    )


def test_runs_that_are_older_than_crops_keep_their_hash(norm: KerasNetwork) -> None:
    assert norm.crops == ()
    (values,) = as_plain_values(norm)
    assert "crops" not in values
    assert restore(SHAPE, (values,)) == norm
    found = described("residual").network
    assert restore(SHAPE, tuple(json.loads(json.dumps(as_plain_values(found))))) == found


def test_a_description_survives_json(norm: KerasNetwork) -> None:
    back = restore(SHAPE, tuple(json.loads(json.dumps(as_plain_values(norm)))))
    assert back == norm
    assert hash(back) == hash(norm)
    assert "random_flip (RandomFlip)" in norm.note()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("too_many", "it gives 5 outputs an image, and there are 3 classes"),
        ("other_size", "it takes images of 9x9x1, and these are 14x14x1"),
        ("sigmoid", "end in a softmax, or in logits"),
        ("with_code", "a Lambda layer holds code"),
        ("zeros", "its initial weights are the same in every stream"),
    ],
)
def test_a_model_that_cannot_be_trained_is_refused_in_one_line(name: str, words: str) -> None:
    with pytest.raises(InputError, match=rf"^network: {NETS}:{name}: ") as caught:
        described(name)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_model_that_gives_other_bits_every_time_is_found_out() -> None:
    assert described("noisy").check == ""


def test_precision_is_the_model_s_own() -> None:
    with pytest.raises(InputError, match="precision: bfloat16: a Keras model's dtype policy"):
        described("norm", precision="bfloat16")


def test_a_saved_model_and_its_weights(tmp_path: Path) -> None:
    from tests.training.keras_models import networks

    path = str(tmp_path / "saved.keras")
    model = networks.norm(SHAPE, sample.CLASSES)
    model.save(path)
    found = described(path, pretrained=True)
    assert isinstance(found.network, KerasNetwork)
    assert found.weights is not None
    assert found.check == check_again(path, found.network, Training(), 1)
    kernel = next(name for name in found.weights if name.endswith("conv2d/kernel") or name.endswith("/kernel"))
    assert np.array_equal(found.weights[kernel], np.array(next(v for v in model.variables if v.path == kernel)))
    given = encode(TrialState("keep-r04-c05", 0, found.weights, {}, StoppingState()))
    begun = state_of(run(order(found.network, epochs=0, state=given), SOURCE).state)
    assert np.array_equal(begun.weights[kernel], found.weights[kernel])
    drawn = described(path).network
    assert isinstance(drawn, KerasNetwork)
    assert not drawn.pretrained


def test_no_code_is_taken_from_files(tmp_path: Path) -> None:
    from tests.training.keras_models import networks

    foreign, broken = str(tmp_path / "foreign.keras"), str(tmp_path / "broken.keras")
    networks.noisy(SHAPE, sample.CLASSES).save(foreign)
    Path(broken).write_bytes(b"PK")
    for path, words in {
        foreign: "no code is taken from files",
        broken: "is no saved Keras model",
        str(tmp_path / "none.keras"): "cannot be read: No such file",
    }.items():
        with pytest.raises(InputError, match="network: ") as caught:
            described(path)
        assert words in str(caught.value)


def test_mixed_precision_keeps_its_state_in_float32() -> None:
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        found = described("norm")
    finally:
        keras.config.set_dtype_policy("float32")
    assert isinstance(found.network, KerasNetwork)
    assert found.check == check_again("norm", found.network, Training(), 1) != ""
    assert {one.dtype for one in found.network.variables if one.kind != "seed"} == {"float32"}
