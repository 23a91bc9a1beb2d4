"""The ledger: every opening of a run's test set, counted in ``ledger.jsonl``."""

from __future__ import annotations

import os
import time
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ..core.errors import InputError, printable
from ..store import atomic
from ..store.folder import RunFolder


class Opening(BaseModel):
    """One opening of the test set.

    Attributes:
        at: Unix time in seconds.
        command: what opened it: ``stack``, ``arms``.
        what: what was judged on it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: float
    command: str
    what: str


UNREADABLE = Opening(at=0.0, command="unknown", what="this line of the ledger cannot be read")


class Ledger:
    """The ledger of one run. Lines are only ever added; one that cannot be read still counts as an opening.

    Args:
        run: the run.
    """

    def __init__(self, run: RunFolder) -> None:
        self.path: Path = run.path / "ledger.jsonl"

    def openings(self) -> list[Opening]:
        """Return the openings so far, oldest first.

        Raises:
            InputError: there is a ledger and it cannot be read.
        """
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise InputError("ledger", self.path, f"cannot be read: {error.strerror}") from error
        return [_parse(line) for line in lines if line.strip()]

    @property
    def count(self) -> int:
        """How often the test set has been opened."""
        return len(self.openings())

    def enter(self, command: str, what: str) -> Opening:
        """Write down an opening, durably, before anything is opened.

        Raises:
            InputError: it cannot be written, so that the test set must stay closed.
        """
        opening = Opening(at=time.time(), command=command, what=printable(what, 300))
        line = opening.model_dump_json().encode() + b"\n"
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
            try:
                size = os.fstat(descriptor).st_size
                if size and os.pread(descriptor, 1, size - 1) != b"\n":
                    # A write that a crash cut short must not swallow this one.
                    line = b"\n" + line
                os.write(descriptor, line)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            atomic.sync_folder(self.path.parent)
        except OSError as error:
            raise InputError("ledger", self.path, f"cannot be written, test stays shut: {error.strerror}") from error
        return opening


def _parse(line: bytes) -> Opening:
    try:
        return Opening.model_validate_json(line)
    except ValidationError:
        return UNREADABLE
