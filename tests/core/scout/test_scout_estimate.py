"""The scout's estimate: a score for each window, and ranks."""

import pytest

from tests.harness.scout_estimates import estimate
from xsample_tui.core.scout.scout_estimate import ScoutEstimate


def test_the_least_loss_is_first_and_of_equal_ones_the_first() -> None:
    assert estimate((0.5, 0.2, 0.5, 0.9)).rank == {"w1": 1, "w0": 2, "w2": 3, "w3": 4}


def test_a_score_is_missing_or_not_finite() -> None:
    whole = estimate((0.5, 0.2), (0.1, 0.3)).model_dump()
    for field, bad in (("scout", [0.5]), ("baseline", [0.5, 0.2, 0.1])):
        with pytest.raises(ValueError, match="not one score for each window"):
            ScoutEstimate.model_validate(whole | {field: whole[field] | {"loss": bad}})
    with pytest.raises(ValueError, match="finite"):
        estimate((float("nan"), 0.2))
