"""Says where a precision costs time on this machine instead of saving it."""

from __future__ import annotations

from ...core.training.sweep_spec import SweepSpec
from ...store.processor_flags import bfloat16_instructions
from .gpu_devices import devices


def precision_note(spec: SweepSpec) -> str:
    """Return in one line why a sweep's precision makes it slower on this machine; empty where it does not.

    It is allowed all the same: a run in bfloat16 may be begun, or trained on, on any machine.
    """
    if spec.training.precision == "float32" or devices():
        return ""
    if not bfloat16_instructions():
        return "precision bfloat16: this processor has no instructions for it, so that it is slower than float32"
    if not spec.machine.onednn:
        return "precision bfloat16: without oneDNN it is slower than float32"
    return ""
