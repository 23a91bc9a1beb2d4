"""The event log: a run's events as lines of JSON, for viewers. The results are in the checkpoints."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path

from pydantic import ValidationError

from ...core.run_state.run_events import EVENT, Event, Logged
from ..files import atomic_write

_ROTATE_AT = 32 << 20


class EventLogWriter:
    """Appends events to ``events.jsonl``; past 32 MiB the file becomes ``events.1.jsonl`` and a new one begins.

    It heals itself: a file that cannot be opened or written is opened again at the next event, and where no new file
    can begin the old one goes on. How many events are missing is a line of the log, once it works again.
    """

    def __init__(self, folder: Path, rotate_at: int = _ROTATE_AT) -> None:
        self._path = folder / "events.jsonl"
        self._rotate_at = rotate_at
        self._file: io.FileIO | None = None
        self._size = self._missing = 0
        # Whether the file's last line has no end.
        self._torn = False
        with contextlib.suppress(OSError):
            self._open()

    def write(self, event: Event) -> None:
        """Append an event.

        Raises:
            OSError: it cannot be written; the next one that can is appended.
        """
        line = EVENT.dump_json(event) + b"\n"
        try:
            if self._file is None:
                self._open()
            if self._size > self._rotate_at:
                # A log that is longer than it should be is better than none.
                with contextlib.suppress(OSError):
                    self._turn_over()
            if self._missing:
                self._append(EVENT.dump_json(self._gap(event.at)) + b"\n")
                self._missing = 0
            self._append(line)
        except OSError:
            self._missing += 1
            self.close()
            raise

    def _gap(self, at: float) -> Logged:
        events = "an event" if self._missing == 1 else f"{self._missing} events"
        return Logged(at=at, level="warning", text=f"the event log could not be written; missing here: {events}")

    def _open(self) -> None:
        self._file = file = open(self._path, "ab+", buffering=0)  # noqa: SIM115
        self._size = file.seek(0, os.SEEK_END)
        if self._size:
            file.seek(-1, os.SEEK_END)
            self._torn = file.read(1) != b"\n"

    def _turn_over(self) -> None:
        """Begin a new file. Whatever fails of it, there is a file to append to."""
        assert self._file is not None
        fresh = atomic_write.temporary(self._path)
        file = open(fresh, "ab+", buffering=0)  # noqa: SIM115
        try:
            # It is gone where somebody removed it, or an attempt before this one stopped halfway.
            with contextlib.suppress(FileNotFoundError):
                os.replace(self._path, self._path.with_name("events.1.jsonl"))
            os.replace(fresh, self._path)
        except OSError:
            file.close()
            with contextlib.suppress(OSError):
                fresh.unlink()
            raise
        old, self._file = self._file, file
        self._size, self._torn = 0, False
        old.close()

    def _append(self, line: bytes) -> None:
        assert self._file is not None
        rest = memoryview(b"\n" * self._torn + line)
        while rest:
            written = self._file.write(rest)
            self._torn = written < len(rest)
            self._size += written
            rest = rest[written:]

    def close(self) -> None:
        """Close the file."""
        file, self._file = self._file, None
        if file is not None:
            # Some file systems say only now what they did not take.
            with contextlib.suppress(OSError):
                file.close()


def stored(folder: Path) -> list[Event]:
    """Return every event that a run still has, oldest first; lines that cannot be read are left out."""
    events: list[Event] = []
    for name in ("events.1.jsonl", "events.jsonl"):
        try:
            data = (folder / name).read_bytes()
        except OSError:
            continue
        events += _events(data.split(b"\n"))
    return events


def _events(lines: list[bytes]) -> list[Event]:
    events: list[Event] = []
    for line in lines:
        try:
            events.append(EVENT.validate_json(line))
        except ValidationError:
            continue
    return events


class EventLogReader:
    """Reads the events that come after ``offset`` (default: from now on), line by line, as they are written."""

    def __init__(self, folder: Path, offset: int | None = None) -> None:
        self._path = folder / "events.jsonl"
        self._inode = size = 0
        with contextlib.suppress(OSError):
            stat = self._path.stat()
            self._inode, size = stat.st_ino, stat.st_size
        self._offset = size if offset is None else offset
        self._rest = b""

    def read(self) -> list[Event]:
        """Return the events written since the last call; lines that cannot be read are left out.

        Where the file cannot be read now, nothing comes, and nothing is lost: it comes with a later call.
        """
        try:
            return _events(self._lines())
        except OSError:
            return []

    def _lines(self) -> list[bytes]:
        """Return the lines since the last call; after an OSError the next call begins at the same place."""
        now = self._path.stat()
        if now.st_ino == self._inode and now.st_size == self._offset:
            return []
        with open(self._path, "rb") as file:
            # Another file may have begun in between.
            now = os.fstat(file.fileno())
            lines, offset, rest = [], self._offset, self._rest
            if now.st_ino != self._inode or now.st_size < offset:
                lines, offset, rest = self._left_behind(), 0, b""
            file.seek(offset)
            data = file.read(now.st_size - offset)
        *new, rest = (rest + data).split(b"\n")
        self._inode, self._offset, self._rest = now.st_ino, offset + len(data), rest
        return lines + new

    def _left_behind(self) -> list[bytes]:
        """Return the lines that were written between the last call and the file's change of name."""
        try:
            file = open(self._path.with_name("events.1.jsonl"), "rb")  # noqa: SIM115
        except FileNotFoundError:
            return []
        with file:
            if os.fstat(file.fileno()).st_ino != self._inode:
                return []
            file.seek(self._offset)
            return (self._rest + file.read()).split(b"\n")
