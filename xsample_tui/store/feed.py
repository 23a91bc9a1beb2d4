"""The feed: a run's events as lines of JSON, for whoever watches. Not the record: that is in the checkpoints."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import ValidationError

from ..core.event import EVENT, Event

_ROTATE_AT = 32 << 20


class FeedWriter:
    """Appends events to ``events.jsonl``; past 32 MiB the file becomes ``events.1.jsonl`` and a new one begins."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "events.jsonl"
        self._file = open(self._path, "ab", buffering=0)  # noqa: SIM115
        self._size = self._file.tell()

    def write(self, event: Event) -> None:
        """Append an event.

        Raises:
            OSError: it cannot be written.
        """
        if self._size > _ROTATE_AT:
            self._file.close()
            os.replace(self._path, self._path.with_name("events.1.jsonl"))
            self._file = open(self._path, "ab", buffering=0)  # noqa: SIM115
            self._size = 0
        line = EVENT.dump_json(event) + b"\n"
        self._file.write(line)
        self._size += len(line)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


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


class FeedReader:
    """Reads the events that come after ``offset`` (default: from now on), line by line, as they are written."""

    def __init__(self, folder: Path, offset: int | None = None) -> None:
        self._path = folder / "events.jsonl"
        self._inode, size = self._stat()
        self._offset = size if offset is None else offset
        self._rest = b""

    def _stat(self) -> tuple[int, int]:
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return 0, 0
        return stat.st_ino, stat.st_size

    def read(self) -> list[Event]:
        """Return the events written since the last call; lines that cannot be read are left out."""
        inode, size = self._stat()
        lines: list[bytes] = []
        if inode != self._inode or size < self._offset:
            lines = self._left_behind()
            self._inode, self._offset, self._rest = inode, 0, b""
        if size > self._offset:
            with open(self._path, "rb") as file:
                file.seek(self._offset)
                data = file.read(size - self._offset)
            self._offset += len(data)
            *new, self._rest = (self._rest + data).split(b"\n")
            lines += new
        return _events(lines)

    def _left_behind(self) -> list[bytes]:
        """Return the lines that were written between the last call and the file's change of name."""
        try:
            with open(self._path.with_name("events.1.jsonl"), "rb") as file:
                if os.fstat(file.fileno()).st_ino != self._inode:
                    return []
                file.seek(self._offset)
                return (self._rest + file.read()).split(b"\n")
        except OSError:
            return []
