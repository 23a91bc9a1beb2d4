"""The blenders, by hand and against independent implementations."""

import numpy as np
import pytest

from tests.harness.finished_runs import made_outputs
from xsample_tui.core.errors import InputError
from xsample_tui.core.training.epoch_metrics import log_loss
from xsample_tui.stacking.blending.blender_registry import BLENDERS, blender
from xsample_tui.stacking.blending.pooling import Blender


def test_the_registry_holds_the_six() -> None:
    assert list(BLENDERS) == ["mean", "geometric", "vote", "caruana", "simplex", "logistic"]
    with pytest.raises(InputError, match="choose one of mean, geometric"):
        blender("median")


@pytest.mark.parametrize("kind", BLENDERS.values(), ids=list(BLENDERS))
def test_every_blender_pools_to_probabilities_of_its_members_alone(kind: Blender) -> None:
    outputs = made_outputs()
    cut = outputs.cut(np.array([4, 1, 3]))
    recipe = kind.fit(cut, seed=0)
    pooled = recipe.pool(cut)
    assert pooled.shape == (200, 4)
    assert (pooled >= 0).all()
    assert pooled.sum(axis=1) == pytest.approx(np.ones(200))
    assert (pooled.argmax(axis=1) == outputs.labels).mean() > 0.7
    if recipe.weights is not None:
        assert recipe.weights.shape == (3,)
        assert recipe.weights.sum() == pytest.approx(1)
        assert (recipe.weights >= 0).all()
    outputs.softmax[0] = 0.25
    assert kind.fit(cut, seed=0).pool(cut) == pytest.approx(pooled)


@pytest.mark.parametrize("kind", BLENDERS.values(), ids=list(BLENDERS))
def test_every_blender_of_one_member_keeps_its_labels(kind: Blender) -> None:
    cut = made_outputs(1, 400).cut(np.array([0]))
    pooled = kind.fit(cut, 0).pool(cut)
    same = (pooled.argmax(axis=1) == cut.votes[0]).mean()
    # The regression may shift a class's threshold; the others cannot.
    assert same > 0.95 if kind.name == "logistic" else same == 1


def test_fitted_blends_are_no_worse_than_the_mean_where_they_are_fitted() -> None:
    outputs = made_outputs(8, 400)
    outputs.softmax[0] = 0.25
    cut = outputs.cut(np.arange(8))
    losses = {
        name: log_loss(kind.fit(cut, 0).pool(cut).astype(np.float32), cut.labels) for name, kind in BLENDERS.items()
    }
    assert losses["simplex"] <= losses["mean"]
    assert losses["caruana"] <= losses["mean"]
    assert losses["simplex"] <= losses["caruana"] + 1e-6
