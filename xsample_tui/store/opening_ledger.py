"""The ledger of a test set: one line for each opening by any run of a runs folder.

It belongs to the test images, not to a run: a second run on the same images does not make them unseen. It lies beside
the runs, so that deleting a run forgets nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from ..core.data.dataset import Dataset
from ..core.errors import InputError, printable
from .files import atomic_write

# 0.1.0 wrote one opening into the ledgers of several runs, so many seconds apart at most.
_SAME = 2.0


class Opening(BaseModel):
    """One opening of the test set.

    Attributes:
        at: Unix time in seconds.
        command: what opened it: ``stack``, ``arms``, ``notebook``, ``run``.
        what: what was judged on it.
        run: of which run; empty in ledgers of 0.1.0.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: float
    command: str
    what: str
    run: str = ""


UNREADABLE = Opening(at=0.0, command="unknown", what="this line of the ledger cannot be read")


def digest_of_test_images(dataset: Dataset, test: np.ndarray[tuple[int], np.dtype[np.int64]]) -> str:
    """Return a SHA-256 of test images and their labels, whatever the rest of the data is and in whatever order.

    Args:
        dataset: the images.
        test: (n,) int64, which of them are the test set.
    """
    each = sorted(
        hashlib.sha256(np.ascontiguousarray(dataset.images[i]).tobytes() + bytes(str(dataset.labels[i]), "ascii"))
        .digest()
        for i in test
    )  # fmt: skip
    return hashlib.sha256(b"".join(each)).hexdigest()


class OpeningLedger:
    """The ledger of one test set. Lines are only ever added; one that cannot be read still counts as an opening.

    Args:
        runs: the runs folder.
        digest: of the test set (:func:`digest_of_test_images`).
        before: ledgers of runs as 0.1.0 kept them, which are read and counted, never written.
    """

    def __init__(self, runs: Path, digest: str, before: tuple[Path, ...] = ()) -> None:
        self.path = runs / f"test-set-{digest[:16]}.ledger.jsonl"
        self._before = before

    def openings(self) -> list[Opening]:
        """Return the openings so far, oldest first.

        Raises:
            InputError: there is a ledger and it cannot be read.
        """
        found: list[Opening] = []
        for path in self._before:
            for opening in _read(path):
                if opening is UNREADABLE or not any(_same(opening, other) for other in found):
                    found.append(opening)
        return [*sorted(found, key=lambda opening: opening.at), *_read(self.path)]

    @property
    def count(self) -> int:
        """How often the test set has been opened."""
        return len(self.openings())

    def enter(self, command: str, what: str, run: str) -> Opening:
        """Write down an opening, durably, before anything is opened.

        Args:
            command: which command opens it.
            what: what is to be judged on it.
            run: of which run.

        Raises:
            InputError: it cannot be written, so that the test set must stay closed.
        """
        opening = Opening(at=time.time(), command=command, what=printable(what, 300), run=run)
        line = opening.model_dump_json().encode() + b"\n"
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
            try:
                with suppress(OSError):
                    # Where there are no locks, appending one line is whole all the same on local file systems.
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
                size = os.fstat(descriptor).st_size
                if size and os.pread(descriptor, 1, size - 1) != b"\n":
                    # A write that a crash cut short must not swallow this one.
                    line = b"\n" + line
                os.write(descriptor, line)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            atomic_write.sync_folder(self.path.parent)
        except OSError as error:
            raise InputError("ledger", self.path, f"cannot be written, test stays shut: {error.strerror}") from error
        return opening


def ledgers_of_runs(runs: Path, dataset_digest: str) -> tuple[Path, ...]:
    """Return the ledgers that 0.1.0 kept in the folders of runs on the same data.

    Args:
        runs: the runs folder.
        dataset_digest: of the data.
    """
    found = []
    for path in sorted(runs.glob("*/ledger.jsonl")):
        with suppress(OSError, ValueError, KeyError, TypeError):
            if json.loads((path.parent / "spec.json").read_bytes())["run"]["dataset_digest"] == dataset_digest:
                found.append(path)
    return tuple(found)


def _same(one: Opening, other: Opening) -> bool:
    return (one.command, one.what) == (other.command, other.what) and abs(one.at - other.at) < _SAME


def _read(path: Path) -> Iterator[Opening]:
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return
    except OSError as error:
        raise InputError("ledger", path, f"cannot be read: {error.strerror}") from error
    for line in lines:
        if line.strip():
            try:
                yield Opening.model_validate_json(line)
            except ValidationError:
                yield UNREADABLE
