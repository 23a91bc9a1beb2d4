"""Windows that were trained several times in both runs."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.core.comparison.made_sides import IMAGES, paired_sides, repeated_sides, replicated, side, with_outputs
from xsample_tui.core.comparison.compared_run import Side
from xsample_tui.core.comparison.comparison_text import facts, sentences
from xsample_tui.core.comparison.run_comparison import compare_runs
from xsample_tui.core.comparison.window_pairs import window_pairs
from xsample_tui.core.stats.window_tests import seed_variance

BASE = [30, 34, 38]


def made(name: str, window: int, again: list[int], seed: int = 0) -> Side:
    """Return a run of one window that was trained again."""
    return replicated(side(BASE, {(0, 0): window}, name, seed=seed), [again])


def level(repetitions: int) -> float:
    """Return the most that 5 % gives in so many repetitions, with two standard errors."""
    return 0.05 + 2 * math.sqrt(0.05 * 0.95 / repetitions)


def null(
    replicates: int, repetitions: int, *, outputs: bool, alike: float, windows: int = 8
) -> tuple[float, float, float]:
    """Return how often some window of two runs of the same windows is found, how often its interval holds 0, and the
    mean standard error in images."""
    chance = np.random.default_rng(replicates)
    alarms, covered, wide = 0, [], []
    for _ in range(repetitions):
        sides = repeated_sides(chance, windows, replicates, 2.0, 0.05, alike)
        found = compare_runs(*(sides if outputs else (replace(made, outputs=None) for made in sides)))
        assert found.outputs is outputs
        assert {window.trainings for window in found.windows} == {replicates + 1}
        assert {window.twins for window in found.windows} == {replicates > 0 and alike > 0}
        alarms += bool(found.named("better") or found.named("worse"))
        covered += [window.low <= 0 <= window.high for window in found.windows]
        wide += [window.sd * IMAGES for window in found.windows]
    return alarms / repetitions, float(np.mean(covered)), float(np.mean(wide))


@pytest.mark.parametrize("alike", [0.0, 0.5])
@pytest.mark.parametrize("outputs", [True, False])
def test_the_same_windows_trained_several_times_do_not_differ(*, outputs: bool, alike: float) -> None:
    count, before = 40, math.inf
    for replicates in (0, 1, 3):
        alarms, covered, wide = null(replicates, count, outputs=outputs, alike=alike)
        assert alarms <= level(count)
        assert covered >= 0.93
        # What replicates are for.
        assert wide < before
        before = wide


def test_networks_of_unequal_skill_do_not_differ_where_masks_triple_the_errors() -> None:
    """Where their part was cut off at 0, one comparison in eight found a difference that there was not."""
    chance, count, alarms, covered = np.random.default_rng(7), 200, 0, []
    for _ in range(count):
        found = compare_runs(*repeated_sides(chance, 8, 0, 3.0, 0.1))
        alarms += bool(found.named("better") or found.named("worse"))
        covered += [window.low <= 0 <= window.high for window in found.windows]
    assert alarms / count <= level(count)
    assert np.mean(covered) >= 0.93


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("alike", [0.0, 0.5])
@pytest.mark.parametrize("replicates", [0, 1, 3])
@pytest.mark.parametrize(("outputs", "windows"), [(True, 8), (False, 8), (False, 12)])
def test_nulls_of_replicates_at_length(*, outputs: bool, windows: int, replicates: int, alike: float) -> None:
    count = 2_000
    found = null(replicates, count, outputs=outputs, alike=alike, windows=windows)
    print(f"outputs {outputs}, {windows} windows, {replicates} replicates, alike {alike}: {found}")
    assert found[0] <= level(count)
    # An interval that covers too much is cautious; less than 93 % is wrong.
    assert found[1] >= 0.93


def test_without_replicates_the_figures_from_counts_are_those_of_before_there_were_any() -> None:
    """The figures from counts are of the code that knew no replicates, at the commit 65bf6ff."""
    a, b = paired_sides(np.random.default_rng(0), 8, 1.0)
    by_outputs, elsewhere = compare_runs(a, b), compare_runs(a, replace(b, data=("pictures", "another")))
    a, b = (replace(one, outputs=None) for one in paired_sides(np.random.default_rng(2), 12, 3.0))
    by_counts = compare_runs(a, b)
    expected = {
        "outputs": (0.003, 0.006964956889585123, 0.6689049320875334, -0.01106270163580332, 0.017062701635803323),
        "other images": (0.003, 0.028460003070533476, 0.9162976129250952, -0.05358492040392955, 0.059584920403929556),
        "counts": (0.004, 0.013379298756923473, 0.7735144081909849, -0.02753893977667824, 0.03553893977667825),
    }
    for found, figures in zip((by_outputs, elsewhere, by_counts), expected.values(), strict=True):
        first = found.windows[0]
        assert (first.gain, first.sd, first.p, first.low, first.high) == pytest.approx(figures, rel=1e-12)
        assert facts(found)["windows"][0]["trainings"] == 1
        assert not any("trained" in line and "times" in line for line in sentences(found))


def test_replicates_of_one_run_alone_change_nothing() -> None:
    a, b = repeated_sides(np.random.default_rng(3), 8, 2, 1.0)
    none = compare_runs(*(replace(made, replicates=()) for made in (a, b)))
    assert facts(compare_runs(a, replace(b, replicates=()))) == facts(none)
    assert facts(compare_runs(a, b)) != facts(none)


def test_errors_are_means_and_their_variance_is_that_of_means() -> None:
    found = compare_runs(made("a", 60, [70, 80]), made("b", 50, [40, 60], seed=1)).windows[0]
    assert (found.a, found.b, found.gain) == pytest.approx((0.07, 0.05, 0.02))
    assert (found.trainings, found.twins) == (3, False)
    # Two degrees of freedom of the baselines, scaled by the errors, and two of the trainings; over three of these.
    base = seed_variance(BASE).value
    variances = [(2 * base * errors / 34 + 2 * 100) / 4 / 3 for errors in (70, 50)]
    assert found.sd == pytest.approx(3 * math.sqrt(sum(variances)) / IMAGES)


def test_trainings_of_one_stream_are_compared_by_pairs() -> None:
    a, b = made("a", 60, [70, 80]), made("b", 50, [60, 70])
    found = compare_runs(a, b).windows[0]
    assert found.twins
    # All three differences are 10: what is left is what is assumed of both, with less weight.
    base, errors = seed_variance(BASE).value, (70, 60)
    assumed = [base * count / 34 for count in errors]
    freedom = sum(assumed) ** 2 / sum(part**2 / 2 for part in assumed)
    variance = freedom * sum(assumed) / (freedom + 2) / 3
    assert found.sd == pytest.approx(3 * math.sqrt(variance) / IMAGES)
    assert any(
        "1 of 1 was trained 3 times in both runs; means are compared, by pairs" in x
        for x in sentences(compare_runs(a, b))
    )
    # Other seeds, or another split, have other streams of the same number.
    for other in (made("b", 50, [60, 70], seed=1), replace(b, data=("pictures", "another"))):
        assert not compare_runs(a, other).windows[0].twins


def test_only_what_both_runs_have_finished_is_compared() -> None:
    a, b = made("a", 60, [70, 80]), made("b", 50, [40])
    (pair,), alone = window_pairs(a, b)
    assert alone == (0, 0)
    assert [entry.trial.replicate for entry in pair.a] == [0, 1]
    assert pair.errors() == (65, 45)
    left = replace(b.replicates[0], status="paused")
    assert window_pairs(a, replace(b, replicates=(left,)))[0][0].trainings == 1
    elsewhere = replicated(side(BASE, {(5, 5): 50}, "b"), [[40]])
    assert window_pairs(a, elsewhere) == ([], (1, 1))


def test_a_gain_is_found_by_four_trainings_that_one_does_not_find() -> None:
    chance, hits = np.random.default_rng(4), np.zeros(2)
    for _ in range(20):
        a, b = repeated_sides(chance, 4, 3, 1.0, gain={2: 0.6})
        for index, found in enumerate(
            (compare_runs(replace(a, replicates=()), replace(b, replicates=())), compare_runs(a, b))
        ):
            hits[index] += [window.name for window in found.named("better")] == ["keep-r00-c02"]
    assert hits[0] < 0.5 * 20
    assert hits[1] >= 0.7 * 20


def test_outputs_that_cannot_be_read_leave_the_counts() -> None:
    a, b = repeated_sides(np.random.default_rng(6), 4, 1, 1.0)
    assert b.outputs is not None
    wrong = dict(b.outputs())
    del wrong[b.replicates[0].trial.name]
    found = compare_runs(a, with_outputs(b, wrong))
    assert not found.outputs
    counts = compare_runs(replace(a, outputs=None), replace(b, outputs=None))
    assert facts(found)["windows"] == facts(counts)["windows"]
