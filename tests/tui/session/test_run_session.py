"""The link between a run and the interface."""

from __future__ import annotations

import errno
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.harness.failing_folder import FailingFolder
from tests.harness.fake_lease import FAILING, metrics_of
from tests.harness.interface import NOW, beat, commit, controller, requests, tell
from tests.harness.until import SECONDS, until
from xsample_tui.core.run_state.requests import Request
from xsample_tui.core.run_state.run_events import EpochDone, Event, Logged, RunChanged, TrialChanged
from xsample_tui.store.control.request_inbox import RequestInbox
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.controller import Controller
from xsample_tui.tui.session.file_session import FileSession
from xsample_tui.tui.session.local_session import ControllerMaker, LocalSession
from xsample_tui.tui.session.messages import Change, ControllerEnded, RunUpdated, SessionLost
from xsample_tui.tui.session.run_snapshot import read_snapshot

Session = TypeVar("Session", bound=FileSession)


@contextmanager
def attended(run_session: Session) -> Iterator[Session]:
    """Watch a run in a thread, as the app does."""
    thread = threading.Thread(target=run_session.watch)
    thread.start()
    try:
        yield run_session
    finally:
        if isinstance(run_session, LocalSession):
            run_session.stop(now=True)
        run_session.close()
        thread.join(SECONDS)
        assert not thread.is_alive()


def take(run_session: FileSession, what: Callable[[], object], seconds: float = SECONDS) -> Change:
    """Take what comes until something is so; return all that changed."""
    whole = Change()
    came: queue.SimpleQueue[RunUpdated] = queue.SimpleQueue()
    run_session.connect(came.put)
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        run_session.look_after()
        while not came.empty():
            change = run_session.take(came.get())
            whole.trials |= change.trials
            whole.events += change.events
            whole.all |= change.all
        time.sleep(0.01)
    # What came and is not taken is posted again to the next who connects.
    run_session._post = None
    return whole


def last_beat_at(run_session: FileSession, at: float) -> bool:
    """Return whether the heartbeat that is seen is the one of that time."""
    return run_session.heartbeat is not None and run_session.heartbeat.at == at


def train(run_session: LocalSession) -> threading.Thread:
    run_session.begin()
    thread = threading.Thread(target=run_session.train)
    thread.start()
    return thread


def counted(run_session: FileSession) -> list[float]:
    """Return when a link's thread had looked at the run, growing."""
    turns: list[float] = []
    turn = run_session._pump._turn

    def noted() -> None:
        turn()
        turns.append(time.monotonic())

    run_session._pump._turn = noted  # type: ignore[method-assign]
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
    owner = RunLock(run.path)
    try:
        found = read_snapshot(run)
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
    owner = RunLock(run.path)
    try:
        assert len(read_snapshot(run).progress.trials[name].history) == 1
    finally:
        owner.release()
    # And where nobody works on it, the records alone count.
    assert read_snapshot(run).progress.trials[name].status == "paused"
    assert read_snapshot(run).state == "crashed"


