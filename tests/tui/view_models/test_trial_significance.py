"""The test against baselines, and the noise that it separates gains from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from tests.harness.fake_lease import metrics_of
from tests.harness.interface import NOW, make_shown_run
from xsample_tui.core.run_state.run_events import EpochDone, TrialChanged
from xsample_tui.core.run_state.run_progress import Progress
from xsample_tui.core.stats.multiple_testing import holm
from xsample_tui.core.stats.window_tests import seed_variance, window_variance
from xsample_tui.core.training.epoch_metrics import EpochMetrics
from xsample_tui.core.training.sweep_spec import SweepSpec
from xsample_tui.core.training.trial_plan import Trial
from xsample_tui.tui.view_models.trial_significance import BaselineTest, critical


def made(errors: list[int], window: int) -> tuple[Progress, BaselineTest]:
    """Return a progress of baselines and one window, an epoch each."""
    trials = [Trial(name=f"b{i}", kind="baseline", init_seed=0) for i in range(len(errors))]
    trials.append(Trial(name="w", kind="keep", row=0, col=0, height=1, width=1, init_seed=0))
    progress = Progress(SweepSpec(name="s"), tuple(trials))
    for trial, wrong in zip(trials, [*errors, window], strict=True):
        metrics = EpochMetrics(
            epoch=1, loss=1, accuracy=0.5, val_loss=1, val_accuracy=1 - wrong / 1000, val_errors=wrong
        )
        progress.apply(EpochDone(at=NOW, trial=trial.name, metrics=metrics, seconds=1))
    return progress, BaselineTest(progress)


def windows_p(errors: list[int], windows: list[int]) -> NDArray[np.float64]:
    """Return p-values by the core's seed variances and scipy's t."""
    base, mean = seed_variance(errors), float(np.mean(errors))
    own = np.array([window_variance(base, mean, wrong).value for wrong in windows])
    t = (np.array(windows) - mean) / np.sqrt(own + base.value / len(errors))
    return np.asarray(2 * stats.t.sf(np.abs(t), base.freedom))


def test_critical_values_are_those_of_the_tables() -> None:
    assert critical(1) == pytest.approx(12.706, abs=1e-3)
    assert critical(2) == pytest.approx(4.303, abs=1e-3)
    assert critical(9) == pytest.approx(2.262, abs=1e-3)


def test_the_band_is_the_prediction_interval_of_one_more_training() -> None:
    _, baseline_test = made([20, 26, 32], 0)
    level = baseline_test.level(1)
    assert level is not None
    assert (level.count, level.errors, level.sd) == (3, 26, 6)
    assert level.accuracy == pytest.approx(0.974)
    assert level.band == pytest.approx(4.3027 * 6 * (4 / 3) ** 0.5, abs=1e-3)
    # A window of four times as many errors has four times the variance.
    assert level.band_of("errors", errors=104) == pytest.approx(4.3027 * 6 * (4 + 1 / 3) ** 0.5, abs=1e-3)


def test_equal_counts_leave_some_noise() -> None:
    progress, baseline_test = made([26, 26, 26], 29)
    level = baseline_test.level(1)
    assert level is not None
    assert level.sd is not None
    assert level.sd > 0
    assert baseline_test.verdict(progress.trials["w"]) == "noise"


def test_a_judgement_is_taken_over() -> None:
    progress, baseline_test = sweep_with([20, 21, 22, 21, 20], [90, 21])
    version = progress.version
    baseline_test.judge({"w0": "uncorrected", "w1": "better"})
    assert progress.version > version
    assert baseline_test.verdict(progress.trials["w0"]) == "uncorrected"
    assert baseline_test.survivors() == {"w1"}
    # Of the loss there is none.
    assert baseline_test.survivors("loss") == {"w0"}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 400), min_size=2, max_size=12), st.integers(0, 400))
def test_verdicts_agree_with_the_statistics_of_the_core(errors: list[int], window: int) -> None:
    progress, baseline_test = made(errors, window)
    p = windows_p(errors, [window])[0]
    assume(not np.isclose(p, 0.05, atol=1e-9))
    beyond = "better" if window < np.mean(errors) else "worse"
    assert baseline_test.verdict(progress.trials["w"]) == ("noise" if p > 0.05 else beyond)


@pytest.mark.parametrize("errors", [[], [20]])
def test_too_few_baselines_leave_the_noise_unknown(errors: list[int]) -> None:
    progress, baseline_test = made(errors, 5)
    assert baseline_test.verdict(progress.trials["w"]) == "unknown"


def test_gains_are_those_of_the_progress(tmp_path: Path) -> None:
    run = make_shown_run(tmp_path)
    progress = run.progress()
    baseline_test = BaselineTest(progress)
    order = [(trial, epoch) for epoch in (1, 2, 3) for trial in run.document.trials]
    rng = np.random.default_rng(1)
    rng.shuffle(order)
    seen = 0
    for trial, epoch in order * 3:
        if epoch == len(progress.trials[trial.name].history) + 1:
            metrics = metrics_of(trial, epoch)
            progress.apply(EpochDone(at=NOW, trial=trial.name, metrics=metrics, seconds=1))
            if epoch == 3:
                progress.apply(TrialChanged(at=NOW, trial=trial.name, status="done"))
            baseline_test.refresh()
            for name, entry in progress.trials.items():
                assert baseline_test.gain(entry) == progress.gain(name)
                seen += baseline_test.gain(entry) is not None
    assert seen > 50


def sweep_with(errors: list[int], windows: list[int]) -> tuple[Progress, BaselineTest]:
    """Return a progress of baselines and finished windows, an epoch each; a loss is a hundredth of the errors."""
    trials = [Trial(name=f"b{i}", kind="baseline", init_seed=0) for i in range(len(errors))]
    trials += [
        Trial(name=f"w{i}", kind="keep", row=i, col=0, height=1, width=1, init_seed=0) for i in range(len(windows))
    ]
    progress = Progress(SweepSpec(name="s"), tuple(trials))
    for trial, wrong in zip(trials, [*errors, *windows], strict=True):
        metrics = EpochMetrics(
            epoch=1, loss=1, accuracy=0.5, val_loss=wrong / 100, val_accuracy=1 - wrong / 1000, val_errors=wrong
        )
        progress.apply(EpochDone(at=NOW, trial=trial.name, metrics=metrics, seconds=1))
        progress.apply(TrialChanged(at=NOW, trial=trial.name, status="done"))
    return progress, BaselineTest(progress)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=2, max_size=12), st.lists(st.integers(0, 400), min_size=1, max_size=30))
def test_survivors_are_those_of_the_cores_t_and_holm(errors: list[int], windows: list[int]) -> None:
    _, baseline_test = sweep_with(errors, windows)
    p = windows_p(errors, windows)
    adjusted = holm(p)
    assume(not np.isclose(adjusted, 0.05, atol=1e-9).any())
    assert baseline_test.survivors() == {f"w{i}" for i, value in enumerate(adjusted) if value < 0.05}


def test_windows_that_are_not_done_yet_are_corrected_for() -> None:
    errors, windows = [20, 21, 22, 21, 20], [32, *([21] * 11)]
    progress, baseline_test = sweep_with(errors, windows)
    assert baseline_test.survivors() == {
        f"w{i}" for i, value in enumerate(holm(windows_p(errors, windows))) if value < 0.05
    }
    for i in range(1, 12):
        progress.apply(TrialChanged(at=NOW, trial=f"w{i}", status="pending"))
    # By itself it would be significant, but it is the first of twelve.
    assert windows_p(errors, [32])[0] < 0.05
    assert holm(windows_p(errors, windows))[0] >= 0.05
    assert baseline_test.survivors() == frozenset()
    for i in range(1, 12):
        progress.apply(TrialChanged(at=NOW, trial=f"w{i}", status="skipped"))
    assert baseline_test.survivors() == {"w0"}


def test_a_mark_stays_as_more_windows_are_done() -> None:
    errors, windows = [20, 21, 22, 21, 20], [90, 21, 70, 34, 60, 21, 31, 80]
    progress, baseline_test = sweep_with(errors, windows)
    for i in range(8):
        progress.apply(TrialChanged(at=NOW, trial=f"w{i}", status="pending"))
    marked: set[str] = set()
    for i in range(8):
        progress.apply(TrialChanged(at=NOW, trial=f"w{i}", status="done"))
        assert marked <= baseline_test.survivors()
        marked = set(baseline_test.survivors())
    assert {"w0", "w7"} <= marked


def test_survivors_of_the_loss_are_judged_by_the_loss_and_follow_new_results() -> None:
    progress, baseline_test = sweep_with([20, 21, 22, 21, 20], [90, 21])
    assert baseline_test.survivors("loss") == baseline_test.survivors("errors") == {"w0"}
    assert baseline_test.gain(progress.trials["w0"], "loss") == pytest.approx((20.8 - 90) / 100)
    worse = EpochMetrics(epoch=1, loss=1, accuracy=0.5, val_loss=9, val_accuracy=0.979, val_errors=21)
    progress.apply(EpochDone(at=NOW, trial="w1", metrics=worse, seconds=1))
    assert baseline_test.survivors("loss") == {"w0", "w1"}
    assert baseline_test.survivors("errors") == {"w0"}
    assert baseline_test.verdict(progress.trials["w1"], "loss") == "worse"


def test_a_window_that_still_trains_cannot_survive_and_one_baseline_judges_nothing() -> None:
    progress, baseline_test = sweep_with([20, 21, 22, 21, 20], [90])
    progress.apply(TrialChanged(at=NOW, trial="w0", status="running"))
    assert baseline_test.survivors() == frozenset()
    assert sweep_with([20], [90, 900])[1].survivors() == frozenset()
