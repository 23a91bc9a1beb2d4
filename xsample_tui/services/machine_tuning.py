"""Measures which settings train fastest on this machine, and stores them for new runs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import InputError
from ..core.training.sweep_spec import Machine
from ..sweep.machine import machine_profile
from ..sweep.machine.precision_support import slow_bfloat16
from ..sweep.measuring import autotune
from ..sweep.measuring.precision_trial import PrecisionTrial, try_bfloat16


@dataclass(frozen=True)
class Tuning:
    """What was measured.

    Attributes:
        chosen: the fastest setting.
        measured: every setting, in the order in which it was measured.
        file: where the choice is stored.
        bfloat16: how bfloat16 did beside float32; why that was not measured, where it was not.
    """

    chosen: autotune.Pace
    measured: tuple[autotune.Pace, ...]
    file: Path
    bfloat16: PrecisionTrial | str

    def precision_facts(self) -> dict[str, Any]:
        """Return what is known of bfloat16 as plain values, for JSON."""
        found = self.bfloat16
        if isinstance(found, str):
            return {"measured": False, "why": found, "proposed": False}
        mean, low, high = found.difference
        return {
            "measured": True,
            "speedup_window": found.window,
            "speedup_whole": found.whole,
            "errors_float32": found.float32,
            "errors_bfloat16": found.bfloat16,
            "images": found.images,
            "difference": mean,
            "interval": (low, high),
            "noise": found.noise,
            "agrees": found.agrees,
            "proposed": found.proposed,
        }

    def precision_sentence(self) -> str:
        """Return what is known of bfloat16 in one line."""
        found = self.bfloat16
        return f"bfloat16: not measured: {found}" if isinstance(found, str) else found.sentence()


def tune_machine(on_pace: Callable[[autotune.Pace], None] = lambda pace: None) -> Tuning:
    """Measure, store the fastest setting, and return what was measured. It takes a minute or two.

    Which precision a run has is never chosen for the user: it changes results. bfloat16 is measured and, where it
    pays, proposed.

    Args:
        on_pace: receives each setting as it has been measured.

    Raises:
        InputError: there is no place to store the choice, or it cannot be written.
    """
    paces: list[autotune.Pace] = []
    # Refused before anything is measured.
    path = machine_profile.place()
    with tempfile.TemporaryDirectory() as folder:
        slots = autotune.process_slots(Path(folder))
        for pace in autotune.tune(slots):
            on_pace(pace)
            paces.append(pace)
        top = autotune.best(paces)
        try:
            machine_profile.save(autotune.choice(top))
        except OSError as error:
            raise InputError("tune", path, f"cannot be written: {error.strerror}") from error
        slow = slow_bfloat16(Machine(jobs=top.jobs, threads=top.threads, onednn=top.onednn))
        return Tuning(top, tuple(paces), path, slow or try_bfloat16(slots, top))
