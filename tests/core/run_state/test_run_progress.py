"""Progress folded from events, the gain over the baselines, and the time left."""

from hypothesis import given
from hypothesis import strategies as st

from tests.harness.progress_events import NAMES, done, epoch, fold, spec, trials
from xsample_tui.core.run_state.result_rows import rows
from xsample_tui.core.run_state.run_events import EVENT, RunChanged
from xsample_tui.core.run_state.run_progress import Progress, TrialProgress
from xsample_tui.core.training.trial_plan import Trial


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.integers(1, 5)), max_size=60))
def test_histories_have_no_gap_whatever_comes_twice_or_late(update: list[tuple[str, int]]) -> None:
    progress = fold([epoch(name, number) for name, number in update])
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


def test_gain_is_counted_in_images_at_equal_epochs() -> None:
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
        history = tuple(epoch(entry.name, number, errors=20 - number).metrics for number in (1, 2))
        progress.controls[entry.name] = TrialProgress(entry, status="done", history=history)
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
