"""Temperature: the one of least loss, within its bounds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from tests.harness.made_softmax import member_softmax
from xsample_tui.core.training.epoch_metrics import errors, log_loss
from xsample_tui.stacking.blending.temperature_scaling import PRIOR_IMAGES, Sharpener


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


def test_with_many_images_the_prior_does_not_matter() -> None:
    labels = np.arange(8000) % 4
    pooled = member_softmax(labels, 4, "many", strength=2).astype(np.float64)
    with_prior = Sharpener(pooled).fit(labels)
    assert with_prior == pytest.approx(Sharpener(pooled).fit(labels, prior=0.0), rel=0.01)


def test_temperature_of_some_images_looks_at_these_alone() -> None:
    labels = np.arange(100) % 4
    pooled = member_softmax(labels, 4, "s", strength=2).astype(np.float64)
    used = np.arange(100) < 60
    found = Sharpener(pooled).fit(labels, used)
    other = labels.copy()
    other[60:] = (other[60:] + 1) % 4
    assert Sharpener(pooled).fit(other, used) == found
    assert found == pytest.approx(Sharpener(pooled[:60]).fit(labels[:60]), rel=1e-4)
