"""Which members a rule chooses, and what it may read for that."""

import numpy as np

from tests.harness.finished_runs import made_outputs
from xsample_tui.stacking.pool.member_outputs import Outputs
from xsample_tui.stacking.pool.member_selection import HandPicked, RandomMembers, TopMembers


def test_top_chooses_by_loss_and_ties_by_order() -> None:
    outputs = made_outputs(6)
    outputs.softmax[4] = outputs.softmax[1]
    order = np.argsort(outputs.losses(), kind="stable")
    assert TopMembers(3, tuple(range(6))).choose(outputs).tolist() == order[:3].tolist()
    assert TopMembers(9, (4, 1)).choose(outputs).tolist() == [4, 1]
    assert TopMembers(9, (1, 4)).choose(outputs).tolist() == [1, 4]
    assert HandPicked((5, 0)).choose(outputs, 2).tolist() == [5, 0]


def test_top_does_not_look_at_the_fold_left_out() -> None:
    outputs = made_outputs(6)
    rule = TopMembers(2, tuple(range(6)))
    chosen = rule.choose(outputs, 3).tolist()
    # The best member fails on the fold that is left out: only who looks there can tell.
    images = outputs.folds[3]
    outputs.softmax[chosen[0], images] = np.roll(np.eye(4, dtype=np.float32)[outputs.labels[images]], 1, axis=1)
    altered = Outputs("select", outputs.images, outputs.labels, outputs.softmax, outputs.folds)
    assert rule.choose(altered, 3).tolist() == chosen
    assert chosen[0] not in rule.choose(altered)
    assert chosen[0] not in rule.choose(altered, 2)


def test_lots_differ_by_draw_and_by_seed_but_not_by_time() -> None:
    outputs = made_outputs(6)
    pool = tuple(range(6))
    draws = [
        RandomMembers(3, pool, 0, draw).choose(outputs, fold).tolist() for draw in range(9) for fold in (None, 2)
    ]
    assert draws[0::2] == draws[1::2]
    assert len({tuple(draw) for draw in draws}) > 3
    assert all(len(set(draw)) == 3 for draw in draws)
