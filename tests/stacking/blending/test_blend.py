"""Blends on select and on test: what they may read, and what they give."""

import time
from itertools import pairwise

import numpy as np
import pytest

from tests.harness.finished_runs import made_outputs
from tests.harness.made_softmax import member_softmax
from xsample_tui.core.training.epoch_metrics import EPSILON
from xsample_tui.stacking.blending.blend import blend_select, blend_test
from xsample_tui.stacking.blending.blend_score import Score
from xsample_tui.stacking.blending.blender_registry import BLENDERS
from xsample_tui.stacking.blending.pooling import Blender
from xsample_tui.stacking.pool.member_outputs import Outputs
from xsample_tui.stacking.pool.member_selection import HandPicked, TopMembers

KINDS = pytest.mark.parametrize("kind", BLENDERS.values(), ids=list(BLENDERS))
ALL = TopMembers(3, tuple(range(6)))


def altered(outputs: Outputs, fold: int) -> Outputs:
    """Return outputs that differ in one fold: other labels, other answers."""
    softmax, labels = outputs.softmax.copy(), outputs.labels.copy()
    softmax[:, outputs.folds[fold]] = softmax[::-1, outputs.folds[fold]]
    labels[outputs.folds[fold]] = (labels[outputs.folds[fold]] + 1) % 4
    return Outputs("select", outputs.images, labels, softmax, outputs.folds)


@KINDS
def test_a_fold_is_predicted_without_its_labels(kind: Blender) -> None:
    outputs = made_outputs()
    one, two = blend_select(outputs, ALL, kind, 0), blend_select(altered(outputs, 2), ALL, kind, 0)
    mine, theirs = one.parts[2], two.parts[2]
    assert mine.fold == 2
    assert mine.members.tolist() == theirs.members.tolist()
    cut = outputs.cut(mine.members, 2)
    assert mine.pooling.pool(cut) == pytest.approx(theirs.pooling.pool(cut))
    # The whole, which reads everything, does change.
    assert one.score != two.score


@KINDS
def test_a_set_chosen_by_hand_is_sharpened_without_the_fold(kind: Blender) -> None:
    outputs = made_outputs()
    rule = HandPicked((1, 4))
    one, two = (blend_select(o, rule, kind, 0) for o in (outputs, altered(outputs, 2)))
    if not kind.fitted:
        assert one.parts[2].temperature == pytest.approx(two.parts[2].temperature)
    assert one.parts[1].temperature != two.parts[1].temperature


@KINDS
def test_probabilities_are_the_parts_put_together(kind: Blender) -> None:
    outputs = made_outputs()
    blend = blend_select(outputs, ALL, kind, 0)
    for part, cut in blend.cuts():
        assert part.fold is not None
        pooled = np.maximum(part.pooling.pool(cut), EPSILON) ** (1 / part.temperature)
        expected = pooled / pooled.sum(axis=1, keepdims=True)
        assert blend.probabilities[outputs.folds[part.fold]] == pytest.approx(expected, abs=1e-5)
    assert blend.probabilities.dtype == np.float32
    assert blend.correct.sum() == blend.score.n - blend.score.errors


@KINDS
def test_test_is_predicted_by_the_whole_of_select(kind: Blender) -> None:
    select = made_outputs()
    labels = np.arange(90) % 4
    softmax = np.stack([member_softmax(labels, 4, "test", i, strength=3) for i in range(6)])
    test = Outputs("test", np.arange(90), labels, softmax)
    fitted = blend_select(select, ALL, kind, 0)
    blend = blend_test(fitted, test)
    assert blend.whole is fitted.whole
    assert [part.fold for part in blend.parts] == [None]
    assert blend.whole.members.tolist() == ALL.choose(select).tolist()
    assert blend.whole.pooling.pool(test.cut(blend.whole.members)).argmax(axis=1).tolist() == blend.predicted.tolist()
    other = Outputs("test", np.arange(90), (labels + 1) % 4, softmax)
    assert blend_test(fitted, other).probabilities.tolist() == blend.probabilities.tolist()


def test_temperature_makes_a_blends_log_loss_better() -> None:
    outputs = made_outputs(6, 1000)
    blunt = Outputs("select", outputs.images, outputs.labels, outputs.softmax**0.3, outputs.folds)
    blunt.softmax[:] /= blunt.softmax.sum(axis=2, keepdims=True)
    blend = blend_select(blunt, ALL, BLENDERS["mean"], 0)
    raw = np.concatenate([part.pooling.pool(cut) for part, cut in blend.cuts()])
    assert blend.whole.temperature < 0.6
    assert blend.score.log_loss < Score.of(raw.astype(np.float32), outputs.labels).log_loss - 0.05


@pytest.mark.slow
def test_every_change_of_k_is_quick_at_full_size() -> None:
    """400 models, 10,000 images, 10 classes: the blends that fit nothing are back within 200 ms."""
    labels = np.arange(10_000) % 10
    one = member_softmax(labels, 10, "big", strength=6)
    softmax = np.stack([np.roll(one, i, axis=0) * np.float32(0.5) + one * np.float32(0.5) for i in range(400)])
    ends = np.arange(0, 10_001, 2000)
    folds = tuple(slice(int(a), int(b)) for a, b in pairwise(ends))
    outputs = Outputs("select", np.arange(10_000), labels, softmax, folds)
    pool = tuple(range(400))
    outputs.losses(), outputs.votes
    for before, k in [(5, 6), (6, 5), (20, 19), (100, 101), (5, 400), (400, 399)]:
        took = []
        for _ in range(2):
            _all_three(outputs, TopMembers(before, pool))
            began = time.process_time()
            _all_three(outputs, TopMembers(k, pool))
            took.append(time.process_time() - began)
        assert min(took) < 0.2, (before, k)


def _all_three(outputs: Outputs, rule: TopMembers) -> None:
    for name in ("mean", "geometric", "vote"):
        assert blend_select(outputs, rule, BLENDERS[name], 0).score.n == 10_000
