from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.training import sample
from xsample_tui.core.data.dataset import Dataset
from xsample_tui.core.networks.keras_network import TrainedNetwork
from xsample_tui.core.networks.network import article_network
from xsample_tui.core.training.sweep_spec import Training
from xsample_tui.training.keras_models.model_trainer import trainer_of
from xsample_tui.training.network_description import describe
from xsample_tui.training.trainer import Trainer

MASK = sample.mask_of("keep")
WHOLE = np.ones((sample.SIDE, sample.SIDE), np.bool_)


def mapped(data: Dataset, folder: Path) -> Dataset:
    np.save(folder / "images.npy", data.images)
    return replace(data, images=np.load(folder / "images.npy", mmap_mode="r"))


def trained(network: TrainedNetwork, data: Dataset) -> dict[str, np.ndarray]:
    """Return what two epochs under two masks give."""
    fields = sample.order(training={"batch_size": 20, "micro_batch": 8}).training
    mine = trainer_of(network, fields, 7, data, sample.cut(data))
    mine.set(mine.initial_weights(sample.order().trial), None)
    losses = [mine.train_epoch("t", mask, epoch + 1) for epoch, mask in enumerate((MASK, WHOLE))]
    outputs = {split: mine.softmax(MASK, split) for split in ("stop", "select", "test")}
    return {"losses": np.array(losses), **outputs, **mine.weights()}


@pytest.mark.parametrize("kind", ["crops", "model"])
def test_images_of_a_file_train_to_the_same_bits(kind: str, tmp_path: Path) -> None:
    data = sample.dataset(channels=3)
    network: TrainedNetwork = article_network(data.shape, 3)
    if kind == "model":
        network = describe("tests.training.keras_models.networks:norm", data.shape, 3, Training(), 1, False).network
    held, read = trained(network, data), trained(network, mapped(data, tmp_path))
    assert held.keys() == read.keys()
    for name, value in held.items():
        assert np.array_equal(value, read[name]), name


def test_a_file_that_cannot_be_read_is_the_system_s_error_and_passes(tmp_path: Path) -> None:
    data = mapped(sample.dataset(), tmp_path)
    path = tmp_path / "images.npy"
    mine = Trainer(sample.NETWORK, sample.order().training, 7, data, sample.cut(data))
    mine.set(sample.NETWORK.initial_weights(11), None)
    whole = path.read_bytes()
    os.truncate(path, 1000)
    with pytest.raises(OSError, match="shorter"):
        mine.train_epoch("t", MASK, 1)
    with pytest.raises(OSError, match="shorter"):
        mine.softmax(MASK, "select")
    path.write_bytes(whole)
    mine.train_epoch("t", MASK, 1)
