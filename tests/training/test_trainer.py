from __future__ import annotations

from typing import Any, get_args

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.training import plain, sample
from tests.training.exact import Array, distance
from xsample_tui.core.masks.mask_kinds import Mask
from xsample_tui.core.masks.windows import grid
from xsample_tui.core.networks.network import Dense, Flatten, Network, Pool, article_network
from xsample_tui.core.networks.receptive_field import crop_of
from xsample_tui.core.seeding import derive, permutation
from xsample_tui.core.training.epoch_metrics import LOSSES, Loss
from xsample_tui.core.training.sweep_spec import OptimizerName
from xsample_tui.training.trainer import Trainer

OPTIMIZERS = get_args(OptimizerName)


# Averages pool here: where two cells of a maximum are equal but for rounding, trainings part ways.
SMOOTH = Network((14, 14, 1), (*sample.NETWORK.layers[:2], Pool("pool", kind="average"), *sample.NETWORK.layers[3:]))


def fit_plainly(
    mask: Mask, epochs: int, loss: Loss, optimizer: str, micro: int
) -> tuple[dict[str, Array], list[float]]:
    """Train a plain Keras model with a Keras loss and optimizer on the same batches and dropout masks."""
    network, data = SMOOTH, sample.dataset()
    model = plain.model(network)
    plain.set_weights(model, network.initial_weights(11))
    rule = keras.optimizers.get({"class_name": optimizer, "config": {"learning_rate": 1e-3}})
    measure = keras.losses.get(loss)
    named = plain.parameters(model)
    crop = crop_of(network, mask)
    losses = []
    for epoch in range(1, epochs + 1):
        indices = permutation(50, 7, "trial", "shuffle", epoch)
        key, total = derive(7, "trial", "dropout", epoch) % 2**62, 0.0
        for start in range(0, 50, 20):
            some = indices[start : start + 20]
            blank = plain.blank_features(network, {name: np.array(variable) for name, variable in named.items()})
            factors = [
                plain.unit_factors(network, crop, np.array([key, at]), min(micro, start + len(some) - at), blank)
                for at in range(start, start + len(some), micro)
            ]
            joined = [np.concatenate(parts) for parts in zip(*factors, strict=True)]
            x = data.images[some] * mask[..., None] / np.float32(255)
            with tf.GradientTape() as tape:
                out = tf.nn.softmax(model([x, *joined]))
                value = tf.reduce_mean(measure(np.eye(sample.CLASSES, dtype=np.float32)[data.labels[some]], out))
            gradients = tape.gradient(value, [variable.value for variable in named.values()])
            rule.apply(gradients, list(named.values()))
            total += float(value) * len(some)
        losses.append(total / 50)
    return {name: np.array(variable) for name, variable in named.items()}, losses


@pytest.mark.parametrize("loss", get_args(Loss))
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_short_training_is_that_of_a_plain_keras_model(loss: Loss, optimizer: str) -> None:
    """Loss, optimizer, shuffle, dropout and micro-batches together, over several steps and an odd last batch."""
    mask = sample.mask_of("keep")
    mine = sample.trainer(SMOOTH, loss=loss, optimizer=optimizer)
    losses = [mine.train_epoch("trial", mask, epoch)[0] for epoch in (1, 2)]
    weights, expected = fit_plainly(mask, 2, loss, optimizer, micro=8)
    assert losses == pytest.approx(expected, rel=1e-5)
    start = SMOOTH.initial_weights(11)
    for name, weight in mine.weights().items():
        # Adam and its kin divide a gradient by its own size, which makes much of the rounding in those near zero.
        assert distance(weight - start[name], weights[name] - start[name]) < 2e-3, name


def test_window_aware_training_is_full_frame_training_up_to_rounding() -> None:
    """The same trial on a crop and, its mask applied to the images beforehand, on the whole frame."""
    network = Network((14, 14, 1), (*sample.NETWORK.layers[:3], Flatten("f"), Dense("o", 3, relu=False)))
    mask = sample.mask_of("keep")
    data = sample.dataset()
    masked = type(data)("blobs", data.images * mask[..., None], data.labels, data.classes, data.train)
    one, other = sample.trainer(network), sample.trainer(network, masked)
    for epoch in range(1, 6):
        here = one.train_epoch("trial", mask, epoch)
        there = other.train_epoch("trial", np.ones_like(mask), epoch)
        assert here == pytest.approx(there, rel=1e-4)
    assert distance(one.softmax(mask, "test"), other.softmax(np.ones_like(mask), "test")) < 1e-3
    assert here[0] < 0.9 * np.log(sample.CLASSES)


