"""Says where a precision costs time on this machine instead of saving it."""

from __future__ import annotations

from ...core.training.sweep_spec import Machine, SweepSpec
from ...store.processor_flags import bfloat16_instructions
from .gpu_devices import devices


def precision_note(spec: SweepSpec) -> str:
    """Return in one line why a sweep's precision makes it slower on this machine; empty where it does not.

    It is allowed all the same: a run in bfloat16 may be begun, or trained on, on any machine.
    """
    slow = "" if spec.training.precision == "float32" else slow_bfloat16(spec.machine)
    return f"precision bfloat16: {slow}" if slow else ""


def slow_bfloat16(machine: Machine) -> str:
    """Return why bfloat16 is slower than float32 on this machine; empty where it may be faster.

    Args:
        machine: how it is used.
    """
    if devices():
        return ""
    if not bfloat16_instructions():
        return "this processor has no instructions for it, so that it is slower than float32"
    return "" if machine.onednn else "without oneDNN it is slower than float32"
