"""Greedy selection, against the plain loop."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.harness.finished_runs import made_outputs
from tests.harness.made_softmax import member_softmax
from xsample_tui.stacking.blending.greedy_selection import greedy, select


def naive_greedy(true: NDArray[np.float32], rounds: int) -> list[int]:
    picks: list[int] = []
    for _ in range(rounds):
        losses = [-np.log(np.mean([true[i] for i in [*picks, j]], axis=0)).mean() for j in range(len(true))]
        picks.append(int(np.argmin(losses)))
    return picks


@pytest.mark.parametrize("seed", range(3))
def test_greedy_selection_is_the_plain_loop(seed: int) -> None:
    labels = np.arange(300) % 4
    true = np.stack(
        [member_softmax(labels, 4, seed, i, strength=1.5 + 0.3 * i)[np.arange(300), labels] for i in range(6)]
    )
    path = greedy(true, 12)
    assert path.picks.tolist() == naive_greedy(true, 12)
    mixed = true[path.picks[:7]].mean(axis=0)
    assert path.losses[6] == pytest.approx(-np.log(mixed).mean(), rel=1e-5)
    assert path.losses.min() <= path.losses[0]
    assert path.losses[0] == pytest.approx((-np.log(true)).mean(axis=1).min(), rel=1e-5)
    assert path.losses[path.best - 1] == path.losses.min()


def test_bagged_selection_is_seeded_and_shares_out_all_picks() -> None:
    true = made_outputs(12).true
    weights = select(true, 3)
    assert weights.tolist() == select(true, 3).tolist()
    assert weights.tolist() != select(true, 4).tolist()
    assert weights.sum() == pytest.approx(1)
    assert np.count_nonzero(weights) > 2
    # Few members: one bag of all, the plain greedy path.
    path = greedy(true[:4])
    expected = np.bincount(path.picks[: path.best], minlength=4) / path.best
    assert select(true[:4], 0).tolist() == pytest.approx(expected.tolist())
