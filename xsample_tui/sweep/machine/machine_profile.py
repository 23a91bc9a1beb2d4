"""Stores the settings that ``tune`` found for this machine, in the user's configuration folder."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...core.errors import InputError
from ...core.training.sweep_spec import Machine
from ...store.environment_fingerprint import fingerprint
from ...store.files import atomic_write
from ...store.files.user_settings import VARIABLE, settings_folder
from .machine_limits import usable_cores

_SETTINGS = ("threads", "onednn")


class MachineProfile(BaseModel):
    """How to use this machine, as measured.

    Attributes:
        jobs, threads, onednn: as of :class:`~xsample_tui.core.training.sweep_spec.Machine`.
        micro_batch: as of :class:`~xsample_tui.core.training.sweep_spec.Training`.
        pictures_per_second: of all jobs together, under a central 9x9 window.
        cores: how many there were to use.
        machine: processor and versions it was measured with.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    jobs: int = Field(ge=1)
    threads: int = Field(ge=1)
    onednn: bool
    micro_batch: int = Field(ge=1)
    pictures_per_second: float
    cores: int
    machine: dict[str, str]


def path() -> Path | None:
    """Return the file's place; None where the user has no folder for settings."""
    folder = settings_folder()
    return None if folder is None else folder / "machine.json"


def load() -> MachineProfile | None:
    """Return the choice; None where none was made, or for another processor, number of cores or TensorFlow."""
    if (file := path()) is None:
        return None
    try:
        found = MachineProfile.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None
    return found if (found.cores, found.machine) == (usable_cores(), machine()) else None


def save(choice: MachineProfile) -> Path:
    """Keep a choice; return where.

    Raises:
        InputError: as :func:`place`.
        OSError: the file cannot be written.
    """
    file = place()
    atomic_write.write(file, choice.model_dump_json(indent=1).encode() + b"\n")
    return file


def place() -> Path:
    """Return where a choice is to be kept, in a folder that is there and can be written to.

    Raises:
        InputError: the user has no such folder.
    """
    if (file := path()) is None:
        raise InputError("HOME", "(none)", f"there is no home folder to keep settings in; set {VARIABLE} to a folder")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.utime(file.parent)
    except OSError as error:
        why = f"cannot be written: {error.strerror}; set {VARIABLE} to another folder"
        raise InputError("settings folder", file.parent, why) from error
    return file


def machine() -> dict[str, str]:
    """Return what a choice holds for: the fingerprint, but for what is chosen."""
    return {name: value for name, value in fingerprint(Machine()).items() if name not in _SETTINGS}
