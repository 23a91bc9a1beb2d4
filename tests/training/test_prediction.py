"""The forward pass on new pictures gives what training stored."""

from typing import Literal

import numpy as np
import pytest

from tests.stacking.sample import dataset
from xsample_tui.core.dataset import Dataset
from xsample_tui.core.network import article_network
from xsample_tui.core.spec import Training
from xsample_tui.core.split import split
from xsample_tui.training.prediction import predict
from xsample_tui.training.trainer import Trainer


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_prediction_is_the_trainers_own(dtype: type, precision: Literal["float32", "bfloat16"]) -> None:
    made = dataset(1300)
    pictures = made.pictures if dtype is np.uint8 else (made.pictures / 255).astype(np.float32)
    data = Dataset("made", pictures, made.labels, 4, 1300)
    cut = split(data, 0)
    network = article_network((8, 8, 1), 4)
    trainer = Trainer(network, Training(precision=precision), 0, data, cut)
    mask = np.zeros((8, 8), np.bool_)
    mask[1:5, 2:7] = True
    for seed, shown in ((0, mask), (1, np.ones((8, 8), np.bool_))):
        weights = network.initial_weights(seed)
        trainer.set(weights, None)
        found = predict(network, weights, shown, pictures[cut.select], precision)
        assert np.array_equal(found, trainer.softmax(shown, "select"))
        assert found.std(axis=0).max() > 1e-4
    assert predict(network, weights, mask, pictures[:0], precision).shape == (0, 4)
