"""The logs of a run: written when a trial fails, and read by their ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from xsample_tui.store.files.stored_logs import TAIL_BYTES, StoredLog, read_logs, write_failure


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    return tmp_path


def put(run: Path, name: str, text: str = "said\n") -> None:
    (run / "logs" / name).write_text(text)


def test_a_failure_is_added_with_its_traceback(run: Path) -> None:
    write_failure(run, "keep-r00-c00", "worker-0", "ValueError: a", "Traceback:\n  first\n")
    write_failure(run, "keep-r00-c00", "", "the worker ended: \ud800", "")
    (log,) = read_logs(run, "keep-r00-c00")
    first, *rest = log.text.splitlines()
    assert first.endswith(" keep-r00-c00 failed on worker-0: ValueError: a")
    assert rest[:2] == ["Traceback:", "  first"]
    assert rest[2].endswith(" keep-r00-c00 failed: the worker ended: \\ud800")


def test_the_trials_own_log_comes_first_then_its_workers_then_the_others(run: Path) -> None:
    for name in ("worker-10.log", "worker-2.log", "background.log", "worker-2.log.1", "notes.txt"):
        put(run, name)
    put(run, "empty.log", "\n")
    write_failure(run, "a", "worker-10", "x", "")
    write_failure(run, "b", "worker-2", "x", "")
    assert [log.name for log in read_logs(run, "a")] == [
        "trial-a.log",
        "worker-10.log",
        "background.log",
        "worker-2.log",
        "worker-2.log.1",
    ]
    assert next(log.name for log in read_logs(run, "c", ["worker-2"])) == "worker-2.log"
    assert "trial-a.log" not in [log.name for log in read_logs(run)]


def test_of_a_long_log_the_end_is_read_from_a_whole_line_on(run: Path) -> None:
    text = "".join(f"line {n}\n" for n in range(20_000))
    put(run, "worker-0.log", text)
    (log,) = read_logs(run)
    assert (log.cut, log.size) == (True, len(text))
    assert log.text.startswith("line ")
    assert text.endswith(log.text)
    assert TAIL_BYTES - 20 < len(log.text) <= TAIL_BYTES


def test_what_is_no_text_or_not_there_is_no_error(run: Path, tmp_path: Path) -> None:
    (run / "logs" / "worker-0.log").write_bytes(b"\xff\xfe ok\n")
    assert read_logs(run) == [StoredLog("worker-0.log", "�� ok\n", 6)]
    assert read_logs(tmp_path / "none") == []
