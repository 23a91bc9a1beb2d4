"""Reads the logs of a run: what made a trial fail, and what its workers and controllers wrote."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...core.data.class_labels import natural

FOLDER = "logs"
# What is read of a log at most: its end.
TAIL_BYTES = 64 * 1024
_TRIAL = "trial-"
_FAILED_ON = re.compile(r"^\S+ \S+ \S+ failed on (\S+): ", re.MULTILINE)


@dataclass(frozen=True)
class StoredLog:
    """The end of a log file.

    Attributes:
        name: of the file.
        text: its end, decoded; what is no UTF-8 is replaced.
        size: bytes of the whole file.
    """

    name: str
    text: str
    size: int

    @property
    def cut(self) -> bool:
        """Whether only the end was read."""
        return self.size > TAIL_BYTES


def write_failure(run: Path, trial: str, worker: str, message: str, trace: str) -> None:
    """Add a failure to a trial's own log, if it can be written: a log is not worth a sweep.

    Args:
        run: the run's folder.
        trial: the trial that failed.
        worker: the name of the worker that trained it; empty where it has none.
        message: why it failed, one line.
        trace: the traceback; empty where there is none, as of a worker that died.
    """
    stamp = time.strftime("%Y-%m-%d %H:%M:%S")
    where = f" on {worker}" if worker else ""
    parts = [f"{stamp} {trial} failed{where}: {message}", trace.rstrip()]
    data = ("\n".join(part for part in parts if part) + "\n").encode("utf-8", "backslashreplace")
    with contextlib.suppress(OSError), open(run / FOLDER / f"{_TRIAL}{trial}.log", "ab") as log:
        log.write(data)


def read_logs(run: Path, trial: str | None = None, workers: Sequence[str] = ()) -> list[StoredLog]:
    """Return a run's logs that hold anything: a trial's own first, then its workers', then the others.

    Args:
        run: the run's folder.
        trial: the trial; those of other trials are left out.
        workers: names of the workers that train it now, as in the heartbeat.
    """
    folder = run / FOLDER
    try:
        names = [name for name in os.listdir(folder) if name.endswith((".log", ".log.1"))]
    except OSError:
        return []
    own = f"{_TRIAL}{trial}.log"
    failed = _read(folder / own)
    on = _FAILED_ON.findall(failed.text)[-1:] if failed is not None else []
    early = [own, f"{own}.1", *(f"{worker}.log" for worker in (*workers, *on))]
    wanted = [name for name in names if not name.startswith(_TRIAL) or name in early]
    wanted.sort(key=lambda name: (early.index(name) if name in early else len(early), natural(name)))
    return [found for name in wanted if (found := _read(folder / name)) is not None]


def _read(path: Path) -> StoredLog | None:
    """Return a log's end; None where it is empty or cannot be read."""
    try:
        with open(path, "rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(size - TAIL_BYTES, 0))
            data = log.read(TAIL_BYTES)
    except OSError:
        return None
    text = data.decode("utf-8", "replace")
    if size > TAIL_BYTES:
        # Not from the middle of a line.
        text = text.partition("\n")[2] or text
    return StoredLog(path.name, text, size) if text.strip() else None
