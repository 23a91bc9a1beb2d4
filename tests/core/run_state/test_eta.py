"""The time left: an estimate, its spread, and how both come to an end."""

import random

import pytest

from tests.harness.progress_events import NAMES, done, epoch, fold, spec, trials
from xsample_tui.core.run_state.eta import estimate, fraction_done
from xsample_tui.core.run_state.run_events import Event
from xsample_tui.core.run_state.run_progress import Progress


def test_no_estimate_before_the_first_epoch() -> None:
    assert estimate(fold([])) is None
    assert fraction_done(fold([])) == 0


def test_the_estimate_is_epochs_left_times_seconds_over_workers() -> None:
    events: list[Event] = [epoch(NAMES[0], n) for n in (1, 2, 3, 4)]
    left = estimate(fold([*events, done(NAMES[0])]))
    assert left is not None
    # Before its first epoch a window is cheaper than a baseline, or costs as much.
    assert left.middle == pytest.approx((1 + 2 * 0.6) * 4 * 2.0)
    assert left.low < (1 + 2 * 0.2) * 4 * 2.0
    assert left.high > (1 + 2) * 4 * 2.0
    left = estimate(fold([*events, done(NAMES[0]), epoch(NAMES[2], 1, seconds=0.5), epoch(NAMES[2], 2, seconds=0.5)]))
    assert left is not None
    assert left.middle == pytest.approx(4 * 2.0 + 6 * 0.5)
    assert left.low < left.middle < left.high
    left = estimate(fold([*events, done(NAMES[0])]))
    assert left is not None
    shared = estimate(fold([*events, done(NAMES[0])], jobs=3))
    assert shared is not None
    # A worker for each trial: the baseline takes longest.
    assert shared.middle == pytest.approx(4 * 2.0)


def test_the_first_epoch_of_a_trial_has_a_price_of_its_own() -> None:
    events: list[Event] = [epoch(name, n, seconds=9.0 if n == 1 else 1.0) for name in NAMES[1:3] for n in (1, 2)]
    left = estimate(fold(events))
    assert left is not None
    assert left.middle == pytest.approx(2 * (9 + 3 * 1.0) + 2 * 2 * 1.0)


def test_a_range_is_never_a_point_and_counts_down() -> None:
    steady: list[Event] = [epoch(name, n) for name in (NAMES[0], NAMES[2]) for n in (1, 2, 3)]
    left = estimate(fold(steady))
    assert left is not None
    assert left.high - left.low > 0.5 * left.middle
    later = left.after(2.0)
    assert (later.middle, later.high) == (left.middle - 2, left.high - 2)
    assert left.after(1e6).high == 0


def test_the_estimate_reaches_zero_and_the_fraction_one() -> None:
    events: list[Event] = [e for name in NAMES for e in (epoch(name, 1), done(name))]
    progress = fold(events)
    left = estimate(progress)
    assert left is not None
    assert left.high == 0
    assert fraction_done(progress) == 1


def test_the_truth_lies_within_the_spread_of_most_noisy_sweeps() -> None:
    lot = random.Random(3)
    inside = 0
    for _ in range(100):
        times = {name: [lot.uniform(1, 3) for _ in range(40)] for name in NAMES}
        progress = Progress(spec(epochs=40), trials())
        for name in NAMES[:1]:
            for number in range(1, 31):
                progress.apply(epoch(name, number, seconds=times[name][number - 1]))
        truth = sum(times[NAMES[0]][30:]) + sum(sum(times[name]) for name in NAMES[1:])
        left = estimate(progress)
        assert left is not None
        inside += left.low <= truth <= left.high
    assert inside >= 90
