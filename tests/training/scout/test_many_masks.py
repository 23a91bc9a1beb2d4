"""Training with a mask for each image: with one mask for all it is what it was, to the last bit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.training import sample
from tests.training.keras_models.described_models import described
from xsample_tui.core.masks.windows import Window
from xsample_tui.core.scout.scout_order import STREAM, drawn_windows
from xsample_tui.core.training.sweep_spec import Training
from xsample_tui.core.training.trial_plan import Trial
from xsample_tui.training.keras_models.model_trainer import trainer_of
from xsample_tui.training.scout.many_masks import many_masks_trainer

TRAINING = Training(batch_size=20, micro_batch=8)
TRIAL = Trial(name="scout-1", kind="scout", init_seed=11, stream=0)
WINDOWS = (Window(0, 0, 5, 5), Window(4, 5, 5, 5), Window(9, 9, 5, 5))


@pytest.fixture(scope="module", params=["layers", "a Keras model"])
def network(request: pytest.FixtureRequest) -> Any:
    return sample.NETWORK if request.param == "layers" else described("norm").network


def trained(make: Any, network: Any, data: Any, train: Any) -> tuple[tuple[float, float], dict[str, Any]]:
    trainer = make(network, TRAINING, 7, data, sample.cut(data))
    trainer.set(trainer.initial_weights(TRIAL), None)
    return train(trainer), trainer.weights()


@pytest.mark.parametrize("floats", [False, True])
def test_one_mask_for_all_gives_the_bits_of_a_trial(network: Any, floats: bool) -> None:
    data = sample.dataset()
    if floats:
        data = replace(data, images=data.images.astype(np.float32) / np.float32(255))
    everything = np.ones((sample.SIDE, sample.SIDE), np.bool_)
    mine = trained(many_masks_trainer, network, data, lambda one: one.train_under(everything[None], 1))
    other = trained(trainer_of, network, data, lambda one: one.train_epoch(STREAM, everything, 1))
    assert mine[0] == other[0]
    assert all(np.array_equal(mine[1][name], other[1][name]) for name in other[1])


def test_each_image_is_seen_under_its_own_window(network: Any) -> None:
    data, cut = sample.dataset(), sample.cut(sample.dataset())
    masks = np.stack([sample.mask_of("keep", window) for window in WINDOWS])
    drawn = drawn_windows(len(masks), len(cut.fit), 7, 1)
    images = data.images.copy()
    images[cut.fit] *= masks[drawn][..., None]
    masked = replace(data, images=images)
    everything = np.ones((sample.SIDE, sample.SIDE), np.bool_)
    mine = trained(many_masks_trainer, network, data, lambda one: one.train_under(masks, 1))
    other = trained(trainer_of, network, masked, lambda one: one.train_epoch(STREAM, everything, 1))
    assert mine[0] == other[0]
    assert all(np.array_equal(mine[1][name], other[1][name]) for name in other[1])
    plain = trained(trainer_of, network, data, lambda one: one.train_epoch(STREAM, everything, 1))
    assert plain[0] != other[0]
