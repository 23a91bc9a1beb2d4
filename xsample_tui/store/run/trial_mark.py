"""The mark of a failed or skipped trial, which keeps it from being trained until it is removed."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

MarkStatus = Literal["failed", "skipped", "none"]


class Mark(BaseModel):
    """A trial's mark."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: MarkStatus
    message: str = ""


def read_mark(path: Path) -> Mark:
    """Return the mark in a file; ``none`` where there is no file, or one that makes no sense.

    Raises:
        OSError: it cannot be read.
    """
    try:
        return Mark.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValidationError):
        return Mark(status="none")