def test_what_is_written_while_looking_is_heard_afterwards(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    name = run.document.trials[0].name
    before = RunFolder.progress

    def late(self: RunFolder) -> Any:
        found = before(self)
        tell(run, [epoch(run, name, 1)])
        return found

    monkeypatch.setattr(RunFolder, "progress", late)
    found = read_snapshot(run)
    assert found.reader is not None
    update = [*found.recent, *found.reader.read()]
    assert [event.type for event in update] == ["epoch"]


# -- watching --------------------------------------------------------------------------------------------------------


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


# -- training --------------------------------------------------------------------------------------------------------


def test_a_sweep_is_trained_to_its_end(run: RunFolder) -> None:
    with attended(LocalSession(run, controller)) as run_session:
        take(run_session, lambda: run_session.opened)
        thread = train(run_session)
        states = [run_session.state]
        change = take(run_session, lambda: not run_session.working)
        thread.join(SECONDS)
        assert [*states, run_session.state] == ["starting", "finished"]
        assert run_session.outcome == ControllerEnded("finished", 0)
        assert run_session.complete
        assert {trial.name for trial in run.document.trials} == change.trials
        assert {e.state for e in change.events if isinstance(e, RunChanged)} == {"running", "finished"}


def test_failed_trials_make_the_end_a_failure(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FAILING, run.document.trials[3].name)
    with attended(LocalSession(run, controller)) as run_session:
        take(run_session, lambda: run_session.opened)
        train(run_session)
        take(run_session, lambda: not run_session.working)
        assert run_session.outcome == ControllerEnded("finished", 1)
        assert run_session.progress.trials[run.document.trials[3].name].status == "failed"


def test_what_is_asked_while_the_controller_starts_is_not_lost(run: RunFolder) -> None:
    ready = threading.Event()
    with attended(LocalSession(run, _slow(ready))) as run_session:
        take(run_session, lambda: run_session.opened)
        train(run_session)
        turns = counted(run_session)
        run_session.send("stop")
        # Meanwhile the link looks after what is to be sent, several times.
        take(run_session, lambda: len(turns) >= 3)
        ready.set()
        take(run_session, lambda: not run_session.working)
        assert run_session.outcome == ControllerEnded("stopped", 3)
        assert not run_session.complete


def test_a_stop_by_signal_reaches_a_controller_that_is_being_made(run: RunFolder) -> None:
    ready = threading.Event()
    with attended(LocalSession(run, _slow(ready))) as run_session:
        take(run_session, lambda: run_session.opened)
        train(run_session)
        run_session.stop()
        ready.set()
        take(run_session, lambda: not run_session.working)
        assert run_session.outcome == ControllerEnded("stopped", 3)


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
    with attended(LocalSession(run, _failing(RuntimeError("a\nb\x1b[2J")))) as run_session:
        take(run_session, lambda: run_session.opened)
        train(run_session)
        take(run_session, lambda: not run_session.working)
        assert run_session.state == "crashed"
        assert run_session.fault == "the controller failed: RuntimeError: a\\nb\\x1b[2J"
        assert run_session.outcome is not None
        assert run_session.outcome.code == 1


def test_a_run_that_another_process_holds_is_watched(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xsample_tui.store.control.run_lock._INSIST", 0.0)
    owner = RunLock(run.path)
    beat(run, "running", at=time.time())
    try:
        with attended(LocalSession(run, controller)) as run_session:
            take(run_session, lambda: run_session.opened)
            train(run_session)
            change = take(run_session, lambda: not run_session.working)
            assert (run_session.fault, run_session.outcome) == ("", None)
            take(run_session, lambda: run_session.state == "running")
            assert any("is already being trained by" in e.text for e in change.events if isinstance(e, Logged))
    finally:
        owner.release()


def test_what_is_asked_of_this_process_takes_no_file(
    run: RunFolder, gate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = run.document.trials[-1].name
    with attended(LocalSession(run, controller)) as run_session:
        take(run_session, lambda: run_session.opened)
        train(run_session)
        take(run_session, lambda: run_session.state == "running")
        monkeypatch.setattr("xsample_tui.store.control.request_inbox.RequestInbox.put", _full)
        run_session.send("pause")
        assert (run_session.requested, run_session.state) == ("pause", "pausing")
        change = take(run_session, lambda: run_session.requested is None)
        assert run_session.state == "pausing"
        assert [e.state for e in change.events if isinstance(e, RunChanged)] == ["pausing"]
        run_session.send("skip", name)
        take(run_session, lambda: run_session.progress.trials[name].status == "skipped")
        run_session.send("stop-now")
        take(run_session, lambda: not run_session.working)
        assert run_session.outcome is not None
        assert run_session.outcome.state == "stopped"
        assert run_session.unsent == ()


def test_the_trials_that_are_shown_are_the_controllers_own(run: RunFolder, gate: Path) -> None:
    with attended(LocalSession(run, controller)) as run_session:
        take(run_session, lambda: run_session.opened)
        before = run_session.progress
        train(run_session)
        take(run_session, lambda: run_session.state == "running")
        made = run_session._controller
        assert made is not None
        assert made.progress is not None
        assert run_session.progress is not before
        assert run_session.progress.trials is made.progress.trials
        gate.touch()
        change = take(run_session, lambda: not run_session.working)
        assert run_session.complete
        stored = run.progress()
        assert run_session.progress.trials == stored.trials
        assert {trial.name for trial in run.document.trials} == change.trials


@pytest.mark.parametrize("answer", ["event", "heartbeat", "error"])
def test_what_was_asked_for_shows_until_it_is_answered(run: RunFolder, answer: str) -> None:
    now = [NOW + 1]
    owner = RunLock(run.path)
    beat(run, "running")
    try:
        with attended(FileSession(run, clock=lambda: now[0])) as run_session:
            take(run_session, lambda: run_session.opened)
            run_session.send("pause")
            take(run_session, lambda: not run_session.unsent)
            # No time passes, so it is not late.
            assert (run_session.requested, run_session.state) == ("pause", "pausing")
            match answer:
                case "event":
                    tell(run, [RunChanged(at=NOW + 2, state="pausing")])
                case "heartbeat":
                    beat(run, "paused", at=NOW + 2)
                case "error":
                    now[0] += 4
            change = take(run_session, lambda: run_session.requested is None)
            assert run_session.state == {"event": "pausing", "heartbeat": "paused", "error": "running"}[answer]
            errors = [e.text for e in change.events if isinstance(e, Logged) and e.level == "error"]
            assert len(errors) == (answer == "error")
            assert all("is not answered yet" in text for text in errors)
    finally:
        owner.release()


def test_what_comes_until_a_message_is_taken_is_added_to_it(run: RunFolder) -> None:
    run_session = FileSession(run)
    lines = [Logged(at=NOW, level="info", text=str(number)) for number in range(6)]
    came: list[RunUpdated] = []
    run_session.publish(*lines[:2])
    run_session.connect(came.append)
    for line in lines[2:5]:
        run_session.publish(line)
    assert len(came) == 1
    assert run_session.take(came[0]).events == lines[:5]
    run_session.publish(lines[5])
    assert len(came) == 2
    assert run_session.take(came[1]).events == lines[5:]


def test_a_watch_that_fails_says_so_and_goes_on(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xsample_tui.sweep.hold_and_retry._FIRST_PAUSE", 0.01)
    run_session = FileSession(run)
    look, failing = run_session._look, [True]

    def failed() -> None:
        if failing[0]:
            raise ZeroDivisionError("made to fail")
        look()

    monkeypatch.setattr(run_session, "_look", failed)
    with attended(run_session):
        lost: list[str] = []
        run_session.connect(
            lambda update: lost.extend(item.text for item in update.items if isinstance(item, SessionLost))
        )
        until(lambda: lost)
        assert "ZeroDivisionError: made to fail" in lost[0]
        failing[0] = False
        take(run_session, lambda: run_session.opened)


# -- a folder that fails ---------------------------------------------------------------------------------------------

ERRORS = [errno.EMFILE, errno.EIO, errno.ESTALE]


@pytest.mark.parametrize("number", ERRORS, ids=[errno.errorcode[number] for number in ERRORS])
def test_a_folder_that_fails_for_a_while_loses_no_request_and_shows_none_as_sent(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    name = run.document.trials[0].name
    owner = RunLock(run.path)
    beat(run, "running")
    folder = FailingFolder(run.path, monkeypatch, number)
    try:
        with attended(FileSession(run, clock=lambda: NOW + 1)) as run_session:
            take(run_session, lambda: run_session.opened)
            folder.failing = lambda access: True
            run_session.send("pause")
            shown = [run_session.state]
            run_session.send("skip", name)
            said = take(run_session, lambda: not run_session.unsent or run_session.state == "running").events
            said += take(run_session, lambda: folder.failed > 6).events
            lines = [event.text for event in said if isinstance(event, Logged) and event.level == "error"]
            # Each once: that the folder fails, and that neither request is written.
            assert len(lines) == 3
            assert all(os.strerror(number) in text for text in lines)
            assert {text.split()[0] for text in lines} == {"pause", "skip", "the"}
            assert [*shown, run_session.state] == ["pausing", "running"]
            assert [request.action for request in run_session.unsent] == ["pause", "skip"]
            before = run_session.progress
            folder.failing = lambda access: False
            # What came meanwhile is known by a new look, so what is told below must come after it.
            take(run_session, lambda: not run_session.unsent and run_session.progress is not before)
            assert requests(run) == [("pause", ()), ("skip", (name,))]
            # And the run is followed as before.
            tell(run, [epoch(run, name, 1), RunChanged(at=NOW + 2, state="paused")])
            take(
                run_session,
                lambda: run_session.state == "paused" and len(run_session.progress.trials[name].history) == 1,
            )
    finally:
        owner.release()


def test_a_folder_that_cannot_be_read_at_first_is_opened_once_it_can(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xsample_tui.sweep.hold_and_retry._FIRST_PAUSE", 0.05)
    folder = FailingFolder(run.path, monkeypatch, errno.EIO)
    folder.failing = lambda access: True
    with attended(FileSession(run)) as run_session:
        take(run_session, lambda: folder.failed > 3)
        assert not run_session.opened
        folder.failing = lambda access: False
        take(run_session, lambda: run_session.opened)


def test_no_single_access_that_fails_ends_the_watch(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xsample_tui.tui.session.file_session.POLL", 0.01)
    monkeypatch.setattr("xsample_tui.sweep.hold_and_retry._FIRST_PAUSE", 0.01)
    monkeypatch.setattr("xsample_tui.sweep.hold_and_retry._LONGEST_PAUSE", 0.05)
    names = [trial.name for trial in run.document.trials]
    owner = RunLock(run.path)
    beat(run, "running", running={0: names[0]})
    folder = FailingFolder(run.path, monkeypatch, errno.EMFILE)
    try:
        with attended(FileSession(run, clock=lambda: NOW + 1)) as run_session:
            take(run_session, lambda: run_session.opened)
            # More accesses than one turn of the loop makes, a look and a request among them; each fails once.
            for number in range(60):
                before = folder.failed
                start = folder.accesses + number
                folder.failing = lambda access, start=start: access == start  # type: ignore[misc]
                run_session.send("pause")
                take(run_session, lambda before=before: folder.failed > before)  # type: ignore[misc]
                take(run_session, lambda: not run_session.unsent)
                assert run_session.alive
            tell(run, [epoch(run, names[0], 1)])
            take(run_session, lambda: len(run_session.progress.trials[names[0]].history) == 1)
            # One that failed after it was in its place is written once more.
            assert 60 <= len(requests(run)) <= 70
    finally:
        owner.release()


def test_what_is_asked_in_the_last_moment_is_written(run: RunFolder) -> None:
    owner = RunLock(run.path)
    beat(run, "running")
    try:
        with attended(FileSession(run, clock=lambda: NOW + 1)) as run_session:
            take(run_session, lambda: run_session.opened)
            run_session.send("pause")
            run_session.close()
        assert requests(run) == [("pause", ())]
    finally:
        owner.release()


def test_what_is_asked_too_late_is_left_for_the_next_controller_where_it_is_about_trials(run: RunFolder) -> None:
    name = run.document.trials[-1].name
    with attended(LocalSession(run, controller)) as run_session:
        take(run_session, lambda: run_session.opened)
        train(run_session).join(SECONDS)
        # It has ended, and this side does not know yet.
        assert run_session.working
        run_session.send("pause")
        run_session.send("skip", name)
        events = take(run_session, lambda: not run_session.working).events
        events += take(run_session, lambda: not run_session.unsent).events
        assert any("pause was not sent" in e.text for e in events if isinstance(e, Logged))
        assert requests(run) == [("skip", (name,))]


def _full(self: object, request: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_request_that_a_folder_holds_up_is_said_to_wait(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xsample_tui.tui.session.request_outbox.LATE", 0.1)
    answers = threading.Event()
    write = RequestInbox.put

    def slow(self: RequestInbox, request: Request) -> None:
        answers.wait(SECONDS)
        write(self, request)

    monkeypatch.setattr(RequestInbox, "put", slow)
    owner = RunLock(run.path)
    beat(run, "running")
    try:
        with attended(FileSession(run, clock=lambda: NOW + 1)) as run_session:
            take(run_session, lambda: run_session.opened)
            run_session.send("pause")
            shown = [run_session.state]
            events = take(run_session, lambda: run_session.state == "running").events
            assert [*shown, run_session.state] == ["pausing", "running"]
            assert any("does not respond" in e.text for e in events if isinstance(e, Logged))
            answers.set()
            take(run_session, lambda: not run_session.unsent)
            assert requests(run) == [("pause", ())]
    finally:
        answers.set()
        owner.release()
