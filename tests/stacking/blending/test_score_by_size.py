"""The score by ensemble size."""

import numpy as np
import pytest

from tests.harness.finished_runs import made_outputs
from xsample_tui.stacking.blending.blend import blend_select
from xsample_tui.stacking.blending.blender_registry import BLENDERS
from xsample_tui.stacking.blending.score_by_size import curve, steps
from xsample_tui.stacking.pool.member_selection import TopMembers


@pytest.mark.parametrize("name", ["mean", "caruana"])
def test_the_curve_is_the_blends_at_each_k(name: str) -> None:
    outputs = made_outputs()
    pool = (5, 0, 1, 2, 3)
    found = curve(outputs, pool, BLENDERS[name], 0)
    assert found.k.tolist() == [1, 2, 3, 4, 5]
    for i, k in enumerate(found.k):
        score = blend_select(outputs, TopMembers(int(k), pool), BLENDERS[name], 0).score
        assert found.errors[i] == score.errors
        assert found.log_loss[i] == pytest.approx(score.log_loss, abs=1e-6)
    assert (found.accuracy_low <= found.accuracy).all()
    assert (found.accuracy <= found.accuracy_high).all()
    assert (found.log_loss_low < found.log_loss).all()
    assert (found.log_loss < found.log_loss_high).all()
    # Percentiles of redrawn images: about two binomial standard errors to either side.
    error = np.sqrt(found.accuracy * (1 - found.accuracy) / 200)
    assert found.accuracy_high - found.accuracy_low == pytest.approx(3.92 * error, rel=0.2)
    assert found.rows()[0]["k"] == 1


def test_steps_visit_small_k_one_by_one_and_end_at_the_last() -> None:
    assert steps(1) == [1]
    assert steps(20) == list(range(1, 21))
    assert steps(400)[:20] == list(range(1, 21))
    assert steps(400)[-1] == 400
    assert len(steps(400)) < 45
    assert steps(0) == []
