"""What bounds one session of training, and is no part of the run: when it is to stop, and how many workers it has."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace

from ..errors import ArgumentError
from .run_progress import Progress

_TIME = re.compile(r"\s*(?:(\d{4})-(\d\d?)-(\d\d?)[ T])?\s*(\d\d?):(\d\d)(?::(\d\d))?\s*")
# As many as a spec may name.
MOST_JOBS = 1024
_MOST_HOURS = 1e6
_REMEDY = "write a time of day, as 23:30, or a day and a time, as '2026-12-01 07:00'"


@dataclass(frozen=True)
class SessionLimits:
    """The bounds of one session.

    Attributes:
        until: Unix time in seconds after which the sweep stops, once the current epochs are committed; None for no
            time of day.
        jobs: how many workers it begins with; None for as many as the run's spec says.
        ends: what :func:`seconds_up` gives when its hours are over; None where they are not counted.
    """

    until: float | None = None
    jobs: int | None = None
    ends: float | None = None

    @property
    def reached(self) -> bool:
        """Whether the session is to stop."""
        late = self.until is not None and time.time() >= self.until
        return late or (self.ends is not None and seconds_up() >= self.ends)

    @property
    def deadline(self) -> float | None:
        """When it stops, as Unix time in seconds by the clock as it is set now; None where it has no deadline."""
        ends = [] if self.ends is None else [round(time.time() + self.ends - seconds_up(), 1)]
        return min([*ends, *([] if self.until is None else [self.until])], default=None)

    def current(self) -> SessionLimits:
        """Return what binds a session that begins now: whoever resumes after the deadline wants to train on."""
        return replace(self, until=None, ends=None) if self.reached else self

    def arguments(self) -> list[str]:
        """Return the options of ``resume`` that give another process these limits."""
        until = [] if self.until is None else ["--until", time.strftime("%Y-%m-%dT%H:%M:%S", _local(self.until))]
        hours = [] if self.ends is None else ["--max-hours", str(max((self.ends - seconds_up()) / 3600, 1e-6))]
        return [*until, *hours, *([] if self.jobs is None else ["--jobs", str(self.jobs)])]


def seconds_up() -> float:
    """Return seconds by a clock that nobody sets and that counts a sleep of the machine, from any beginning.

    Other systems than Linux count it by their monotonic clock, or not at all.
    """
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def session_limits(max_hours: float | None, until: str | None = None) -> SessionLimits:
    """Return the limits of a session that begins now.

    Args:
        max_hours: so many hours from now, however the clock is set meanwhile; with ``until`` too, the earlier counts.
        until: as of :func:`deadline`.

    Raises:
        InputError: no positive number of hours, or as :func:`deadline`.
    """
    if max_hours is not None and not 0 < max_hours <= _MOST_HOURS:
        raise ArgumentError("max_hours", max_hours, "choose a number of hours above 0, at most 1,000,000")
    ends = None if max_hours is None else seconds_up() + 3600 * max_hours
    return SessionLimits(None if until is None else deadline(until, time.time()), ends=ends)


def deadline(text: str, now: float) -> float:
    """Return a time of day to come as Unix time in seconds.

    Args:
        text: a local time of day, which is tomorrow's where today's is past, or a day and a time.
        now: Unix time in seconds.

    Raises:
        InputError: it is no time, or one that is past.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        raise ArgumentError("until", text, _REMEDY)
    year, month, day, hour, minute, second = (None if part is None else int(part) for part in match.groups())
    today = _local(now)
    first = (today.tm_year, today.tm_mon, today.tm_mday)
    dated = (year, month, day) if year is not None else first
    if (hour or 0) > 23 or (minute or 0) > 59 or (second or 0) > 59:
        raise ArgumentError("until", text, _REMEDY)
    # No zone's offset is named, so that a day on which the clocks change has its own.
    at = _unix(dated, hour, minute, second)
    wanted = _local(at)
    if year is not None and (wanted.tm_year, wanted.tm_mon, wanted.tm_mday) != dated:
        raise ArgumentError("until", text, "there is no such day")
    if at <= now and year is None:
        at = _unix((first[0], first[1], first[2] + 1), hour, minute, second)
    if at <= now:
        raise ArgumentError("until", text, "is past; choose a time to come")
    return at


def _unix(day: tuple[int | None, ...], hour: int | None, minute: int | None, second: int | None) -> float:
    year, month, number = (part or 0 for part in day)
    try:
        return time.mktime((year, month, number, hour or 0, minute or 0, second or 0, 0, 0, -1))
    except (OverflowError, ValueError) as error:
        raise ArgumentError("until", year, _REMEDY) from error


def _local(at: float) -> time.struct_time:
    return time.localtime(at)


def clock_time(at: float, now: float) -> str:
    """Return the local time of day of a deadline, with its day if it is not today.

    Args:
        at, now: Unix time in seconds.
    """
    there = _local(at)
    return time.strftime("%H:%M" if there[:3] == _local(now)[:3] else "%Y-%m-%d %H:%M", there)


def stopped_line(name: str, progress: Progress, until: float, command: str) -> str:
    """Return what is done of a run that its deadline stopped, and how it goes on, in one line.

    Args:
        name: the run's.
        progress: of the run.
        until: the deadline, as Unix time in seconds.
        command: what to enter to resume it.
    """
    counts = progress.counts()
    begun = sum(entry.status in ("paused", "running") and bool(entry.history) for entry in progress.trials.values())
    done = f"{counts['done']} of {len(progress.trials)} trials done"
    more = (f", {begun} begun" if begun else "") + (f", {counts['failed']} failed" if counts["failed"] else "")
    at = clock_time(until, time.time())
    return f"{name}: stopped at its deadline, {at}: {done}{more}; resume with: {command}"
