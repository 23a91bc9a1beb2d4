"""Stores a run's scout in a folder of its own, ``scout/``: its estimate, and a checkpoint while it is trained.

Nothing that the run is laid out with, and no trial, names these files: a run with a scout has the fingerprint, the
plan and the results of one without.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..core.errors import XSampleError
from ..core.scout.scout_estimate import ScoutEstimate
from ..core.training.checkpoint_format import DamagedCheckpoint, decode
from ..core.training.trial_state import TrialState
from .files import atomic_write

FOLDER, ESTIMATE = "scout", "estimate.json"
_REMEDY = "delete it and train the scout again"


class DamagedScout(XSampleError):
    """The file with a scout's estimate is damaged, or cannot be read."""


def estimate_path(run: Path) -> Path:
    """Return where a run's estimate is."""
    return run / FOLDER / ESTIMATE


def store_estimate(run: Path, estimate: ScoutEstimate) -> None:
    """Store a run's estimate durably, with its checksum, then drop the checkpoints that it was made from.

    Raises:
        OSError: it cannot be written; what was there still is.
    """
    folder = run / FOLDER
    folder.mkdir(exist_ok=True)
    body = json.loads(estimate.model_dump_json())
    document = {"sha256": _digest(body), "scout": body}
    atomic_write.write(folder / ESTIMATE, json.dumps(document, indent=1, sort_keys=True).encode() + b"\n")
    for path in folder.glob("*.ckpt"):
        with contextlib.suppress(OSError):
            path.unlink()


def read_estimate(run: Path) -> ScoutEstimate | None:
    """Return a run's estimate; None where there is none.

    Raises:
        DamagedScout: it cannot be read, or does not match its checksum.
    """
    try:
        document = json.loads(estimate_path(run).read_bytes())
        if document["sha256"] != _digest(document["scout"]):
            raise DamagedScout(f"{FOLDER}/{ESTIMATE} does not match its checksum; {_REMEDY}")
        return ScoutEstimate.model_validate(document["scout"])
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError, ValidationError) as error:
        raise DamagedScout(f"{FOLDER}/{ESTIMATE} cannot be read; {_REMEDY}") from error


def stored_estimate(run: Path) -> ScoutEstimate | None:
    """Return a run's estimate; None where there is none that is whole: it can be made again."""
    try:
        return read_estimate(run)
    except DamagedScout:
        return None


def store_state(run: Path, state: TrialState, data: bytes) -> None:
    """Store a scout's checkpoint durably; the one before goes.

    Args:
        run: the run's folder.
        state: what the checkpoint holds.
        data: its bytes.

    Raises:
        OSError: it cannot be written; what was there still is.
    """
    folder = run / FOLDER
    folder.mkdir(exist_ok=True)
    path = folder / f"{state.epoch:06d}.ckpt"
    before = [old for old in folder.glob("*.ckpt") if old != path]
    atomic_write.write(path, data)
    for old in before:
        old.unlink(missing_ok=True)


def latest_state(run: Path, trial: str, most: int) -> TrialState | None:
    """Return the newest whole state of a scout; None where there is none.

    Args:
        run: the run's folder.
        trial: the scout's name: one that was trained under other windows is passed over.
        most: epochs that it may have behind it.
    """
    for path in sorted((run / FOLDER).glob("*.ckpt"), reverse=True):
        try:
            state = decode(path.read_bytes())
        except (DamagedCheckpoint, OSError):
            continue
        if state.trial == trial and state.epoch <= most:
            return state
    return None


def _digest(body: Any) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
