"""The link between a run and the interface."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.tui.failing_folder import FailingFolder
from tests.tui.fake_lease import FAILING, metrics_of
from tests.tui.made import NOW, beat, commit, controller, requests, tell
from tests.until import SECONDS
from xsample_tui.core.event import EpochDone, Event, Logged, RunChanged, TrialChanged
from xsample_tui.core.request import Request
from xsample_tui.store.folder import RunFolder
from xsample_tui.store.inbox import Inbox
from xsample_tui.store.owner import Owner
from xsample_tui.sweep.controller import Controller
from xsample_tui.tui.heard import Change, Ended
from xsample_tui.tui.link import ControllerMaker, Link
from xsample_tui.tui.look import look


@contextmanager
def attended(link: Link) -> Iterator[Link]:
    """Attend a link in a thread, as the app does."""
    thread = threading.Thread(target=link.attend)
    thread.start()
    try:
        yield link
    finally:
        link.stop(now=True)
        link.close()
        thread.join(SECONDS)
        assert not thread.is_alive()


def take(link: Link, what: Callable[[], object], seconds: float = SECONDS) -> Change:
    """Hand over what comes until something is so; return all that changed."""
    whole = Change()
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        if (heard := link.collect()) is not None:
            change = link.take(heard)
            whole.trials |= change.trials
            whole.events += change.events
            whole.all |= change.all
        time.sleep(0.01)
    return whole


def train(link: Link) -> threading.Thread:
    link.begin()
    thread = threading.Thread(target=link.train)
    thread.start()
    return thread


def counted(link: Link) -> list[float]:
    """Return when a link's thread had looked at the run, growing."""
    turns: list[float] = []
    turn = link._turn

    def noted() -> None:
        turn()
        turns.append(time.monotonic())

    link._turn = noted  # type: ignore[method-assign]
    return turns


def epoch(run: RunFolder, name: str, number: int) -> EpochDone:
    trial = next(trial for trial in run.document.trials if trial.name == name)
    return EpochDone(at=NOW, trial=name, metrics=metrics_of(trial, number), seconds=1.0)


# -- the first look --------------------------------------------------------------------------------------------------


def test_a_look_knows_the_epochs_that_are_not_on_disk_yet(run: RunFolder) -> None:
    names = [trial.name for trial in run.document.trials]
    commit(run, names[0], 1)
    tell(run, [TrialChanged(at=NOW, trial=names[0], status="running", slot=0)])
    tell(run, [epoch(run, names[0], number) for number in (1, 2)])
    beat(run, "running", running={0: names[0]})
    owner = Owner(run.path)
    try:
        found = look(run)
    finally:
        owner.release()
    entry = found.progress.trials[names[0]]
    assert (entry.status, entry.slot, len(entry.history)) == ("running", 0, 2)
    assert (found.state, found.alive) == ("running", True)


def test_a_look_leaves_out_epochs_of_a_session_that_was_killed(run: RunFolder) -> None:
    name = run.document.trials[0].name
    commit(run, name, 1)
    tell(run, [epoch(run, name, number) for number in (1, 2, 3)])
    tell(run, [TrialChanged(at=NOW, trial=name, status="running", slot=0)])
    beat(run, "running", running={0: name})
    owner = Owner(run.path)
    try:
        assert len(look(run).progress.trials[name].history) == 1
    finally:
        owner.release()
    # And where nobody works on it, the records alone count.
    assert look(run).progress.trials[name].status == "paused"
    assert look(run).state == "crashed"


