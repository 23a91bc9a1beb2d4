"""A folder that fails: nothing is lost, and nothing is shown as sent."""

from __future__ import annotations

import errno
import os
import threading

import pytest

from tests.harness.failing_folder import FailingFolder
from tests.harness.interface import NOW, beat, controller, requests, tell
from tests.harness.until import SECONDS
from tests.tui.session.watching import attended, epoch, take, train
from xsample_tui.core.run_state.requests import Request
from xsample_tui.core.run_state.run_events import Logged, RunChanged
from xsample_tui.store.control.request_inbox import RequestInbox
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.session.file_session import FileSession
from xsample_tui.tui.session.local_session import LocalSession
from xsample_tui.tui.session.session_pump import SessionTimes

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
            # What came meanwhile is known by a new look, so what is said below must come after it.
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
    folder = FailingFolder(run.path, monkeypatch, errno.EIO)
    folder.failing = lambda access: True
    with attended(FileSession(run, times=SessionTimes(first_pause=0.05))) as run_session:
        take(run_session, lambda: folder.failed > 3)
        assert not run_session.opened
        folder.failing = lambda access: False
        take(run_session, lambda: run_session.opened)


def test_no_single_access_that_fails_ends_the_watch(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = SessionTimes(poll=0.01, first_pause=0.01, longest_pause=0.05)
    names = [trial.name for trial in run.document.trials]
    owner = RunLock(run.path)
    beat(run, "running", running={0: names[0]})
    folder = FailingFolder(run.path, monkeypatch, errno.EMFILE)
    try:
        with attended(FileSession(run, clock=lambda: NOW + 1, times=quick)) as run_session:
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


def test_a_request_that_a_folder_holds_up_is_said_to_wait(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()
    write = RequestInbox.put

    def slow(self: RequestInbox, request: Request) -> None:
        answers.wait(SECONDS)
        write(self, request)

    monkeypatch.setattr(RequestInbox, "put", slow)
    owner = RunLock(run.path)
    beat(run, "running")
    try:
        with attended(FileSession(run, clock=lambda: NOW + 1, times=SessionTimes(late=0.1))) as run_session:
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
