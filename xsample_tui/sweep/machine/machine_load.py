"""Reads how busy this machine is: processor, memory, disk and GPUs, within the limits that this process has."""

from __future__ import annotations

import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from ...store.files.folder_size import folder_size
from .gpu_devices import DRIVER, devices
from .machine_limits import cpu_seconds_used, memory_used, own_cores, usable_cores, usable_memory

# Seconds after which a program that says how busy the GPUs are is given up.
_PATIENCE = 5.0
_QUERY = ("nvidia-smi", "--query-gpu=utilization.gpu,memory.used,memory.total", "--format=csv,noheader,nounits")
_MEBIBYTE = 2.0**20


@dataclass(frozen=True)
class GpuLoad:
    """How busy a GPU is.

    Attributes:
        busy: share of the last moment in which it computed, 0..1.
        used, total: bytes of its memory.
    """

    busy: float
    used: float
    total: float


@dataclass(frozen=True)
class MachineLoad:
    """How busy this machine is.

    Attributes:
        cpu: share of the cores that this process may use which were busy since the reading before, 0..1.
        memory_used, memory: bytes of memory in use, and that may be used: of this process's control group, or of
            the machine.
        disk_left, disk: bytes free and in all where the run is; None where the system does not say.
        run_bytes: what the run takes now; None where it was not measured.
        gpus: of each GPU that trainings can use; empty where there is none or nothing reads it.
    """

    cpu: float
    memory_used: float
    memory: float
    disk_left: float | None
    disk: float | None
    run_bytes: float | None = None
    gpus: tuple[GpuLoad, ...] = ()


class LoadReader:
    """Reads the load again and again; a reading may take a while, so it belongs in a thread.

    Args:
        folder: the run's folder.
        root: the folder that holds ``proc`` and ``sys``; tests give their own.
        driver: the folder in which the GPUs' driver lists them.
    """

    def __init__(self, folder: Path, root: Path = Path("/"), driver: Path = DRIVER) -> None:
        self._folder, self._root = folder, root
        self._gpus = bool(devices(driver)) and shutil.which(_QUERY[0]) is not None
        self._before: tuple[float, float] | None = None
        psutil.cpu_percent(percpu=True)

    def read(self, *, measure_run: bool = False) -> MachineLoad:
        """Return the load since the reading before.

        Args:
            measure_run: whether to add up the run's files, which takes long for large runs on slow disks.
        """
        disk = _disk(self._folder)
        return MachineLoad(
            cpu=self._cpu(),
            memory_used=memory_used(self._root),
            memory=usable_memory(self._root),
            disk_left=None if disk is None else disk[0],
            disk=None if disk is None else disk[1],
            run_bytes=float(folder_size(self._folder)[1]) if measure_run else None,
            gpus=_gpus() if self._gpus else (),
        )

    def _cpu(self) -> float:
        cores = own_cores()
        busy = psutil.cpu_percent(percpu=True)
        usable, used, now = usable_cores(self._root), cpu_seconds_used(self._root), time.monotonic()
        if used is not None and usable < len(cores):
            # A group with a quota of its own sees the whole host's cores.
            before, self._before = self._before, (used, now)
            if before is not None and now > before[1]:
                return min((used - before[0]) / (now - before[1]) / usable, 1.0)
        own = [busy[core] for core in cores if core < len(busy)] or busy or [0.0]
        return min(sum(own) / len(own) / 100, 1.0)


def _disk(folder: Path) -> tuple[float, float] | None:
    """Return the bytes free and in all where a folder is; None where the system does not say."""
    try:
        found = shutil.disk_usage(folder)
    except OSError:
        return None
    return float(found.free), float(found.total)


def _gpus() -> tuple[GpuLoad, ...]:
    try:
        done = subprocess.run(_QUERY, capture_output=True, text=True, timeout=_PATIENCE, check=True)
        rows = [[float(cell) for cell in line.split(",")] for line in done.stdout.splitlines() if line.strip()]
    except (OSError, subprocess.SubprocessError, ValueError):
        return ()
    return tuple(GpuLoad(busy / 100, used * _MEBIBYTE, total * _MEBIBYTE) for busy, used, total in rows)
