"""A scout's leases: cut anywhere they give the same bits; scores are those of the plain evaluation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.training import sample
from xsample_tui.core.masks.windows import Window
from xsample_tui.core.scout.scout_order import ScoutOrder
from xsample_tui.core.training.checkpoint_format import decode, encode
from xsample_tui.core.training.epoch_metrics import errors, log_loss
from xsample_tui.core.training.lease import TrainingFailed
from xsample_tui.core.training.sweep_spec import Training
from xsample_tui.core.training.trial_plan import Trial
from xsample_tui.training.scout import scout_runner
from xsample_tui.training.scout.scout_runner import score, train

WINDOWS = (Window(0, 0, 5, 5), Window(4, 5, 5, 5), Window(9, 9, 5, 5))
MASKS = np.stack([sample.mask_of("keep", window) for window in WINDOWS])
SOURCE = sample.Source()


def order(**training: object) -> ScoutOrder:
    fields = Training.model_validate({"batch_size": 20, "micro_batch": 8, "learning_rate": 0.01} | training)
    return ScoutOrder(sample.NETWORK, fields, 7, Trial(name="scout-1", kind="scout", init_seed=11), MASKS)


def after(epochs: int, start: ScoutOrder) -> ScoutOrder:
    for _ in range(epochs):
        found = train(start, SOURCE)
        start = replace(start, state=found.state, epoch=found.epoch)
    return start


def test_begun_again_from_a_checkpoint_it_has_the_same_bits() -> None:
    whole = after(3, order())
    assert whole.state is not None
    begun = after(1, order())
    # As in another process: nothing is left of what it held.
    scout_runner._held.clear()
    again = after(2, begun)
    assert again.state is not None
    assert decode(again.state).digest() == decode(whole.state).digest()


def test_scores_are_of_train_images_under_each_window() -> None:
    trained = after(6, order())
    assert trained.state is not None
    found = score(trained, SOURCE)
    data, cut = SOURCE.open()
    made = sample.trainer()
    made.set(decode(trained.state).weights, None)
    outputs = [made.softmax(mask, "fit") for mask in MASKS]
    labels = data.labels[cut.fit]
    assert found.errors == tuple(errors(one, labels) for one in outputs)
    assert found.loss == pytest.approx([log_loss(one, labels) for one in outputs], rel=1e-5)
    # The class shows in the middle of the blobs, and not in the corners.
    assert found.loss[1] < min(found.loss[0], found.loss[2])
    part = score(replace(trained, masks=MASKS[1:2]), SOURCE)
    assert part.loss == found.loss[1:2]


def test_a_loss_that_is_not_finite_is_said() -> None:
    begun = after(1, order())
    assert begun.state is not None
    state = decode(begun.state)
    broken = encode(replace(state, weights={name: one * np.nan for name, one in state.weights.items()}))
    with pytest.raises(TrainingFailed, match="nan in epoch 2; try a smaller learning rate"):
        train(replace(begun, state=broken), SOURCE)
