"""Measures which settings train fastest on this machine, and stores them for new runs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import InputError
from ..sweep.machine import machine_profile
from ..sweep.measuring import autotune


@dataclass(frozen=True)
class Tuning:
    """What was measured.

    Attributes:
        chosen: the fastest setting.
        measured: every setting, in the order in which it was measured.
        file: where the choice is stored.
    """

    chosen: autotune.Pace
    measured: tuple[autotune.Pace, ...]
    file: Path


def tune_machine(on_pace: Callable[[autotune.Pace], None] = lambda pace: None) -> Tuning:
    """Measure, store the fastest setting, and return what was measured. It takes under a minute.

    Args:
        on_pace: receives each setting as it has been measured.

    Raises:
        InputError: there is no place to store the choice, or it cannot be written.
    """
    paces: list[autotune.Pace] = []
    # Refused before anything is measured.
    path = machine_profile.place()
    with tempfile.TemporaryDirectory() as folder:
        for pace in autotune.tune(autotune.process_slots(Path(folder))):
            on_pace(pace)
            paces.append(pace)
    top = autotune.best(paces)
    try:
        machine_profile.save(autotune.choice(top))
    except OSError as error:
        raise InputError("tune", path, f"cannot be written: {error.strerror}") from error
    return Tuning(top, tuple(paces), path)
