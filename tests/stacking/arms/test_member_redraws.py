"""Blends of redrawn members."""

import numpy as np
import pytest

from tests.harness.finished_runs import made_outputs
from xsample_tui.stacking.arms.member_redraws import redraw
from xsample_tui.stacking.blending.blend import blend_select
from xsample_tui.stacking.blending.blender_registry import BLENDERS
from xsample_tui.stacking.pool.member_selection import TopMembers

ALL = TopMembers(3, tuple(range(6)))


@pytest.mark.parametrize("name", ["mean", "geometric", "vote", "simplex"])
def test_redraws_hold_the_blend_itself_and_each_member_alone(name: str) -> None:
    outputs = made_outputs()
    first, second = (blend_select(outputs, TopMembers(3, pool), BLENDERS[name], 0) for pool in ((0, 1, 2), (3, 4, 5)))
    found = redraw(first, second, np.random.default_rng(0), 200)
    assert found is not None
    assert found.members == 3
    for blend, redrawn in ((first, found.first), (second, found.second)):
        assert redrawn.shape == (200, 200)
        # Each member once is 6 draws of 27, one member thrice is 1 of 27.
        assert (redrawn == blend.correct).all(axis=1).mean() > 0.15
        for rank in range(3):
            alone = np.concatenate([cut.correct[rank] for _, cut in blend.cuts()])
            assert (redrawn == alone).all(axis=1).any()


def test_blends_that_cannot_be_redrawn_alike_are_not() -> None:
    outputs = made_outputs()
    lot = np.random.default_rng(0)
    three = blend_select(outputs, ALL, BLENDERS["mean"], 0)
    for k, name in ((1, "mean"), (2, "mean"), (3, "logistic")):
        other = blend_select(outputs, TopMembers(k, tuple(range(6))), BLENDERS[name], 0)
        assert redraw(three, other, lot) is None
        assert redraw(other, three, lot) is None
    one = blend_select(outputs, TopMembers(1, (0, 1)), BLENDERS["mean"], 0)
    assert redraw(one, one, lot) is None
