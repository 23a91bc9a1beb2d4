"""The forward pass on new images gives what training stored."""

from typing import Literal

import numpy as np
import pytest

from tests.harness.finished_runs import dataset
from xsample_tui.core.data.data_splits import split
from xsample_tui.core.data.dataset import Dataset
from xsample_tui.core.networks.network import article_network
from xsample_tui.core.training.sweep_spec import Training
from xsample_tui.training.model_outputs import predict
from xsample_tui.training.trainer import Trainer


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_prediction_is_the_trainers_own(dtype: type, precision: Literal["float32", "bfloat16"]) -> None:
    made = dataset(1300)
    images = made.images if dtype is np.uint8 else (made.images / 255).astype(np.float32)
    data = Dataset("made", images, made.labels, 4, 1300)
    cut = split(data, 0)
    network = article_network((8, 8, 1), 4)
    trainer = Trainer(network, Training(precision=precision), 0, data, cut)
    mask = np.zeros((8, 8), np.bool_)
    mask[1:5, 2:7] = True
    for seed, shown in ((0, mask), (1, np.ones((8, 8), np.bool_))):
        weights = network.initial_weights(seed)
        trainer.set(weights, None)
        found = predict(network, weights, shown, images[cut.select], precision)
        assert np.array_equal(found, trainer.softmax(shown, "select"))
        assert found.std(axis=0).max() > 1e-4
    assert predict(network, weights, mask, images[:0], precision).shape == (0, 4)
