"""Recordings: from a whole event log at its own times, else estimated from the histories."""

from tests.harness.progress_events import NAMES, done, epoch, fold, spec, trials
from xsample_tui.core.run_state.recording import recording
from xsample_tui.core.run_state.run_events import EpochDone, Event, RunChanged, TrialChanged
from xsample_tui.core.run_state.run_progress import Progress


def at(event: Event, seconds: float) -> Event:
    return event.model_copy(update={"at": seconds})


def trained(names: tuple[str, ...], jobs: int = 1) -> Progress:
    """Return a run whose trials took two epochs of two seconds each."""
    progress = Progress(spec(jobs=jobs), trials())
    for name in names:
        for number in (1, 2):
            progress.apply(epoch(name, number))
        progress.apply(done(name))
    return progress


def test_a_whole_feed_keeps_its_times_and_shortens_a_night() -> None:
    feed = [at(epoch(NAMES[0], 1), 1000), at(epoch(NAMES[0], 2), 1002), at(epoch(NAMES[1], 1), 40_000)]
    told = recording(fold(feed), feed)
    assert not told.estimated
    assert told.began == 1000
    # The night lasts five seconds, which is more than two epochs of two.
    assert told.times == (0, 2, 7)
    assert told.length == 7
    assert [told.until(seconds) for seconds in (0, 1.9, 2, 6.9, 7)] == [1, 1, 2, 2, 3]


def test_a_clock_that_goes_back_does_not_turn_the_recording_round() -> None:
    feed = [at(epoch(NAMES[0], 1), 1000), at(epoch(NAMES[0], 2), 900), at(epoch(NAMES[1], 1), 901)]
    assert recording(fold(feed), feed).times == (0, 0, 1)


def test_a_feed_that_lacks_an_epoch_is_estimated() -> None:
    progress = trained(NAMES)
    told = recording(progress, [epoch(NAMES[0], 2)])
    assert told.estimated
    assert told.length == 2 * 2.0 * len(NAMES)
    again = Progress(spec(), trials())
    for event in told.events:
        again.apply(event)
    assert {name: entry.history for name, entry in again.trials.items()} == {
        name: entry.history for name, entry in progress.trials.items()
    }
    assert told.events[-1] == RunChanged(at=told.length, state="finished")
    assert [event.at for event in told.events if isinstance(event, EpochDone)] == [2.0 * n for n in range(1, 9)]


def test_two_workers_share_what_is_estimated() -> None:
    told = recording(trained(NAMES, jobs=2), [])
    assert told.length == 2 * 2.0 * len(NAMES) / 2
    running = [event for event in told.events if isinstance(event, TrialChanged) and event.status == "running"]
    assert [(event.at, event.slot) for event in running] == [(0, 0), (0, 1), (4, 0), (4, 1)]


def test_failed_trials_come_at_the_end_and_a_run_that_is_not_complete_has_stopped() -> None:
    progress = trained(NAMES[:2])
    progress.mark(NAMES[2], "failed", "its loss is not finite")
    told = recording(progress, [])
    assert TrialChanged(at=8, trial=NAMES[2], status="failed", message="its loss is not finite") in told.events
    assert told.events[-1] == RunChanged(at=8, state="stopped")


def test_a_run_without_an_epoch() -> None:
    told = recording(Progress(spec(), trials()), [])
    assert (told.length, told.estimated) == (0, True)
