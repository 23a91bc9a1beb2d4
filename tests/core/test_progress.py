"""Progress folded from events, the gain over the baselines, and the time left."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xsample_tui.core.eta import estimate, fraction_done
from xsample_tui.core.event import EVENT, EpochDone, Event, RunChanged, TrialChanged
from xsample_tui.core.metrics import EpochMetrics
from xsample_tui.core.preset import preset
from xsample_tui.core.progress import Progress, TrialProgress
from xsample_tui.core.results import rows
from xsample_tui.core.spec import Machine, SweepSpec
from xsample_tui.core.trial import Trial

NAMES = ("baseline-s00", "baseline-s01", "keep-r00-c00", "keep-r00-c01")


def spec(jobs: int = 1, epochs: int = 4, **training: object) -> SweepSpec:
    return preset("quick", "p", Machine(jobs=jobs), training={"epochs": epochs} | training)


def trials() -> tuple[Trial, ...]:
    return tuple(Trial(name=n, kind="baseline" if n.startswith("b") else "keep", init_seed=1) for n in NAMES)


def epoch(name: str, number: int, errors: int = 10, seconds: float = 2.0, stop: float | None = None) -> EpochDone:
    metrics = EpochMetrics(
        epoch=number, loss=1, accuracy=0.5, val_loss=1, val_accuracy=0.5, val_errors=errors, stop_loss=stop
    )
    return EpochDone(at=0, trial=name, metrics=metrics, seconds=seconds)


def done(name: str) -> TrialChanged:
    return TrialChanged(at=0, trial=name, status="done")


def fold(events: list[Event], **options: int) -> Progress:
    progress = Progress(spec(**options), trials())
    for event in events:
        progress.apply(event)
    return progress


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.integers(1, 5)), max_size=60))
def test_histories_have_no_gap_whatever_comes_twice_or_late(heard: list[tuple[str, int]]) -> None:
    progress = fold([epoch(name, number) for name, number in heard])
    for entry in progress.trials.values():
        assert [m.epoch for m in entry.history] == list(range(1, len(entry.history) + 1))
        assert len(entry.seconds) == len(entry.history)


def test_an_epoch_trained_again_replaces_what_came_after_it() -> None:
    progress = fold([epoch(NAMES[0], 1), epoch(NAMES[0], 2), epoch(NAMES[0], 3), epoch(NAMES[0], 2, errors=7)])
    assert [m.val_errors for m in progress.trials[NAMES[0]].history] == [10, 7]


def test_events_of_trials_that_the_plan_does_not_have_are_ignored() -> None:
    progress = fold([epoch("keep-r99-c99", 1), done("keep-r99-c99"), RunChanged(at=0, state="running")])
    assert set(progress.trials) == set(NAMES)
    assert progress.state == "running"


@given(st.sampled_from(NAMES), st.integers(1, 9), st.integers(0, 99))
def test_events_come_back_from_json(name: str, number: int, errors: int) -> None:
    event = epoch(name, number, errors)
    assert EVENT.validate_json(EVENT.dump_json(event)) == event


def test_gain_is_counted_in_pictures_at_equal_epochs() -> None:
    progress = fold(
        [
            *(epoch(NAMES[0], n, errors=10 * n) for n in (1, 2, 3)),
            *(epoch(NAMES[1], n, errors=20 * n) for n in (1, 2)),
            epoch(NAMES[2], 1, errors=9),
            epoch(NAMES[3], 1, errors=9),
            epoch(NAMES[3], 2, errors=50),
        ]
    )
    assert progress.gain(NAMES[2]) == 15 - 9
    assert progress.gain(NAMES[3]) == 30 - 50
    assert progress.gain(NAMES[0]) == 30 - 30, "only one baseline has come as far"


def test_gain_is_unknown_without_a_baseline_or_an_epoch() -> None:
    assert fold([epoch(NAMES[2], 1)]).gain(NAMES[2]) is None
    assert fold([epoch(NAMES[0], 1)]).gain(NAMES[2]) is None


def test_under_patience_the_kept_epoch_counts() -> None:
    progress = Progress(spec(stopping="patience"), trials())
    for number, (errors, loss) in enumerate([(5, 0.5), (3, 0.2), (8, 0.4)], 1):
        progress.apply(epoch(NAMES[0], number, errors=errors, stop=loss))
    progress.apply(done(NAMES[0]))
    entry = progress.trials[NAMES[0]]
    assert entry.kept is not None
    assert (entry.kept.epoch, entry.kept.val_errors) == (2, 3)
    row = rows(progress)[0]
    assert (row["epochs"], row["epoch"], row["val_errors"]) == (3, 2, 3)
    assert progress.baseline_error_counts(7) == [3]


def test_no_estimate_before_the_first_epoch() -> None:
    assert estimate(fold([])) is None
    assert fraction_done(fold([])) == 0


def test_the_estimate_is_epochs_left_times_seconds_over_workers() -> None:
    events: list[Event] = [epoch(NAMES[0], n) for n in (1, 2, 3, 4)]
    left = estimate(fold([*events, done(NAMES[0])]))
    assert left is not None
    assert left.middle == pytest.approx(3 * 4 * 2.0)
    assert left.low < left.middle < left.high
    shared = estimate(fold([*events, done(NAMES[0])], jobs=3))
    assert shared is not None
    assert shared.middle == pytest.approx(left.middle / 3)


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


def with_streams() -> Progress:
    """Return a progress of two baselines, a window with a twin beside the run, and one whose twin is its own."""
    laid = tuple(
        Trial(name=name, kind="baseline" if name.startswith("b") else "keep", init_seed=1, stream=stream)
        for name, stream in zip(NAMES, (0, 1, 1, 5), strict=True)
    )
    progress = Progress(spec(), laid)
    for entry in (
        Trial(name="baseline-s05", kind="baseline", init_seed=1, stream=5),
        Trial(name="baseline-s1000005", kind="baseline", init_seed=1, stream=1_000_005, replicate=1),
        laid[0],
    ):
        control = TrialProgress(entry, status="done")
        control.history = [epoch(entry.name, number, errors=20 - number).metrics for number in (1, 2)]
        progress.controls[entry.name] = control
    return progress


def test_controls_count_as_baselines_but_for_twins_of_replicates() -> None:
    progress = with_streams()
    assert [entry.trial.name for entry in progress.seeds] == ["baseline-s00", "baseline-s01", "baseline-s05"]
    assert progress.baseline_error_counts(2) == [18]
    progress.apply(epoch(NAMES[0], 1, errors=10))
    assert progress.baseline_error_counts(1) == [10, 19]
    assert progress.baseline_errors(1) == 14.5


def test_a_window_is_compared_with_its_twin_after_as_many_epochs() -> None:
    progress = with_streams()
    first, second = NAMES[2:]
    assert progress.paired_gain(first) is None
    for number, errors in ((1, 15), (2, 16)):
        progress.apply(epoch(second, number, errors=errors))
        assert progress.paired_gain(second) == 20 - number - errors
    twin = progress.twin(second)
    assert twin is not None
    assert twin.trial.name == "baseline-s05"
    progress.apply(epoch(first, 1, errors=8))
    # Its twin is the run's own baseline, which has no epoch yet.
    assert progress.paired_gain(first) is None
    progress.apply(epoch(NAMES[1], 1, errors=7))
    assert progress.paired_gain(first) == -1
    assert progress.twin(NAMES[0]) is None
    assert fold([epoch(NAMES[2], 1)]).twin(NAMES[2]) is None
