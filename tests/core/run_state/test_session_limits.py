"""What bounds a session: deadlines as they are given, and the line that says what is done by then."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.harness.progress_events import NAMES, done, epoch, fold
from xsample_tui.core.errors import InputError
from xsample_tui.core.run_state import session_limits
from xsample_tui.core.run_state.run_events import TrialChanged
from xsample_tui.core.run_state.session_limits import SessionLimits, clock_time, deadline, stopped_line
from xsample_tui.core.run_state.session_limits import session_limits as limits_of

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
    assert deadline(until, at("2026-11-28 12:00")) == at(expected)


def test_the_night_of_a_changed_clock_has_its_own_length() -> None:
    before = at("2026-10-24 22:00")
    assert deadline("07:00", before) == before + 10 * HOUR


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Return a machine's clocks, which stand still: Unix time, and seconds since its start."""
    now = {"unix": at("2026-11-28 12:00"), "up": 50.0}
    monkeypatch.setattr(time, "time", lambda: now["unix"])
    monkeypatch.setattr(session_limits, "seconds_up", lambda: now["up"])
    return now


def test_of_hours_and_a_time_the_earlier_counts(clocks: dict[str, float]) -> None:
    now = clocks["unix"]
    assert limits_of(None).deadline is None
    assert limits_of(1.5).deadline == now + 1.5 * HOUR
    assert limits_of(1.5, "13:00").deadline == now + HOUR
    assert limits_of(0.5, "13:00").deadline == now + HOUR / 2


@pytest.mark.parametrize("step", [-400 * 24 * HOUR, -9 * HOUR, 9 * HOUR, 50 * 365 * 24 * HOUR])
def test_hours_are_counted_whatever_the_clock_is_set_to(clocks: dict[str, float], step: float) -> None:
    """As on a board without a clock of its own, which gets the time after the start."""
    limits = limits_of(8)
    clocks["unix"] += step
    assert not limits.reached
    assert limits.deadline == clocks["unix"] + 8 * HOUR
    clocks["up"] += 3 * HOUR
    assert limits.current().arguments() == ["--max-hours", "5.0"]
    clocks["up"] += 5 * HOUR
    assert limits.reached
    assert limits.current() == SessionLimits()


def test_a_time_of_day_is_the_clocks(clocks: dict[str, float]) -> None:
    limits = limits_of(None, "13:00")
    clocks["up"] += 9 * HOUR
    assert not limits.reached
    clocks["unix"] += HOUR
    assert limits.reached


def test_hours_in_which_the_machine_sleeps_count() -> None:
    """The clock that is read is the one that goes on then."""
    name = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    assert abs(session_limits.seconds_up() - time.clock_gettime(name)) < 60


@pytest.mark.parametrize(
    ("hours", "until", "named"),
    [
        (0.0, None, "max_hours: 0.0"),
        (1e300, None, "at most 1,000,000"),
        (float("nan"), None, "max_hours: nan"),
        (float("inf"), None, "max_hours: inf"),
        (None, "soon", "23:30"),
        (None, "24:00", "23:30"),
        (None, "12:60", "23:30"),
        (None, "2026-02-30 07:00", "no such day"),
        (None, "2026-11-28 11:59", "is past"),
    ],
)
def test_what_is_no_time_to_come_is_refused(
    clocks: dict[str, float], hours: float | None, until: str | None, named: str
) -> None:
    with pytest.raises(InputError, match=named):
        limits_of(hours, until)


def test_limits_reach_another_process_as_options_while_they_bind(clocks: dict[str, float]) -> None:
    limits = SessionLimits(clocks["unix"], 3)
    clocks["unix"] -= HOUR
    assert limits.current().arguments() == ["--until", "2026-11-28T12:00:00", "--jobs", "3"]
    given = limits.arguments()[1]
    assert deadline(given, clocks["unix"]) == limits.until
    clocks["unix"] += HOUR
    assert limits.current().arguments() == ["--jobs", "3"]


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
