"""What bounds a session: deadlines as they are given, and the line that says what is done by then."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.harness.progress_events import NAMES, done, epoch, fold
from xsample_tui.core.errors import InputError
from xsample_tui.core.run_state.run_events import TrialChanged
from xsample_tui.core.run_state.session_limits import SessionLimits, clock_time, deadline, stopped_line

HOUR = 3600.0


@pytest.fixture(autouse=True)
def _cet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Be where clocks are set twice a year."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def at(text: str) -> float:
    return time.mktime(time.strptime(text, "%Y-%m-%d %H:%M"))


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        ("23:30", "2026-11-28 23:30"),
        ("7:05", "2026-11-29 07:05"),
        ("12:00", "2026-11-29 12:00"),
        ("2026-12-01 07:00", "2026-12-01 07:00"),
        (" 2026-12-01T07:00:00 ", "2026-12-01 07:00"),
    ],
)
def test_a_time_of_day_is_the_next_one(until: str, expected: str) -> None:
    assert deadline(None, until, at("2026-11-28 12:00")) == at(expected)


def test_the_night_of_a_changed_clock_has_its_own_length() -> None:
    before = at("2026-10-24 22:00")
    assert deadline(None, "07:00", before) == before + 10 * HOUR


def test_of_hours_and_a_time_the_earlier_counts() -> None:
    now = at("2026-11-28 12:00")
    assert deadline(None, None, now) is None
    assert deadline(1.5, None, now) == now + 1.5 * HOUR
    assert deadline(1.5, "13:00", now) == now + HOUR
    assert deadline(0.5, "13:00", now) == now + HOUR / 2


@pytest.mark.parametrize(
    ("hours", "until", "named"),
    [
        (0.0, None, "max_hours: 0.0"),
        (float("nan"), None, "max_hours: nan"),
        (float("inf"), None, "max_hours: inf"),
        (None, "soon", "23:30"),
        (None, "24:00", "23:30"),
        (None, "12:60", "23:30"),
        (None, "2026-02-30 07:00", "no such day"),
        (None, "2026-11-28 11:59", "is past"),
    ],
)
def test_what_is_no_time_to_come_is_refused(hours: float | None, until: str | None, named: str) -> None:
    with pytest.raises(InputError, match=named):
        deadline(hours, until, at("2026-11-28 12:00"))


def test_limits_reach_another_process_as_options_while_they_bind() -> None:
    limits = SessionLimits(at("2026-11-28 12:00"), 3)
    assert limits.at(at("2026-11-28 11:00")).arguments() == ["--until", "2026-11-28T12:00:00", "--jobs", "3"]
    assert limits.at(at("2026-11-28 12:00")).arguments() == ["--jobs", "3"]
    given = limits.arguments()[1]
    assert deadline(None, given, at("2026-11-28 11:00")) == limits.until


def test_a_deadline_of_another_day_is_shown_with_it() -> None:
    now = at("2026-11-28 12:00")
    assert clock_time(at("2026-11-28 23:30"), now) == "23:30"
    assert clock_time(at("2026-11-29 07:00"), now) == "2026-11-29 07:00"


def test_one_line_says_what_is_done_and_how_it_goes_on() -> None:
    paused = TrialChanged(at=0, trial=NAMES[1], status="paused")
    progress = fold([epoch(NAMES[0], 1), done(NAMES[0]), epoch(NAMES[1], 1), paused])
    line = stopped_line("r", progress, time.time(), "xsample-tui resume r")
    clock = time.strftime("%H:%M")
    words = f"1 of {len(NAMES)} trials done, 1 begun; resume with: xsample-tui resume r"
    assert line == f"r: stopped at its deadline, {clock}: {words}"
