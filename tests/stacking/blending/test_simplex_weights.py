"""Weights on the simplex, against scipy's SLSQP."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, minimize

from tests.harness.finished_runs import made_outputs
from xsample_tui.stacking.blending.simplex_weights import simplex_weights


@pytest.mark.parametrize("members", [1, 2, 6, 15])
def test_simplex_weights_are_the_optimum_that_slsqp_finds(members: int) -> None:
    true = made_outputs(members, 400).true
    weights = simplex_weights(true)
    assert weights.sum() == pytest.approx(1)
    assert (weights >= 0).all()

    def loss(w: NDArray[np.float64]) -> float:
        return float(-np.log(np.maximum(w @ true, 1e-12)).mean())

    start = np.full(members, 1 / members)
    rival = minimize(
        loss, start, method="SLSQP", bounds=Bounds(0, 1), constraints=LinearConstraint(np.ones(members), 1, 1)
    )
    assert loss(weights) <= rival.fun + 1e-6
    # The certificate: no member would improve the blend by being given more weight.
    assert (true / (weights @ true)).mean(axis=1).max() <= 1 + 1e-6


def test_simplex_weights_of_members_that_are_all_right() -> None:
    assert simplex_weights(np.ones((5, 50), np.float32)).sum() == pytest.approx(1)
    # One useless member among good ones gets nothing.
    true = np.stack([np.full(50, 0.9), np.full(50, 0.01), np.full(50, 0.9)]).astype(np.float32)
    assert simplex_weights(true)[1] == pytest.approx(0, abs=1e-9)
