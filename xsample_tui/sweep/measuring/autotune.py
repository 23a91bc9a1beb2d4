"""Measures which settings train fastest on this machine, in worker processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import wait
from dataclasses import dataclass, replace
from pathlib import Path

from ...core.training.sweep_spec import Machine
from ..machine.gpu_devices import devices
from ..machine.machine_limits import usable_cores, workers_that_fit
from ..machine.machine_profile import MachineProfile, machine
from ..workers.worker_slot import ProcessSlot, Slot

_PREPARE, _MEASURE = "xsample_tui.training.pace_measurement:prepare", "xsample_tui.training.pace_measurement:measure"
MICRO_BATCHES = (125, 250, 500)
_FIRST = 125
SECONDS = 3.0

MakeSlot = Callable[[int, Machine], Slot]


@dataclass(frozen=True)
class Pace:
    """One setting and what it gave.

    Attributes:
        jobs, threads, onednn, micro_batch: the setting.
        pictures_per_second: of all jobs together.
    """

    jobs: int
    threads: int
    onednn: bool
    micro_batch: int
    pictures_per_second: float


def process_slots(logs: Path) -> MakeSlot:
    """Return a maker of worker processes that log to a folder."""
    return lambda number, setting: ProcessSlot(logs / f"tune-{number}.log", setting, number)


def layouts(count: int, gpus: int = 0, most: int | None = None) -> list[tuple[int, int]]:
    """Return the (jobs, threads) to try on so many cores: or one, two, four trials on each GPU.

    Args:
        count: cores.
        gpus: GPUs.
        most: workers that fit into memory; None for any number.

    >>> layouts(8)
    [(8, 1), (4, 2), (1, 8)]
    >>> layouts(16, gpus=2)
    [(2, 8), (4, 4), (8, 2)]
    >>> layouts(16, most=3)
    [(3, 5), (1, 16)]
    """
    most = count if most is None else min(most, count)
    if gpus:
        return [(jobs, count // jobs) for jobs in (gpus, 2 * gpus, 4 * gpus) if jobs <= most] or [(most, 1)]
    found = [(most, count // most), (count // 2, 2), (1, count)]
    fitting = ((jobs, threads) for jobs, threads in found if 1 <= jobs <= most and jobs * threads <= count)
    return list(dict.fromkeys(fitting))


def tune(make: MakeSlot, seconds: float = SECONDS, count: int | None = None) -> Iterator[Pace]:
    """Measure one setting after the other; the best of them is :func:`best`'s to find.

    First the layouts with oneDNN; then the fastest without it; then, with what was best so far, other
    micro-batches, each step changing one thing.

    Args:
        make: makes a worker, given a number and the setting.
        seconds: how long each setting is measured.
        count: how many cores to use; by default all.
    """
    found: list[Pace] = []

    def run(jobs: int, threads: int, onednn: bool, micro: tuple[int, ...]) -> Iterator[Pace]:
        for pace in _paces(make, Machine(jobs=jobs, threads=threads, onednn=onednn), micro, seconds):
            found.append(pace)
            yield pace

    for jobs, threads in layouts(count or usable_cores(), len(devices()), workers_that_fit()):
        yield from run(jobs, threads, True, (_FIRST,))
    top = best(found)
    yield from run(top.jobs, top.threads, False, (_FIRST,))
    top = best(found)
    yield from run(top.jobs, top.threads, top.onednn, tuple(m for m in MICRO_BATCHES if m != _FIRST))


def best(paces: list[Pace]) -> Pace:
    """Return the fastest; of settings within 3 % of it, which noise may order anyhow, the one measured first."""
    top = max(pace.pictures_per_second for pace in paces)
    return next(pace for pace in paces if pace.pictures_per_second >= 0.97 * top)


def choice(pace: Pace) -> MachineProfile:
    """Return a pace as the choice for this machine."""
    return MachineProfile(
        jobs=pace.jobs,
        threads=pace.threads,
        onednn=pace.onednn,
        micro_batch=pace.micro_batch,
        pictures_per_second=round(pace.pictures_per_second, 1),
        cores=usable_cores(),
        machine=machine(),
    )


def _paces(make: MakeSlot, setting: Machine, micro_batches: tuple[int, ...], seconds: float) -> Iterator[Pace]:
    slots = [make(number, setting) for number in range(setting.jobs)]
    pace = Pace(setting.jobs, setting.threads, setting.onednn, 0, 0.0)
    try:
        for micro in micro_batches:
            # All are ready before any is measured, so that they are measured side by side.
            wait(started := [slot.submit(_PREPARE, micro) for slot in slots])
            for slot, future in zip(slots, started, strict=True):
                slot.result(future)
            rates = [slot.submit(_MEASURE, micro, seconds) for slot in slots]
            total = sum(float(slot.result(future)) for slot, future in zip(slots, rates, strict=True))
            yield replace(pace, micro_batch=micro, pictures_per_second=total)
    finally:
        for slot in slots:
            slot.close()