@pytest.mark.parametrize("kind", ["keep", "article"])
def test_micro_batches_sum_to_the_batch_s_gradient(kind: Any) -> None:
    """Without dropout, whose draws differ; plain gradient descent shows the gradient itself."""
    layers = (*sample.NETWORK.layers[:3], Flatten("f"), Dense("o", 3, relu=False))
    network, mask = Network((14, 14, 1), layers), sample.mask_of(kind)
    losses, moved = [], []
    for micro in (20, 8, 1):
        mine = sample.trainer(network, micro_batch=micro, optimizer="sgd", learning_rate=0.1)
        losses.append(mine.train_epoch("trial", mask, 1))
        moved.append(mine.weights())
    start = network.initial_weights(11)
    for loss, weights in zip(losses[1:], moved[1:], strict=True):
        assert loss == pytest.approx(losses[0], rel=1e-5)
        for name, weight in weights.items():
            assert distance(weight - start[name], moved[0][name] - start[name]) < 1e-5, name


@pytest.mark.parametrize("batch", [1, 7, 50, 1000])
def test_any_batch_size_covers_every_image_once(batch: int) -> None:
    mine = sample.trainer(batch_size=batch, micro_batch=4, optimizer="sgd", learning_rate=1e-9)
    loss, accuracy = mine.train_epoch("trial", sample.mask_of("keep"), 1)
    assert accuracy * 50 == pytest.approx(round(accuracy * 50), abs=1e-6)
    assert 0.5 < loss < 2


def test_training_learns() -> None:
    mine = sample.trainer(learning_rate=3e-3)
    mask = sample.mask_of("keep")
    for epoch in range(1, 16):
        loss, accuracy = mine.train_epoch("trial", mask, epoch)
    assert loss < 0.5
    right = mine.softmax(mask, "test").argmax(1) == mine.labels["test"]
    assert right.mean() > 0.8
    assert accuracy > 0.8


@pytest.fixture(scope="module")
def trained() -> Trainer:
    mine = sample.trainer()
    mine.train_epoch("trial", sample.mask_of("keep"), 1)
    return mine


@pytest.mark.parametrize("kind", ["keep", "occlude", "article", "random"])
def test_evaluation_is_the_plain_model_s(trained: Trainer, kind: Any) -> None:
    mask = sample.mask_of(kind)
    model = plain.model(sample.NETWORK)
    plain.set_weights(model, trained.weights())
    data = sample.dataset()
    for split in ("fit", "stop", "select", "test"):
        at = getattr(sample.cut(data), split)
        x = data.images[at] * mask[..., None] / np.float32(255)
        factors = plain.no_dropout(sample.NETWORK, crop_of(sample.NETWORK, mask), len(at))
        expected = tf.nn.softmax(model([x, *factors])).numpy()
        found = trained.softmax(mask, split)
        assert found.dtype == np.float32
        assert found.shape == (len(at), sample.CLASSES)
        assert distance(found, expected) < 1e-5


