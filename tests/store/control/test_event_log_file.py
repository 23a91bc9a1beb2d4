"""The event log when the system fails: it heals itself, says what is missing, and readers lose nothing."""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from xsample_tui.core.run_state.run_events import Event, Logged, TrialChanged
from xsample_tui.store.control.event_log_file import EventLogReader, EventLogWriter, stored


def events(first: int, count: int) -> list[Event]:
    return [TrialChanged(at=float(i), trial=f"t{i:02d}", status="running") for i in range(first, first + count)]


def gap(at: float, what: str) -> Event:
    return Logged(at=at, level="warning", text=f"the event log could not be written; missing here: {what}")


@contextlib.contextmanager
def limited(what: int, most: int) -> Iterator[None]:
    """Lower a limit of this process for a while."""
    soft, hard = resource.getrlimit(what)
    resource.setrlimit(what, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(what, (soft, hard))


def test_where_no_new_file_can_begin_the_old_one_goes_on(tmp_path: Path) -> None:
    writer, reader = EventLogWriter(tmp_path, rotate_at=2000), EventLogReader(tmp_path)
    with limited(resource.RLIMIT_NOFILE, 0):
        for event in events(0, 60):
            writer.write(event)
    assert (tmp_path / "events.jsonl").stat().st_size > 4000, "it was to begin a new file twice by now"
    for event in events(60, 10):
        writer.write(event)
    writer.close()
    assert reader.read() == events(0, 70)
    assert stored(tmp_path) == events(0, 70)
    assert (tmp_path / "events.jsonl").stat().st_size < 2000


def test_a_change_of_files_that_stops_halfway_loses_no_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer, reader = EventLogWriter(tmp_path, rotate_at=2000), EventLogReader(tmp_path)
    for event in events(0, 20):
        writer.write(event)
    seen = reader.read()
    replace = os.replace

    def half(source: Path, target: Path) -> None:
        if target.name == "events.jsonl":
            raise OSError(5, "Input/output error")
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", half)
        for event in events(20, 20):
            writer.write(event)
            seen += reader.read()
        assert not (tmp_path / "events.jsonl").exists(), "the change of files was to stop halfway"
    for event in events(40, 5):
        writer.write(event)
        seen += reader.read()
    writer.close()
    assert seen == events(0, 45)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["events.1.jsonl", "events.jsonl"]


def test_a_full_disk_costs_what_is_written_meanwhile_and_the_feed_says_how_much(tmp_path: Path) -> None:
    writer, reader = EventLogWriter(tmp_path), EventLogReader(tmp_path)
    writer.write(events(0, 1)[0])
    size = (tmp_path / "events.jsonl").stat().st_size
    # It takes a part of the line, as a full disk does.
    with limited(resource.RLIMIT_FSIZE, size + 10):
        for event in events(1, 3):
            with pytest.raises(OSError, match="File too large"):
                writer.write(event)
    assert (tmp_path / "events.jsonl").stat().st_size == size + 10
    for event in events(4, 2):
        writer.write(event)
    with limited(resource.RLIMIT_FSIZE, 0), pytest.raises(OSError, match="File too large"):
        writer.write(events(6, 1)[0])
    writer.write(events(7, 1)[0])
    writer.close()
    expected = [*events(0, 1), gap(4, "3 events"), *events(4, 2), gap(7, "an event"), *events(7, 1)]
    assert reader.read() == expected
    assert stored(tmp_path) == expected


def test_a_feed_that_cannot_be_opened_at_first_is_opened_later(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    writer = EventLogWriter(folder)
    with pytest.raises(FileNotFoundError):
        writer.write(events(0, 1)[0])
    folder.mkdir()
    writer.write(events(1, 1)[0])
    writer.close()
    assert stored(folder) == [gap(1, "an event"), *events(1, 1)]


def test_the_half_line_of_a_killed_controller_costs_no_line_of_the_next(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_bytes(b'{"type": "trial", "at')
    writer = EventLogWriter(tmp_path)
    writer.write(events(0, 1)[0])
    writer.close()
    assert stored(tmp_path) == events(0, 1)


def test_a_reader_out_of_descriptors_reads_nothing_and_loses_nothing(tmp_path: Path) -> None:
    writer, reader = EventLogWriter(tmp_path, rotate_at=2000), EventLogReader(tmp_path)
    for number, event in enumerate(events(0, 40)):
        writer.write(event)
        # Every third time it cannot open a file; among them the time when the log begins a new one.
        if number % 3 == 0:
            with limited(resource.RLIMIT_NOFILE, 0):
                assert reader.read() == []
    assert (tmp_path / "events.1.jsonl").exists()
    assert reader.read() == events(0, 40)
    writer.close()
