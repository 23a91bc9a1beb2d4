"""The blenders, by hand and against independent implementations."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, minimize
from sklearn.linear_model import LogisticRegression

from tests.harness.finished_runs import made_outputs
from tests.harness.made_softmax import member_softmax
from xsample_tui.core.errors import InputError
from xsample_tui.core.training.epoch_metrics import log_loss
from xsample_tui.stacking.blending.blender_registry import BLENDERS, blender
from xsample_tui.stacking.blending.greedy_selection import greedy, select
from xsample_tui.stacking.blending.logistic_stacking import fit_logistic
from xsample_tui.stacking.blending.pooling import Arithmetic, Blender, Geometric, Logistic, Votes
from xsample_tui.stacking.blending.simplex_weights import simplex_weights
from xsample_tui.stacking.pool.member_outputs import Cut, Outputs

Rows = list[list[list[float]]]


def cut_of(matrices: Rows, labels: list[int]) -> Cut:
    softmax = np.array(matrices, np.float32)
    outputs = Outputs("select", np.arange(len(labels)), np.array(labels, np.int64), softmax)
    return outputs.cut(np.arange(len(softmax)))


TWO = cut_of([[[0.9, 0.1, 0.0], [0.2, 0.5, 0.3]], [[0.5, 0.3, 0.2], [0.6, 0.3, 0.1]]], [0, 1])


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


def test_logistic_regression_is_scikit_learns_on_log_probabilities() -> None:
    outputs = made_outputs(3, 300)
    cut = outputs.cut(np.arange(3))
    recipe = BLENDERS["logistic"].fit(cut, 0)
    assert isinstance(recipe, Logistic)
    features = np.log(np.maximum(np.concatenate(list(outputs.softmax), axis=1), 1e-7)) / 3
    rival = LogisticRegression(C=1.0, max_iter=1000).fit(features, outputs.labels)
    assert recipe.pool(cut) == pytest.approx(rival.predict_proba(features), abs=0.02)


@pytest.mark.parametrize("present", [[2], [1, 3], [0, 1, 3]])
def test_logistic_regression_where_a_class_is_missing(present: list[int]) -> None:
    labels = np.array(present * 40, np.int64)
    matrix = member_softmax(labels, 4, "few", strength=3)
    found = fit_logistic([matrix], labels, 4).predict([matrix])
    assert found.sum(axis=1) == pytest.approx(np.ones(len(labels)))
    absent = [label for label in range(4) if label not in present]
    assert (found[:, absent] == 0).all()
    assert (found.argmax(axis=1) == labels).mean() > 0.7


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


def test_logistic_regression_refuses_more_members_than_it_can_fit() -> None:
    BLENDERS["mean"].check(1000)
    BLENDERS["logistic"].check(50)
    with pytest.raises(InputError, match="at most 50"):
        BLENDERS["logistic"].check(51)
