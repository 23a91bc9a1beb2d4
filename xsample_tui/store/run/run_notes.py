"""What a person keeps with a run, in a file beside the trials: tags, a note, whether it is archived."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ...core.errors import InputError, check_utf8, printable
from ..files.atomic_write import write

NAME = "notes.json"
MOST_WORDS = 2_000
_TAG = re.compile(r"\w[\w.:/-]{0,39}")


@dataclass(frozen=True)
class RunNotes:
    """What is kept with a run.

    Attributes:
        tags: words in alphabetical order, each once.
        note: free text, one line; empty for none.
        archived: whether lists leave the run out unless asked.
    """

    tags: tuple[str, ...] = ()
    note: str = ""
    archived: bool = False

    def retagged(self, changes: tuple[str, ...]) -> RunNotes:
        """Return these notes with tags added and removed.

        Args:
            changes: ``+word`` to add it, ``-word`` to remove it.

        Raises:
            InputError: a change has no sign, or its word is no tag.
        """
        tags = set(self.tags)
        for change in changes:
            sign, word = change[:1], change[1:]
            if sign not in ("+", "-"):
                raise InputError("tag", change, f"write +{printable(change, 40)} to add it, -word to remove it")
            if not _TAG.fullmatch(word):
                raise InputError("tag", change, "use 1 to 40 letters, digits, '_', '-', '.', ':' or '/'")
            if sign == "+":
                tags.add(word)
            else:
                tags.discard(word)
        return replace(self, tags=tuple(sorted(tags)))

    def noted(self, text: str) -> RunNotes:
        """Return these notes with another note; an empty text removes it.

        Raises:
            InputError: the text is too long.
        """
        line = " ".join(text.split())
        if len(line) > MOST_WORDS:
            raise InputError("note", line, f"write at most {MOST_WORDS:,} characters")
        check_utf8("note", line)
        return replace(self, note=line)


NO_NOTES = RunNotes()


def run_notes(run: Path) -> RunNotes:
    """Return what is kept with a run, for showing it; nothing where its file cannot be read.

    Args:
        run: the run's folder.
    """
    try:
        return _read(run)
    except (OSError, ValueError):
        return NO_NOTES


def change_notes(run: Path, change: Callable[[RunNotes], RunNotes]) -> RunNotes:
    """Change what is kept with a run, durably, and return it. The run may be training meanwhile.

    Args:
        run: the run's folder.
        change: returns the new notes; called again never, and with nobody else writing in between.

    Raises:
        InputError: the file cannot be read or written; or what ``change`` raises.
    """
    try:
        with _alone(run):
            try:
                before = _read(run)
            except ValueError as error:
                remedy = "cannot be read; repair it, or delete it to begin without tags and note"
                raise InputError("run", run.name, f"{NAME} {remedy}") from error
            after = change(before)
            if after != before:
                write(run / NAME, json.dumps(asdict(after), ensure_ascii=False).encode() + b"\n")
    except OSError as error:
        why = f"{NAME} cannot be written: {error.strerror}; ask the run's owner for write access"
        raise InputError("run", run.name, why) from error
    return after


def _read(run: Path) -> RunNotes:
    """Return the file's content, or nothing where there is none.

    Raises:
        OSError: it cannot be read.
        ValueError: it holds something else.
    """
    try:
        data = (run / NAME).read_bytes()
    except FileNotFoundError:
        return NO_NOTES
    try:
        found = json.loads(data)
    except RecursionError as error:
        raise ValueError("too deep") from error
    if not isinstance(found, dict):
        raise ValueError("no object")
    tags, note, archived = found.get("tags", []), found.get("note", ""), found.get("archived", False)
    if not isinstance(tags, list) or not isinstance(note, str) or not isinstance(archived, bool):
        raise ValueError("other types")
    if not all(isinstance(tag, str) and _TAG.fullmatch(tag) for tag in tags):
        raise ValueError("no tags")
    return RunNotes(tuple(sorted(set(tags))), printable(note, MOST_WORDS), archived)


@contextlib.contextmanager
def _alone(run: Path) -> Iterator[None]:
    """Hold the folder's own lock, which training does not use, so that no change of another process is lost."""
    descriptor = os.open(run, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):
            # Where there are no locks the last of two changes at once counts.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
