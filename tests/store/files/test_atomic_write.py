"""The small files of a run: event log, inbox, owner, heartbeat, fingerprint."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xsample_tui.core.run_state.requests import Request
from xsample_tui.core.run_state.run_events import Event, Logged, RunChanged, TrialChanged
from xsample_tui.core.training.sweep_spec import Machine
from xsample_tui.store.control.event_log_file import EventLogReader, EventLogWriter
from xsample_tui.store.control.heartbeat import Heartbeat, read_heartbeat, write_heartbeat
from xsample_tui.store.control.request_inbox import RequestInbox
from xsample_tui.store.control.run_lock import RunBusy, RunLock, held
from xsample_tui.store.environment_fingerprint import differences, fingerprint
from xsample_tui.store.files import atomic_write


def events(count: int) -> list[Event]:
    return [TrialChanged(at=float(i), trial=f"keep-r00-c{i:02d}", status="running") for i in range(count)]


def test_a_reader_sees_what_is_written_after_it_came(tmp_path: Path) -> None:
    writer = EventLogWriter(tmp_path)
    writer.write(RunChanged(at=0, state="running"))
    late, early = EventLogReader(tmp_path), EventLogReader(tmp_path, offset=0)
    for event in events(5):
        writer.write(event)
    assert late.read() == events(5)
    assert early.read() == [RunChanged(at=0, state="running"), *events(5)]
    assert late.read() == []
    writer.close()


def test_half_a_line_waits_for_its_other_half_and_bad_lines_are_left_out(tmp_path: Path) -> None:
    reader = EventLogReader(tmp_path)
    line = json.dumps({"type": "log", "at": 1.0, "level": "info", "text": "ü"}).encode() + b"\n"
    with open(tmp_path / "events.jsonl", "ab", buffering=0) as file:
        file.write(b'{"type": "nonsense"}\n\xff\n' + line[:20])
        assert reader.read() == []
        file.write(line[20:])
    assert reader.read() == [Logged(at=1.0, level="info", text="ü")]


def test_the_event_log_does_not_grow_without_bound(tmp_path: Path) -> None:
    writer, reader = EventLogWriter(tmp_path, rotate_at=2000), EventLogReader(tmp_path)
    seen = []
    for event in events(90):
        writer.write(event)
        seen += reader.read()
    writer.close()
    assert seen == events(90)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 5000


def test_a_reader_that_looks_seldom_misses_nothing_where_the_log_begins_a_new_file(tmp_path: Path) -> None:
    writer, reader = EventLogWriter(tmp_path, rotate_at=2000), EventLogReader(tmp_path)
    seen = []
    for number, event in enumerate(events(90)):
        writer.write(event)
        if number % 7 == 0:
            seen += reader.read()
    seen += reader.read()
    writer.close()
    assert (tmp_path / "events.1.jsonl").exists()
    assert seen == events(90)


@given(st.lists(st.sampled_from(["pause", "unpause", "stop", "skip"]), max_size=12))
def test_requests_are_taken_once_in_order(tmp_path_factory: pytest.TempPathFactory, actions: list[str]) -> None:
    folder = tmp_path_factory.mktemp("inbox")
    sent = [Request.model_validate({"action": action, "trials": [str(i)]}) for i, action in enumerate(actions)]
    for request in sent:
        RequestInbox(folder).put(request)
    assert RequestInbox(folder).take() == sent
    assert RequestInbox(folder).take() == []


def test_the_lock_goes_with_its_holder(tmp_path: Path) -> None:
    owner = RunLock(tmp_path)
    assert held(tmp_path)
    with pytest.raises(RunBusy, match=f"process {os.getpid()} on "):
        RunLock(tmp_path)
    owner.release()
    assert not held(tmp_path)
    child = os.fork()
    if child == 0:
        RunLock(tmp_path)
        os._exit(9)
    os.waitpid(child, 0)
    assert (tmp_path / "owner.lock").read_bytes(), "it died without clearing its name"
    assert not held(tmp_path)
    RunLock(tmp_path).release()


def test_a_lock_file_with_nonsense_in_it_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "owner.lock").write_bytes(b'{"pid": "\x1b[31m"}')
    RunLock(tmp_path).release()


def test_pulse_comes_back_and_a_broken_one_is_none(tmp_path: Path) -> None:
    assert read_heartbeat(tmp_path) is None
    heartbeat = Heartbeat(
        state="running", at=1.5, pid=3, host="h", active=2.0, running={0: "keep-r00-c00"}, queue=("a",)
    )
    write_heartbeat(tmp_path, heartbeat)
    assert read_heartbeat(tmp_path) == heartbeat
    (tmp_path / "pulse.json").write_text("{")
    assert read_heartbeat(tmp_path) is None


def test_fingerprint_sees_threads_and_onednn_but_not_jobs() -> None:
    base = fingerprint(Machine(jobs=1))
    assert differences(base, fingerprint(Machine(jobs=2))) == ()
    assert differences(base, fingerprint(Machine(threads=2))) == ("threads: 1 -> 2",)
    assert differences(base, fingerprint(Machine(onednn=False))) == ("onednn: on -> off",)
    assert "keras" in base
    assert differences({"keras": "1", "old": "x"}, {"keras": "2"}) == ("keras: 1 -> 2", "old: x -> none")


def test_a_write_that_fails_leaves_the_file_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    atomic_write.write(path, b"old")

    def refuse(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space"):
        atomic_write.write(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_heartbeats_and_requests_wait_for_no_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    fsync = os.fsync

    def count(descriptor: int) -> None:
        synced.append(descriptor)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", count)
    for second in range(20):
        write_heartbeat(tmp_path, Heartbeat(state="running", at=second, pid=3, host="h", active=second))
        RequestInbox(tmp_path).put(Request(action="pause"))
    assert not synced
    # Nothing comes after the last one of a session, which holds the seconds that were worked.
    write_heartbeat(tmp_path, Heartbeat(state="stopped", at=21, pid=3, host="h", active=20))
    assert len(synced) == 2, "the file, and its folder"
    atomic_write.write(tmp_path / "record", b"data")
    assert len(synced) == 4
