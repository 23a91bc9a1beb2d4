"""The fingerprint of hardware and software that can change the last bits of a result."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path

from .. import __version__
from ..core.training.numerics_version import NUMERICS_VERSION
from ..core.training.sweep_spec import Machine

_PACKAGES = ("tensorflow", "tensorflow-cpu", "keras", "numpy")
# Stored for the reader, never compared: neither Python nor our code's version changes a bit by itself. What our code
# computes is `numerics`, which tests hold to golden bits.
_INFORMATION = ("python", "xsample-tui")


def fingerprint(machine: Machine) -> dict[str, str]:
    """Return versions of the packages that compute, the processor, GPUs, threads and oneDNN, without importing them.

    ``jobs`` is left out: it does not change results.
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
    return found


def differences(then: dict[str, str], now: dict[str, str]) -> tuple[str, ...]:
    """Return every difference that can change results, as ``what: then -> now``.

    Runs of 0.1.0 have a hash of the code in place of ``numerics``: theirs is version 1.
    """
    then, now = ({"numerics": "1"} | found for found in (then, now))
    keys = sorted((then.keys() | now.keys()) - set(_INFORMATION))
    return tuple(f"{k}: {then.get(k, 'none')} -> {now.get(k, 'none')}" for k in keys if then.get(k) != now.get(k))


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown"
    values = dict(line.split(":", 1) for line in reversed(lines) if ":" in line)
    known = {key.strip(): value.strip() for key, value in values.items()}
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
