"""The checkpoint format: a trial's state as bytes, checksummed, without pickle.

One line of header (magic, version, the two parts' SHA-256 and lengths), then JSON (all but the arrays), then an
``.npz`` (the arrays). The JSON has its own checksum, so that a viewer reads a trial's history without its weights.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import XSampleError
from .early_stopping import StoppingState
from .epoch_metrics import EpochMetrics
from .trial_state import TrialState

_MAGIC = b"xsample-checkpoint 1"
_HEADER = re.compile(_MAGIC + rb" ([0-9a-f]{64}) ([0-9a-f]{64}) ([0-9]{1,12}) ([0-9]{1,15})\n")
HEADER_LIMIT = 256


class DamagedCheckpoint(XSampleError):
    """The bytes are not a whole checkpoint: truncated, altered, or of another kind."""


class TrialRecord(BaseModel):
    """A checkpoint without its arrays: what the trial has done and measured so far.

    Attributes: as of :class:`~xsample_tui.core.training.trial_state.TrialState`; ``digest`` is the state's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trial: str
    epoch: int
    stopping: StoppingState
    history: tuple[EpochMetrics, ...]
    seconds: tuple[float, ...]
    stop_reason: str | None
    carried: StoppingState | None
    drifted: tuple[str, ...]
    digest: str

    @property
    def finished(self) -> bool:
        """Whether the trial is at its end."""
        return self.stop_reason is not None


def record_of(state: TrialState) -> TrialRecord:
    """Return a state's record."""
    return TrialRecord(
        trial=state.trial,
        epoch=state.epoch,
        stopping=state.stopping,
        history=state.history,
        seconds=state.seconds,
        stop_reason=state.stop_reason,
        carried=state.carried,
        drifted=state.drifted,
        digest=state.digest(),
    )


def encode(state: TrialState) -> bytes:
    """Return the state as checkpoint bytes; equal states (wall times included) give equal bytes."""
    record = record_of(state).model_dump_json().encode()
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **state.arrays())
    arrays = buffer.getvalue()
    header = b"%s %s %s %d %d\n" % (_MAGIC, _sha(record), _sha(arrays), len(record), len(arrays))
    return header + record + arrays


def decode(data: bytes) -> TrialState:
    """Return the state of checkpoint bytes.

    Raises:
        DamagedCheckpoint: a byte is missing, altered or too many.
    """
    start, record_sha, arrays_sha, record_length, arrays_length = _parse(data)
    middle = start + record_length
    if len(data) != middle + arrays_length:
        raise DamagedCheckpoint(f"{len(data)} bytes where {middle + arrays_length} were written")
    record = _record(data[start:middle], record_sha)
    body = memoryview(data)[middle:]
    if _sha(body) != arrays_sha:
        raise DamagedCheckpoint("the arrays do not match their checksum")
    parts: dict[str, dict[str, NDArray[np.generic]]] = {"weights": {}, "slots": {}, "best": {}, "softmax": {}}
    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
            for key in arrays.files:
                part, _, name = key.partition("/")
                parts[part][name] = arrays[key]
    except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise DamagedCheckpoint(f"the arrays cannot be read: {error}") from error
    fields = {name: getattr(record, name) for name in TrialRecord.model_fields if name != "digest"}
    return TrialState(**fields, **parts)  # type: ignore[arg-type]


def decode_record(data: bytes) -> tuple[TrialRecord, int]:
    """Return the record at the beginning of checkpoint bytes, and the whole checkpoint's length in bytes.

    ``data`` may end anywhere after the record: see :func:`record_end` for how much of a file to read.

    Raises:
        DamagedCheckpoint: the header or the record is not whole.
    """
    start, record_sha, _, record_length, arrays_length = _parse(data)
    return _record(data[start : start + record_length], record_sha), start + record_length + arrays_length


def record_end(head: bytes) -> int:
    """Return how many bytes of a checkpoint hold its record, from its first :data:`HEADER_LIMIT` bytes.

    Raises:
        DamagedCheckpoint: the header is not whole.
    """
    start, _, _, record_length, _ = _parse(head)
    return start + record_length


def _parse(data: bytes) -> tuple[int, bytes, bytes, int, int]:
    match = _HEADER.match(data[:HEADER_LIMIT])
    if match is None:
        raise DamagedCheckpoint("its header is not a checkpoint's")
    return match.end(), match[1], match[2], int(match[3]), int(match[4])


def _record(data: bytes, sha: bytes) -> TrialRecord:
    if _sha(data) != sha:
        raise DamagedCheckpoint("the record does not match its checksum")
    try:
        return TrialRecord.model_validate_json(data)
    except ValidationError as error:
        raise DamagedCheckpoint(f"the record cannot be read: {error.error_count()} fields are off") from error


def _sha(data: bytes | memoryview) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()
