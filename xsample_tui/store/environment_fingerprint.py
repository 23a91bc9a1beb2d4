"""The fingerprint of hardware and software that can change the last bits of a result."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path

from .. import __version__
from ..core.training.numerics_version import NUMERICS_VERSION
from ..core.training.sweep_spec import Machine, Precision
from .processor_flags import bfloat16_instructions, processor_values

_PACKAGES = ("tensorflow", "tensorflow-cpu", "keras", "numpy")
# Stored for the reader, never compared: neither Python nor our code's version changes a bit by itself. What our code
# computes is `numerics`, which tests hold to golden bits.
_INFORMATION = ("python", "xsample-tui")


def fingerprint(machine: Machine, precision: Precision = "float32") -> dict[str, str]:
    """Return versions of the packages that compute, the processor, GPUs, threads and oneDNN, without importing them.

    ``jobs`` is left out: it does not change results. In bfloat16 it counts with which instructions the processor
    computes it; float32 adds nothing, so that its fingerprints are what they were before there was a choice.

    Args:
        machine: how the machine is used.
        precision: what layers are computed in.
    """
    found = {"python": platform.python_version(), "machine": platform.machine(), "processor": _processor()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    found["xsample-tui"] = __version__
    found["numerics"] = str(NUMERICS_VERSION)
    found["gpus"] = ", ".join(_gpus()) or "none"
    found["threads"] = str(machine.threads)
    found["onednn"] = "on" if machine.onednn else "off"
    if precision != "float32":
        found["precision"] = f"{precision} ({bfloat16_instructions() or 'no instructions for it'})"
    return found


def differences(then: dict[str, str], now: dict[str, str]) -> tuple[str, ...]:
    """Return every difference that can change results, as ``what: then -> now``.

    Runs of 0.1.0 have a hash of the code in place of ``numerics``: theirs is version 1. Where one of the two has no
    ``precision``, it was not written down yet: which one a run has is in its spec.
    """
    then, now = ({"numerics": "1"} | found for found in (then, now))
    if "precision" not in then or "precision" not in now:
        then, now = ({key: value for key, value in found.items() if key != "precision"} for found in (then, now))
    keys = sorted((then.keys() | now.keys()) - set(_INFORMATION))
    return tuple(f"{k}: {then.get(k, 'none')} -> {now.get(k, 'none')}" for k in keys if then.get(k) != now.get(k))


def _processor() -> str:
    known = processor_values()
    if not known:
        return platform.processor() or "unknown"
    # The model name alone hides what matters in a virtual machine: which vector instructions it may use.
    flags = [flag for flag in ("avx2", "avx512f", "amx_tile") if flag in known.get("flags", "").split()]
    model = f"family {known.get('cpu family', '?')} model {known.get('model', '?')}"
    return f"{known.get('model name', 'unknown')} ({model}; {' '.join(flags) or 'no vector flags'})"


def _gpus() -> list[str]:
    found = []
    for information in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        try:
            lines = information.read_text().splitlines()
        except OSError:
            continue
        found += [line.split(":", 1)[1].strip() for line in lines if line.startswith("Model:")]
    return found
