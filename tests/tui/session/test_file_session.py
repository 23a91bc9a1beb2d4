"""A run that another process trains, as it is followed."""

from __future__ import annotations

import time
from functools import partial

import pytest

from tests.harness.interface import NOW, beat, commit, requests, tell
from tests.harness.until import SECONDS
from tests.tui.session.watching import attended, epoch, last_beat_at, take
from xsample_tui.core.run_state.run_events import RunChanged
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.session.file_session import FileSession


def test_a_watched_run_is_followed_and_steered(run: RunFolder) -> None:
    name = run.document.trials[0].name
    owner = RunLock(run.path)
    beat(run, "running")
    try:
        with attended(FileSession(run, clock=lambda: NOW + 1)) as run_session:
            take(run_session, lambda: run_session.opened)
            assert run_session.state == "running"
            tell(run, [epoch(run, name, 1), RunChanged(at=NOW + 2, state="paused")])
            change = take(run_session, lambda: run_session.state == "paused")
            assert change.trials == {name}
            assert len(run_session.progress.trials[name].history) == 1
            run_session.send("skip", name)
            end = time.monotonic() + SECONDS
            found: list[tuple[str, tuple[str, ...]]] = []
            while not found and time.monotonic() < end:
                found = requests(run)
            assert found == [("skip", (name,))]
    finally:
        owner.release()


def test_a_watched_controller_that_dies_leaves_what_is_on_disk(run: RunFolder) -> None:
    name = run.document.trials[0].name
    commit(run, name, 1)
    owner = RunLock(run.path)
    beat(run, "running", running={0: name})
    with attended(FileSession(run, clock=lambda: NOW + 1)) as run_session:
        take(run_session, lambda: run_session.opened)
        tell(run, [epoch(run, name, 2)])
        take(run_session, lambda: len(run_session.progress.trials[name].history) == 2)
        owner.release()
        change = take(run_session, lambda: run_session.state == "crashed")
        take(run_session, lambda: len(run_session.progress.trials[name].history) == 1)
        assert run_session.progress.trials[name].status == "paused"
        assert not run_session.alive
        assert change is not None


def test_a_controller_that_starts_elsewhere_is_noticed(run: RunFolder) -> None:
    with attended(FileSession(run, clock=lambda: NOW + 1)) as run_session:
        take(run_session, lambda: run_session.opened)
        assert run_session.state == "stopped"
        owner = RunLock(run.path)
        try:
            beat(run, "running")
            take(run_session, lambda: run_session.state == "running")
            assert run_session.alive
        finally:
            owner.release()


class Passing:
    """A clock that goes on by a step each time it is asked."""

    def __init__(self) -> None:
        self.now, self.step = NOW, 0.0

    def __call__(self) -> float:
        if self.step:
            self.now += self.step
        return self.now


@pytest.mark.parametrize("skew", [-86400.0, 0.0, 86400.0])
def test_a_heartbeat_that_does_not_change_shows_as_stalled_whatever_the_clocks_say(
    run: RunFolder, skew: float
) -> None:
    clock = Passing()
    owner = RunLock(run.path)
    beat(run, "running", at=NOW + skew)
    try:
        with attended(FileSession(run, clock=clock)) as run_session:
            take(run_session, lambda: run_session.opened)
            assert (run_session.state, run_session.elapsed) == ("running", 754)
            clock.step = 1.0
            states = set()
            take(run_session, lambda: states.add(run_session.state) or run_session.elapsed >= 756)  # type: ignore[func-returns-value]
            assert states == {"running"}
            take(run_session, lambda: run_session.state == "stalled")
            assert run_session.elapsed == 754
            clock.step = 0.0
            beat(run, "running", at=NOW + skew + 1)
            take(run_session, lambda: run_session.state == "running")
    finally:
        owner.release()


def test_a_viewer_that_was_away_has_seen_no_silence(run: RunFolder) -> None:
    clock = Passing()
    owner = RunLock(run.path)
    beat(run, "running")
    try:
        with attended(FileSession(run, clock=clock)) as run_session:
            take(run_session, lambda: run_session.opened)
            # It was stopped for an hour, or its clock was set.
            clock.now += 3600
            take(run_session, lambda: run_session.elapsed > 754)
            assert (run_session.state, run_session.elapsed) == ("running", 759)
            clock.now -= 7200
            for second in range(1, 4):
                beat(run, "running", at=NOW + second)
                take(run_session, partial(last_beat_at, run_session, NOW + second))
                assert run_session.state == "running"
    finally:
        owner.release()


def test_a_controller_that_takes_up_a_crashed_run_is_not_stalled_before_its_first_heartbeat(run: RunFolder) -> None:
    clock = Passing()
    beat(run, "running")
    with attended(FileSession(run, clock=clock)) as run_session:
        take(run_session, lambda: run_session.opened)
        clock.step = 5.0
        end = clock.now + 60
        take(run_session, lambda: clock.now > end and run_session.state == "crashed")
        clock.step = 0.0
        owner = RunLock(run.path)
        try:
            take(run_session, lambda: run_session.alive)
            assert run_session.state == "running"
        finally:
            owner.release()


def test_epochs_are_a_sign_of_life_where_no_heartbeat_can_be_written(run: RunFolder) -> None:
    clock = Passing()
    owner = RunLock(run.path)
    name = run.document.trials[0].name
    beat(run, "running", running={0: name})
    try:
        with attended(FileSession(run, clock=clock)) as run_session:
            take(run_session, lambda: run_session.opened)
            for number in (1, 2, 3):
                before = run_session.elapsed
                clock.now += 4.9
                take(run_session, lambda than=before: run_session.elapsed > than)  # type: ignore[misc]
                tell(run, [epoch(run, name, number)])
                take(run_session, lambda count=number: len(run_session.progress.trials[name].history) == count)  # type: ignore[misc]
            clock.now += 4.9
            take(run_session, lambda: run_session.elapsed == 754)
            assert run_session.state == "running"
    finally:
        owner.release()
