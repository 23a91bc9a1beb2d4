"""Reads which vector instructions the processor has, without importing what computes."""

from __future__ import annotations

from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
# Instructions that multiply bfloat16 numbers, the fastest first, as Linux names them on x86 and on ARM.
_BFLOAT16 = ("amx_bf16", "avx512_bf16", "avx_ne_convert", "bf16")


def processor_values(file: Path = CPUINFO) -> dict[str, str]:
    """Return what the system says of the first processor, by name; empty where it says nothing."""
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return {}
    values = dict(line.split(":", 1) for line in reversed(lines) if ":" in line)
    return {key.strip(): value.strip() for key, value in values.items()}


def processor_flags(file: Path = CPUINFO) -> frozenset[str]:
    """Return the names of the processor's instruction sets; empty where the system does not say."""
    values = processor_values(file)
    return frozenset(values.get("flags", values.get("Features", "")).split())


def bfloat16_instructions(file: Path = CPUINFO) -> str:
    """Return the instructions with which the processor computes bfloat16, the fastest first; empty without any."""
    flags = processor_flags(file)
    return " ".join(flag for flag in _BFLOAT16 if flag in flags)