def test_what_is_written_while_looking_is_heard_afterwards(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    name = run.document.trials[0].name
    before = RunFolder.progress

    def late(self: RunFolder) -> Any:
        found = before(self)
        tell(run, [epoch(run, name, 1)])
        return found

    monkeypatch.setattr(RunFolder, "progress", late)
    found = look(run)
    assert found.reader is not None
    heard = [*found.recent, *found.reader.read()]
    assert [event.type for event in heard] == ["epoch"]


# -- watching --------------------------------------------------------------------------------------------------------


def test_a_watched_run_is_followed_and_steered(run: RunFolder) -> None:
    name = run.document.trials[0].name
    owner = Owner(run.path)
    beat(run, "running")
    try:
        with attended(Link(run, clock=lambda: NOW + 1)) as link:
            take(link, lambda: link.opened)
            assert link.state == "running"
            tell(run, [epoch(run, name, 1), RunChanged(at=NOW + 2, state="paused")])
            change = take(link, lambda: link.state == "paused")
            assert change.trials == {name}
            assert len(link.progress.trials[name].history) == 1
            link.ask("skip", name)
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
    owner = Owner(run.path)
    beat(run, "running", running={0: name})
    with attended(Link(run, clock=lambda: NOW + 1)) as link:
        take(link, lambda: link.opened)
        tell(run, [epoch(run, name, 2)])
        take(link, lambda: len(link.progress.trials[name].history) == 2)
        owner.release()
        change = take(link, lambda: link.state == "crashed")
        take(link, lambda: len(link.progress.trials[name].history) == 1)
        assert link.progress.trials[name].status == "paused"
        assert not link.alive
        assert change is not None


def test_a_controller_that_starts_elsewhere_is_noticed(run: RunFolder) -> None:
    with attended(Link(run, clock=lambda: NOW + 1)) as link:
        take(link, lambda: link.opened)
        assert link.state == "stopped"
        owner = Owner(run.path)
        try:
            beat(run, "running")
            take(link, lambda: link.state == "running")
            assert link.alive
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
    owner = Owner(run.path)
    beat(run, "running", at=NOW + skew)
    try:
        with attended(Link(run, clock=clock)) as link:
            take(link, lambda: link.opened)
            assert (link.state, link.elapsed) == ("running", 754)
            clock.step = 1.0
            states = set()
            take(link, lambda: states.add(link.state) or link.elapsed >= 756)  # type: ignore[func-returns-value]
            assert states == {"running"}
            take(link, lambda: link.state == "stalled")
            assert link.elapsed == 754
            clock.step = 0.0
            beat(run, "running", at=NOW + skew + 1)
            take(link, lambda: link.state == "running")
    finally:
        owner.release()


def test_a_viewer_that_was_away_has_seen_no_silence(run: RunFolder) -> None:
    clock = Passing()
    owner = Owner(run.path)
    beat(run, "running")
    try:
        with attended(Link(run, clock=clock)) as link:
            take(link, lambda: link.opened)
            # It was stopped for an hour, or its clock was set.
            clock.now += 3600
            take(link, lambda: link.elapsed > 754)
            assert (link.state, link.elapsed) == ("running", 759)
            clock.now -= 7200
            for second in range(1, 4):
                beat(run, "running", at=NOW + second)
                take(link, lambda at=NOW + second: link.pulse is not None and link.pulse.at == at)  # type: ignore[misc]
                assert link.state == "running"
    finally:
        owner.release()


def test_a_controller_that_takes_up_a_crashed_run_is_not_stalled_before_its_first_heartbeat(run: RunFolder) -> None:
    clock = Passing()
    beat(run, "running")
    with attended(Link(run, clock=clock)) as link:
        take(link, lambda: link.opened)
        clock.step = 1.0
        end = clock.now + 60
        take(link, lambda: clock.now > end and link.state == "crashed")
        clock.step = 0.0
        owner = Owner(run.path)
        try:
            take(link, lambda: link.alive)
            assert link.state == "running"
        finally:
            owner.release()


def test_epochs_are_a_sign_of_life_where_no_heartbeat_can_be_written(run: RunFolder) -> None:
    clock = Passing()
    owner = Owner(run.path)
    name = run.document.trials[0].name
    beat(run, "running", running={0: name})
    try:
        with attended(Link(run, clock=clock)) as link:
            take(link, lambda: link.opened)
            for number in (1, 2, 3):
                before = link.elapsed
                clock.now += 4.9
                take(link, lambda than=before: link.elapsed > than)  # type: ignore[misc]
                tell(run, [epoch(run, name, number)])
                take(link, lambda count=number: len(link.progress.trials[name].history) == count)  # type: ignore[misc]
            clock.now += 4.9
            take(link, lambda: link.elapsed == 754)
            assert link.state == "running"
    finally:
        owner.release()


# -- training --------------------------------------------------------------------------------------------------------


def test_a_sweep_is_trained_to_its_end(run: RunFolder) -> None:
    with attended(Link(run, controller)) as link:
        take(link, lambda: link.opened)
        thread = train(link)
        states = [link.state]
        change = take(link, lambda: not link.working)
        thread.join(SECONDS)
        assert [*states, link.state] == ["starting", "finished"]
        assert link.outcome == Ended("finished", 0)
        assert link.complete
        assert {trial.name for trial in run.document.trials} == change.trials
        assert {e.state for e in change.events if isinstance(e, RunChanged)} == {"running", "finished"}


def test_failed_trials_make_the_end_a_failure(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FAILING, run.document.trials[3].name)
    with attended(Link(run, controller)) as link:
        take(link, lambda: link.opened)
        train(link)
        take(link, lambda: not link.working)
        assert link.outcome == Ended("finished", 1)
        assert link.progress.trials[run.document.trials[3].name].status == "failed"


def test_what_is_asked_while_the_controller_starts_is_not_lost(run: RunFolder) -> None:
    ready = threading.Event()
    with attended(Link(run, _slow(ready))) as link:
        take(link, lambda: link.opened)
        train(link)
        turns = counted(link)
        link.ask("stop")
        # Meanwhile the link looks after what is to be sent, several times.
        take(link, lambda: len(turns) >= 3)
        ready.set()
        take(link, lambda: not link.working)
        assert link.outcome == Ended("stopped", 3)
        assert not link.complete


def test_a_stop_by_signal_reaches_a_controller_that_is_being_made(run: RunFolder) -> None:
    ready = threading.Event()
    with attended(Link(run, _slow(ready))) as link:
        take(link, lambda: link.opened)
        train(link)
        link.stop()
        ready.set()
        take(link, lambda: not link.working)
        assert link.outcome == Ended("stopped", 3)


def _slow(ready: threading.Event) -> ControllerMaker:
    def make(run: RunFolder, on_event: Callable[[Event], None], *, allow_drift: bool = False) -> Controller:
        ready.wait(SECONDS)
        return controller(run, on_event)

    return make


def _failing(error: Exception) -> ControllerMaker:
    def make(run: RunFolder, on_event: Callable[[Event], None], *, allow_drift: bool = False) -> Controller:
        raise error

    return make


def test_a_controller_that_fails_is_one_line(run: RunFolder) -> None:
    with attended(Link(run, _failing(RuntimeError("a\nb\x1b[2J")))) as link:
        take(link, lambda: link.opened)
        train(link)
        take(link, lambda: not link.working)
        assert link.state == "crashed"
        assert link.fault == "the controller failed: RuntimeError: a\\nb\\x1b[2J"
        assert link.outcome is not None
        assert link.outcome.code == 1


def test_a_run_that_another_process_holds_is_watched(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xsample_tui.store.owner._INSIST", 0.0)
    owner = Owner(run.path)
    beat(run, "running", at=time.time())
    try:
        with attended(Link(run, controller)) as link:
            take(link, lambda: link.opened)
            train(link)
            change = take(link, lambda: not link.working)
            assert (link.fault, link.outcome) == ("", None)
            take(link, lambda: link.state == "running")
            assert any("is held by" in e.text for e in change.events if isinstance(e, Logged))
    finally:
        owner.release()


def test_a_request_that_cannot_be_written_stops_the_controller_all_the_same(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with attended(Link(run, controller)) as link:
        take(link, lambda: link.opened)
        train(link)
        take(link, lambda: link.state == "running")

        def full(self: object, request: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("xsample_tui.store.inbox.Inbox.put", full)
        link.ask("stop")
        change = take(link, lambda: not link.working)
        assert link.outcome is not None
        assert link.outcome.state == "stopped"
        assert any("No space left" in e.text for e in change.events if isinstance(e, Logged))


def test_what_was_asked_for_shows_at_once_but_not_for_ever(run: RunFolder) -> None:
    now = [NOW + 1]
    owner = Owner(run.path)
    beat(run, "running")
    try:
        with attended(Link(run, clock=lambda: now[0])) as link:
            take(link, lambda: link.opened)
            link.ask("pause")
            states = [link.state]
            now[0] += 4
            assert [*states, link.state] == ["pausing", "running"]
    finally:
        owner.release()


# -- a folder that fails ---------------------------------------------------------------------------------------------

ERRORS = [errno.EMFILE, errno.EIO, errno.ESTALE]


@pytest.mark.parametrize("number", ERRORS, ids=[errno.errorcode[number] for number in ERRORS])
def test_a_folder_that_fails_for_a_while_loses_no_request_and_shows_none_as_sent(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    name = run.document.trials[0].name
    owner = Owner(run.path)
    beat(run, "running")
    folder = FailingFolder(run.path, monkeypatch, number)
    try:
        with attended(Link(run, clock=lambda: NOW + 1)) as link:
            take(link, lambda: link.opened)
            folder.failing = lambda access: True
            link.ask("pause")
            shown = [link.state]
            link.ask("skip", name)
            said = take(link, lambda: not link.unsent or link.state == "running").events
            said += take(link, lambda: folder.failed > 6).events
            lines = [event.text for event in said if isinstance(event, Logged) and event.level == "error"]
            # Each once: that the folder fails, and that neither request is written.
            assert len(lines) == 3
            assert all(os.strerror(number) in text for text in lines)
            assert {text.split()[0] for text in lines} == {"pause", "skip", "the"}
            assert [*shown, link.state] == ["pausing", "running"]
            assert [request.action for request in link.unsent] == ["pause", "skip"]
            before = link.progress
            folder.failing = lambda access: False
            # What came meanwhile is known by a new look, so what is told below must come after it.
            take(link, lambda: not link.unsent and link.progress is not before)
            assert requests(run) == [("pause", ()), ("skip", (name,))]
            # And the run is followed as before.
            tell(run, [epoch(run, name, 1), RunChanged(at=NOW + 2, state="paused")])
            take(link, lambda: link.state == "paused" and len(link.progress.trials[name].history) == 1)
    finally:
        owner.release()


def test_a_folder_that_cannot_be_read_at_first_is_opened_once_it_can(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = FailingFolder(run.path, monkeypatch, errno.EIO)
    folder.failing = lambda access: True
    with attended(Link(run)) as link:
        take(link, lambda: folder.failed > 3)
        assert not link.opened
        folder.failing = lambda access: False
        take(link, lambda: link.opened)


def test_no_single_access_that_fails_ends_the_watch(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xsample_tui.tui.link.POLL", 0.01)
    monkeypatch.setattr("xsample_tui.sweep.holding._FIRST_PAUSE", 0.01)
    names = [trial.name for trial in run.document.trials]
    owner = Owner(run.path)
    beat(run, "running", running={0: names[0]})
    folder = FailingFolder(run.path, monkeypatch, errno.EMFILE)
    try:
        with attended(Link(run, clock=lambda: NOW + 1)) as link:
            take(link, lambda: link.opened)
            # More accesses than one turn of the loop makes, a look and a request among them; each fails once.
            for number in range(60):
                before = folder.failed
                start = folder.accesses + number
                folder.failing = lambda access, start=start: access == start  # type: ignore[misc]
                link.ask("pause")
                take(link, lambda before=before: folder.failed > before)  # type: ignore[misc]
                take(link, lambda: not link.unsent)
                assert link.alive
            tell(run, [epoch(run, names[0], 1)])
            take(link, lambda: len(link.progress.trials[names[0]].history) == 1)
            # One that failed after it was in its place is written once more.
            assert 60 <= len(requests(run)) <= 70
    finally:
        owner.release()


def test_what_is_asked_in_the_last_moment_is_written(run: RunFolder) -> None:
    owner = Owner(run.path)
    beat(run, "running")
    try:
        with attended(Link(run, clock=lambda: NOW + 1)) as link:
            take(link, lambda: link.opened)
            link.ask("pause")
            link.close()
        assert requests(run) == [("pause", ())]
    finally:
        owner.release()


def test_what_could_not_be_asked_of_a_controller_that_has_ended_is_not_asked_of_the_next(
    run: RunFolder, gate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = run.document.trials[-1].name
    with attended(Link(run, controller)) as link:
        take(link, lambda: link.opened)
        thread = train(link)
        take(link, lambda: link.state == "running")
        with monkeypatch.context() as patch:
            patch.setattr("xsample_tui.store.inbox.Inbox.put", _full)
            link.ask("pause")
            link.ask("skip", name)
            take(link, lambda: link.state == "running")
            link.stop(now=True)
            events = take(link, lambda: not link.working).events
        thread.join(SECONDS)
        assert any("pause was not sent" in e.text for e in events if isinstance(e, Logged))
        take(link, lambda: not link.unsent)
        assert requests(run) == [("skip", (name,))]


def _full(self: object, request: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_request_that_a_folder_holds_up_is_said_to_wait(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xsample_tui.tui.outbox.LATE", 0.1)
    answers = threading.Event()
    write = Inbox.put

    def slow(self: Inbox, request: Request) -> None:
        answers.wait(SECONDS)
        write(self, request)

    monkeypatch.setattr(Inbox, "put", slow)
    owner = Owner(run.path)
    beat(run, "running")
    try:
        with attended(Link(run, clock=lambda: NOW + 1)) as link:
            take(link, lambda: link.opened)
            link.ask("pause")
            shown = [link.state]
            events = take(link, lambda: link.state == "running").events
            assert [*shown, link.state] == ["pausing", "running"]
            assert any("does not answer" in e.text for e in events if isinstance(e, Logged))
            answers.set()
            take(link, lambda: not link.unsent)
            assert requests(run) == [("pause", ())]
    finally:
        answers.set()
        owner.release()
