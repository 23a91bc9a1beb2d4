"""Finds the GPUs and assigns one to each worker.

Workers are processes of their own, so several of them on one GPU are several trials side by side.
TensorFlow is set to take memory as it needs it, which leaves room for the others.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

VISIBLE = "CUDA_VISIBLE_DEVICES"
DRIVER = Path("/proc/driver/nvidia/gpus")


def devices(driver: Path = DRIVER) -> tuple[str, ...]:
    """Return the GPUs that TensorFlow can use, as CUDA names them, without importing it.

    Those are the driver's, or the ones among them that ``CUDA_VISIBLE_DEVICES`` allows. None where the CUDA libraries
    that TensorFlow's ``and-cuda`` extra installs are missing: without them it trains on the processor.

    Args:
        driver: the folder in which NVIDIA's driver lists a folder for each GPU.
    """
    count = len(list(driver.glob("*/information")))
    if not count or not _cuda():
        return ()
    visible = os.environ.get(VISIBLE)
    if visible is None:
        return tuple(str(number) for number in range(count))
    named = [name.strip() for name in visible.split(",")]
    # CUDA hides everything from the first name on that is not a device's.
    end = next((at for at, name in enumerate(named) if name.startswith("-") or not name), len(named))
    return tuple(named[:end])


def share(worker: int, found: Sequence[str]) -> dict[str, str]:
    """Return the environment in which a worker sees its device alone; devices are dealt out in turn.

    >>> [share(worker, ["0", "1"]) for worker in range(3)]
    [{'CUDA_VISIBLE_DEVICES': '0'}, {'CUDA_VISIBLE_DEVICES': '1'}, {'CUDA_VISIBLE_DEVICES': '0'}]
    >>> share(0, [])
    {}
    """
    return {VISIBLE: found[worker % len(found)]} if found else {}


def _cuda() -> bool:
    return any(distribution.name.lower().startswith("nvidia-cudnn") for distribution in metadata.distributions())
