"""The link between a run and the interface."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness.fake_lease import FAILING
from tests.harness.interface import NOW, beat, controller, tell
from tests.harness.until import SECONDS, until
from tests.tui.session.watching import attended, counted, full_inbox, take, train
from xsample_tui.core.run_state.run_events import Event, Logged, RunChanged
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.controller import Controller
from xsample_tui.tui.session.file_session import FileSession
from xsample_tui.tui.session.local_session import ControllerMaker, LocalSession
from xsample_tui.tui.session.messages import ControllerEnded, RunUpdated, SessionLost
from xsample_tui.tui.session.session_pump import SessionTimes

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
        monkeypatch.setattr("xsample_tui.store.control.request_inbox.RequestInbox.put", full_inbox)
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


def test_what_this_process_trains_is_followed_without_a_file(run: RunFolder, gate: Path) -> None:
    # No heartbeat can be written or read here.
    (run.path / "pulse.json").mkdir()
    with attended(LocalSession(run, controller)) as run_session:
        take(run_session, lambda: run_session.opened)
        train(run_session)
        take(run_session, lambda: bool(run_session.heartbeat and run_session.heartbeat.running))
        name = run.document.trials[-1].name
        run_session.send("skip", name)
        gate.touch()
        take(run_session, lambda: not run_session.working)
        assert run_session.outcome is not None
        assert run_session.outcome.state == "finished"


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
    run_session = FileSession(run, times=SessionTimes(first_pause=0.01))
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
