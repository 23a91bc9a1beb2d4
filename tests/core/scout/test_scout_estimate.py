"""The scout's estimate: a score for each window, and ranks."""

import pytest

from xsample_tui.core.scout.scout_estimate import ScoutEstimate, ScoutScores


def estimate(loss: tuple[float, ...], baseline: tuple[float, ...] | None = None) -> ScoutEstimate:
    names = tuple(f"w{number}" for number in range(len(loss)))
    errors = tuple(range(len(loss)))
    unmasked = None if baseline is None else ScoutScores(trained="baseline-s00", loss=baseline, errors=errors)
    scout = ScoutScores(trained="scout", loss=loss, errors=errors)
    return ScoutEstimate(windows=names, epochs=2, images=10, plan="p", digest="d", scout=scout, baseline=unmasked)


def test_the_least_loss_is_first_and_of_equal_ones_the_first() -> None:
    assert estimate((0.5, 0.2, 0.5, 0.9)).rank == {"w1": 1, "w0": 2, "w2": 3, "w3": 4}


def test_a_score_is_missing_or_not_finite() -> None:
    whole = estimate((0.5, 0.2), (0.1, 0.3)).model_dump()
    for field, bad in (("scout", [0.5]), ("baseline", [0.5, 0.2, 0.1])):
        with pytest.raises(ValueError, match="not one score for each window"):
            ScoutEstimate.model_validate(whole | {field: whole[field] | {"loss": bad}})
    with pytest.raises(ValueError, match="finite"):
        estimate((float("nan"), 0.2))
