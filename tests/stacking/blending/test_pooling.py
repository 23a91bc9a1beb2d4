"""Pooled probabilities, by hand."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.finished_runs import made_outputs
from xsample_tui.stacking.blending.blender_registry import BLENDERS
from xsample_tui.stacking.blending.pooling import Arithmetic, Geometric, Votes
from xsample_tui.stacking.pool.member_outputs import Cut, Outputs

Rows = list[list[list[float]]]


def cut_of(matrices: Rows, labels: list[int]) -> Cut:
    softmax = np.array(matrices, np.float32)
    outputs = Outputs("select", np.arange(len(labels)), np.array(labels, np.int64), softmax)
    return outputs.cut(np.arange(len(softmax)))


TWO = cut_of([[[0.9, 0.1, 0.0], [0.2, 0.5, 0.3]], [[0.5, 0.3, 0.2], [0.6, 0.3, 0.1]]], [0, 1])


def test_means_by_hand() -> None:
    assert BLENDERS["mean"].fit(TWO, 0).pool(TWO) == pytest.approx(
        np.array([[0.7, 0.2, 0.1], [0.4, 0.4, 0.2]]), abs=1e-6
    )
    roots = np.sqrt([[0.45, 0.03, 0.2e-7], [0.12, 0.15, 0.03]])
    expected = roots / roots.sum(axis=1, keepdims=True)
    assert BLENDERS["geometric"].fit(TWO, 0).pool(TWO) == pytest.approx(expected, rel=1e-4)


def test_weighted_recipes_by_hand() -> None:
    weights = np.array([0.25, 0.75])
    assert Arithmetic(weights).pool(TWO)[0] == pytest.approx([0.6, 0.25, 0.15], abs=1e-6)
    powers = np.array([0.2, 0.5, 0.3]) ** 0.25 * np.array([0.6, 0.3, 0.1]) ** 0.75
    assert Geometric(weights).pool(TWO)[1] == pytest.approx(powers / powers.sum(), abs=1e-6)
    assert Votes(weights).pool(TWO)[1].argmax() == 0


def test_a_majority_wins_however_unsure_it_is() -> None:
    cut = cut_of([[[0.4, 0.35, 0.25]], [[0.4, 0.35, 0.25]], [[0.0, 1.0, 0.0]]], [0])
    assert BLENDERS["vote"].fit(cut, 0).pool(cut).argmax() == 0
    assert BLENDERS["mean"].fit(cut, 0).pool(cut).argmax() == 1


def test_a_tie_goes_to_the_higher_mean_probability() -> None:
    cut = cut_of([[[0.5, 0.3, 0.2]], [[0.1, 0.8, 0.1]]], [0])
    assert BLENDERS["vote"].fit(cut, 0).pool(cut)[0] == pytest.approx([1.3 / 3, 1.55 / 3, 0.15 / 3], abs=1e-6)


@given(st.integers(1, 9), st.integers(0, 1000))
def test_votes_are_counted_as_collections_counts_them(members: int, seed: int) -> None:
    outputs = made_outputs(members, 20)
    shuffled = np.random.default_rng(seed).permutation(members)
    pooled = BLENDERS["vote"].fit(outputs.cut(shuffled), 0).pool(outputs.cut(shuffled))
    for image, row in enumerate(pooled):
        counts = Counter(int(v) for v in outputs.votes[:, image])
        most = max(counts.values())
        tied = [label for label, count in counts.items() if count == most]
        means = outputs.softmax[:, image].mean(axis=0)
        assert row.argmax() == max(tied, key=lambda label: means[label])
