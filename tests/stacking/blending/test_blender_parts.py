"""The parts that blends are made of: folds, running sums, temperature, rules, outputs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from tests.harness.finished_runs import made_outputs
from tests.harness.made_softmax import member_softmax
from xsample_tui.core.training.epoch_metrics import errors, log_loss
from xsample_tui.stacking.blending import temperature_scaling
from xsample_tui.stacking.blending.temperature_scaling import PRIOR_IMAGES, Sharpener
from xsample_tui.stacking.pool.member_outputs import Outputs
from xsample_tui.stacking.pool.member_selection import HandPicked, RandomMembers, TopMembers
from xsample_tui.stacking.pool.running_sums import TERMS, RunningSums, Term
from xsample_tui.stacking.pool.select_folds import stratified_folds

OUTPUTS = made_outputs(7, 60)
choices = st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=9), min_size=1, max_size=8)


@given(st.lists(st.integers(0, 4), min_size=5, max_size=300), st.integers(0, 99), st.integers(2, 7))
def test_folds_are_even_in_size_and_in_every_class(labels: list[int], seed: int, count: int) -> None:
    found = stratified_folds(np.array(labels), seed, count)
    sizes = np.bincount(found, minlength=count)
    assert sizes.max() - sizes.min() <= 1
    for label in set(labels):
        inside = np.bincount(found[np.array(labels) == label], minlength=count)
        assert inside.max() - inside.min() <= 1
    assert found.tolist() == stratified_folds(np.array(labels), seed, count).tolist()


def test_folds_depend_on_the_seed() -> None:
    labels = np.arange(100) % 3
    assert stratified_folds(labels, 0).tolist() != stratified_folds(labels, 1).tolist()


@given(choices, st.sampled_from(sorted(TERMS)), st.integers(0, 40))
def test_running_sums_are_the_sums_whatever_came_before(path: list[list[int]], term: Term, start: int) -> None:
    sums = RunningSums(OUTPUTS.softmax, OUTPUTS.votes)
    images = slice(start, 60)
    for members in path:
        total = sums.total(term, np.array(members), images)
        expected = sum(TERMS[term](OUTPUTS.softmax[i, images]).astype(np.float64) for i in members)
        assert total == pytest.approx(expected, abs=1e-10)
        total[:] = -1  # the caller's own


@given(st.floats(0.2, 6), st.integers(0, 50))
def test_temperature_is_the_one_of_least_loss(blur: float, seed: int) -> None:
    labels = np.arange(200) % 4
    pooled = member_softmax(labels, 4, seed, strength=2).astype(np.float64) ** (1 / blur)
    pooled /= pooled.sum(axis=1, keepdims=True)
    sharpener = Sharpener(pooled)
    found = sharpener.fit(labels)

    def penalised(temperature: float) -> float:
        sharp = np.clip(sharpener.apply(float(temperature)).astype(np.float64), 1e-30, 1)
        own = -np.log(sharp[np.arange(200), labels]).sum()
        return float(own - PRIOR_IMAGES / 200 * (pooled * np.log(sharp)).sum())

    rival = minimize_scalar(penalised, bounds=(0.05, 20), method="bounded")
    assert penalised(found) <= rival.fun + 2e-3
    assert sharpener.fit(labels, start=20) == pytest.approx(found, rel=1e-4)


@given(st.floats(0.05, 20))
def test_temperature_changes_no_label(temperature: float) -> None:
    labels = np.arange(80) % 4
    pooled = member_softmax(labels, 4, "t", strength=1)
    sharpened = Sharpener(pooled.astype(np.float64)).apply(temperature)
    assert sharpened.sum(axis=1) == pytest.approx(np.ones(80), abs=1e-5)
    assert errors(sharpened, labels) == errors(pooled, labels)


def test_temperature_stays_in_its_bounds() -> None:
    labels = np.zeros(30, np.int64)
    right = np.tile([0.6, 0.4], (30, 1))
    sharper, blunter = Sharpener(right).fit(labels), Sharpener(right).fit(labels + 1)
    assert 0.05 <= sharper < 0.5
    assert 1.2 < blunter <= 20
    assert Sharpener(right).fit(labels, np.zeros(30, np.bool_)) == 1


def test_images_without_an_error_do_not_run_to_the_bound() -> None:
    """A fold fitted where all are right judges one where not all are: T = 0.05 cost up to 0.05 nats there."""
    worse = []
    for seed in range(200):
        chance = np.random.default_rng(seed)
        logits = 3.0 * chance.standard_normal((400, 10))
        logits[np.arange(400), chance.integers(0, 10, 400)] += 9
        pooled = np.exp(logits - logits.max(axis=1, keepdims=True))
        pooled /= pooled.sum(axis=1, keepdims=True)
        # Well calibrated: classes are drawn from what is said of them.
        labels = (pooled.cumsum(axis=1) > chance.random((400, 1))).argmax(axis=1)
        fitted = Sharpener(pooled[:100]).fit(labels[:100])
        other = Sharpener(pooled[100:])
        worse.append(log_loss(other.apply(fitted), labels[100:]) - log_loss(other.apply(1.0), labels[100:]))
    assert np.mean(worse) < 0.005
    assert np.max(worse) < 0.045


def test_with_many_images_the_prior_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.arange(8000) % 4
    pooled = member_softmax(labels, 4, "many", strength=2).astype(np.float64)
    with_prior = Sharpener(pooled).fit(labels)
    monkeypatch.setattr(temperature_scaling, "PRIOR_IMAGES", 0.0)
    assert with_prior == pytest.approx(Sharpener(pooled).fit(labels), rel=0.01)


def test_temperature_of_some_images_looks_at_these_alone() -> None:
    labels = np.arange(100) % 4
    pooled = member_softmax(labels, 4, "s", strength=2).astype(np.float64)
    used = np.arange(100) < 60
    found = Sharpener(pooled).fit(labels, used)
    other = labels.copy()
    other[60:] = (other[60:] + 1) % 4
    assert Sharpener(pooled).fit(other, used) == found
    assert found == pytest.approx(Sharpener(pooled[:60]).fit(labels[:60]), rel=1e-4)


def test_losses_without_a_fold_are_those_of_the_other_images() -> None:
    outputs = made_outputs()
    for fold, images in enumerate(outputs.folds):
        rest = np.delete(np.arange(200), images)
        expected = [log_loss(matrix[rest], outputs.labels[rest]) for matrix in outputs.softmax]
        assert outputs.losses(fold) == pytest.approx(expected)
    assert outputs.losses() == pytest.approx([log_loss(matrix, outputs.labels) for matrix in outputs.softmax])


def test_cuts_and_rests_share_out_the_images() -> None:
    outputs = made_outputs(3)
    members = np.array([2, 0])
    here, rest = outputs.cut(members, 1), outputs.rest(members, 1)
    assert here.shape == (2, 40, 4)
    assert rest.shape == (2, 160, 4)
    assert next(here.matrices()).tolist() == outputs.softmax[2, 40:80].tolist()
    assert rest.true[1].tolist() == np.delete(outputs.true[0], slice(40, 80)).tolist()
    assert here.correct.tolist() == (here.votes == here.labels).tolist()
    assert outputs.errors.tolist() == [errors(matrix, outputs.labels) for matrix in outputs.softmax]


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
