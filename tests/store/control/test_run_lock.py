"""The owner: what no locks, another host's heartbeat and another host's name in the lock file lead to."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import threading
from functools import partial
from pathlib import Path

import pytest

from tests.harness.processes import beating, working
from tests.harness.runs import digests, make_run, undisturbed, work
from tests.harness.until import until
from xsample_tui.core.errors import InputError
from xsample_tui.core.run_state.run_events import Event, Logged, RunState
from xsample_tui.store.control.heartbeat import Heartbeat, read_heartbeat, write_heartbeat
from xsample_tui.store.control.other_host import kernel
from xsample_tui.store.control.run_lock import RunBusy, RunLock, certainly_held, check_held, held
from xsample_tui.store.run_removal import remove


def beat(folder: Path, host: str, of: str, state: RunState = "running", at: float = 0.0) -> None:
    write_heartbeat(folder, Heartbeat(state=state, at=at, pid=7, host=host, active=0, kernel=of))


# -- no locks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    run = make_run(tmp_path)
    (run.path / "owner.lock").touch()

    def refuse(descriptor: int, how: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    for ask in (lambda: RunLock(run.path), lambda: work(run), lambda: check_held(run.path, "resume it")):
        with pytest.raises(InputError) as caught:
            ask()
        assert str(tmp_path) in str(caught.value)
        assert "has no locks" in str(caught.value)
        assert "local disk" in str(caught.value)
    assert not held(run.path)
    assert not certainly_held(run.path)


def test_a_lock_that_cannot_be_asked_for_is_neither_free_nor_without_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path)
    (run.path / "owner.lock").touch()

    def refuse(descriptor: int, how: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(OSError, match="Input/output"):
        RunLock(run.path)
    with pytest.raises(OSError, match="Input/output"):
        certainly_held(run.path)


def test_a_run_that_nobody_trains_is_said_to_be_so(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    with pytest.raises(InputError, match="not active; resume it"):
        check_held(run.path, "resume it")
    owner = RunLock(run.path)
    check_held(run.path, "resume it")
    owner.release()
    with pytest.raises(InputError, match="not active"):
        check_held(run.path, "resume it")


# -- another host's heartbeat ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("of", ["another", "-"])
def test_a_run_that_another_host_trains_is_refused_though_its_lock_is_free(tmp_path: Path, of: str) -> None:
    run = make_run(tmp_path)
    with beating(run.path, of):
        said: list[Event] = []
        with pytest.raises(RunBusy, match=r"process 7 on far, whose\s+heartbeat continues"):
            work(run, on_event=said.append)
        assert not held(run.path)
        # What another host trains is not deleted either.
        with pytest.raises(RunBusy, match="process 7 on far"):
            remove(tmp_path, "r")
    assert [type(event) for event in said] == [Logged]
    assert not (run.path / "events.jsonl").exists()
    assert not (run.path / "owner.lock").read_bytes()


def test_a_run_whose_controller_on_another_host_was_killed_is_taken_up_after_a_watch(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    with beating(run.path):
        pass
    said: list[Event] = []
    assert work(run, on_event=said.append) == "finished"
    assert isinstance(said[0], Logged)
    assert "another host, far; waiting 5 s" in said[0].text
    assert not any(isinstance(event, Logged) and "another host" in event.text for event in said[1:])


def test_a_controller_on_another_host_that_ends_meanwhile_leaves_the_run(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    beat(run.path, "far", "another")
    ended = threading.Event()

    def stop() -> None:
        beat(run.path, "far", "another", "stopped", 1.0)
        ended.set()

    lock = RunLock(run.path, lambda line: threading.Timer(0.5, stop).start())
    assert ended.is_set(), "the run was taken before its controller had ended"
    assert certainly_held(run.path)
    lock.release()


def test_nothing_is_waited_for_where_the_last_controller_was_here_or_has_ended(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    said: list[str] = []
    RunLock(run.path, said.append).release()
    assert work(run) == "finished"
    assert (own := read_heartbeat(run.path)) is not None
    assert own.kernel == kernel()
    # By a version that names no kernel.
    here: list[tuple[str, str, RunState]] = [(socket.gethostname(), "", "running")]
    here += [("far", "another", "stopped"), ("far", "another", "finished")]
    if kernel():
        # A container that was started again on this machine has another name, and its locks are seen here.
        here.append(("old-container", kernel(), "running"))
    for host, of, state in here:
        beat(run.path, host, of, state)
        RunLock(run.path, said.append).release()
    assert said == []
    # Two machines of one name are two.
    beat(run.path, socket.gethostname(), "another")
    RunLock(run.path, said.append).release()
    assert len(said) == (1 if kernel() else 0)


# -- another host's name in the lock file ----------------------------------------------------------------------------


def test_of_two_controllers_that_got_the_same_lock_the_earlier_writes_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = partial(make_run, training={"epochs": 20})
    expected = undisturbed(tmp_path, make)
    run = make(tmp_path)
    # Slow enough that epochs are left when the other one comes, however busy the machine is.
    monkeypatch.setenv("FAKE_SECONDS", "0.5")
    with working(run) as watch:
        until(lambda: len(watch.epochs()) >= 2)
        lock = run.path / "owner.lock"
        lock.write_bytes(b'{"pid": 7, "host": "far", "since": 1700000000.0}')
        until(lambda: "the run's folder: process 7 on far since" in watch.logged())
        # What an epoch gave in the meantime waits.
        until(lambda: "cannot be written: [Errno 16] process 7 on far since" in watch.logged())
        assert "is training the run too; stop one of the two" in watch.logged()
        assert b"far" in lock.read_bytes()
        # The other one ends, and takes its name away.
        lock.write_bytes(b"")
        monkeypatch.setenv("FAKE_SECONDS", "0")
        until(lambda: watch.ended == "finished")
    assert digests(run) == expected