def test_evaluation_in_chunks_is_evaluation_at_once(trained: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    mask = sample.mask_of("keep")
    expected = trained.softmax(mask, "fit")
    monkeypatch.setattr("xsample_tui.training.evaluation.AT_ONCE", 7)
    mine = sample.trainer()
    mine.set(trained.weights(), None)
    assert distance(mine.softmax(mask, "fit"), expected) < 1e-6


def test_an_empty_split_has_no_outputs() -> None:
    data = sample.dataset()
    mine = Trainer(sample.NETWORK, sample.order().training, 7, data, sample.cut(data, stop=0))
    assert mine.softmax(sample.mask_of("keep"), "stop").shape == (0, sample.CLASSES)


def test_floating_images_and_three_channels() -> None:
    data = sample.dataset(channels=3)
    floats = type(data)("blobs", (data.images / 255).astype(np.float32), data.labels, data.classes, data.train)
    network, mask = article_network((14, 14, 3), 3), sample.mask_of("keep")
    one, other = sample.trainer(network, data), sample.trainer(network, floats)
    assert one.train_epoch("t", mask, 1) == pytest.approx(other.train_epoch("t", mask, 1), rel=1e-5)
    assert distance(one.softmax(mask, "test"), other.softmax(mask, "test")) < 1e-4


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_slots_go_round_and_make_the_same_steps(optimizer: str) -> None:
    mask = sample.mask_of("keep")
    mine = sample.trainer(optimizer=optimizer)
    mine.train_epoch("trial", mask, 1)
    weights, slots = mine.weights(), mine.slots()
    mine.train_epoch("trial", mask, 2)
    after = mine.weights()
    mine.set(weights, slots)
    for name, slot in mine.slots().items():
        assert np.array_equal(slot, slots[name])
        assert slot.dtype == slots[name].dtype
    mine.train_epoch("trial", mask, 2)
    for name, weight in mine.weights().items():
        assert np.array_equal(weight, after[name])
    mine.set(weights, None)
    mine.train_epoch("trial", mask, 2)
    same = all(np.array_equal(weight, after[name]) for name, weight in mine.weights().items())
    assert same == (optimizer == "sgd")


def test_another_optimizer_s_slots_are_refused() -> None:
    mine, other = sample.trainer(), sample.trainer(optimizer="rmsprop")
    with pytest.raises((KeyError, ValueError)):
        mine.set(mine.weights(), other.slots())


def test_results_repeat_to_the_bit_and_depend_on_trial_epoch_and_seed() -> None:
    mask = sample.mask_of("keep")

    def trained(trial: str = "trial", epoch: int = 1, seed: int = 7) -> Array:
        data = sample.dataset()
        mine = Trainer(sample.NETWORK, sample.order().training, seed, data, sample.cut(data))
        mine.set(sample.NETWORK.initial_weights(11), None)
        mine.train_epoch(trial, mask, epoch)
        return np.concatenate([weight.ravel() for weight in mine.weights().values()])

    first = trained()
    assert np.array_equal(first, trained())
    for other in (trained(trial="other"), trained(epoch=2), trained(seed=8)):
        assert not np.array_equal(first, other)


def test_one_trace_for_all_windows_of_equal_crop_shape() -> None:
    network = article_network((14, 14, 1), 3)
    mine = sample.trainer(network)
    windows = [window for window in grid(14, 14, 3, 3, 1) if {window.row, window.col} <= {4, 5, 6, 7}]
    shapes = {crop_of(network, sample.mask_of("keep", window)).shape for window in windows}
    for number, window in enumerate(windows):
        mask = sample.mask_of("keep", window)
        mine.set(network.initial_weights(number), None)
        mine.train_epoch(f"trial-{number}", mask, 1)
        for split in ("stop", "select", "test"):
            mine.softmax(mask, split)
    # One for training, and two for evaluation, by when TensorFlow has learned that the count of images varies.
    assert mine.traces == 3
    assert len(shapes) == 1


@pytest.mark.parametrize("loss", get_args(Loss))
def test_losses_are_keras_s(loss: Loss) -> None:
    """The training loss without dropout, and the measure on selection images, against Keras's own functions."""
    network = Network((14, 14, 1), (Flatten("f"), Dense("o", 3, relu=False)))
    mine = sample.trainer(network, loss=loss, optimizer="sgd", learning_rate=1e-12)
    mask = sample.mask_of("occlude")
    value, accuracy = mine.train_epoch("trial", mask, 1)
    outputs, labels = mine.softmax(mask, "fit"), mine.labels["fit"]
    truth = np.eye(3, dtype=np.float32)[labels]
    expected = float(tf.reduce_mean(keras.losses.get(loss)(truth, outputs)))
    assert value == pytest.approx(expected, rel=1e-5)
    assert LOSSES[loss](outputs, labels) == pytest.approx(expected, rel=1e-5)
    assert accuracy == pytest.approx((outputs.argmax(1) == labels).mean())


@pytest.mark.parametrize("kind", ["keep", "occlude"])
def test_bfloat16_follows_float32_at_its_own_precision(kind: Any) -> None:
    mask = sample.mask_of(kind)
    exact, mixed = sample.trainer(), sample.trainer(precision="bfloat16")
    for epoch in range(1, 5):
        one, other = exact.train_epoch("trial", mask, epoch), mixed.train_epoch("trial", mask, epoch)
        assert one[0] != other[0]
        assert other[0] == pytest.approx(one[0], rel=0.03)
    assert all(weight.dtype == np.float32 for weight in mixed.weights().values())
    outputs = mixed.softmax(mask, "test")
    assert outputs.dtype == np.float32
    assert 1e-6 < distance(outputs, exact.softmax(mask, "test")) < 0.1
    again = sample.trainer(precision="bfloat16")
    for epoch in range(1, 5):
        again.train_epoch("trial", mask, epoch)
    assert np.array_equal(again.softmax(mask, "test"), outputs)


def test_xla_computes_the_same() -> None:
    """On CPUs it is off, being slower; the code is the one that runs on GPUs."""
    data, mask = sample.dataset(), sample.mask_of("keep")
    network = Network((14, 14, 1), (*sample.NETWORK.layers[:3], Flatten("f"), Dense("o", 3, relu=False)))
    losses = []
    for xla in (True, False):
        mine = Trainer(network, sample.order().training, 7, data, sample.cut(data), xla=xla)
        mine.set(network.initial_weights(11), None)
        losses.append([mine.train_epoch("trial", mask, epoch)[0] for epoch in (1, 2)])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
