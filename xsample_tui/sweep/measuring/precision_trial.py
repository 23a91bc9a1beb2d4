"""Tries bfloat16 beside float32 on this machine: how much faster it is, and whether its errors are others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from statistics import fmean, stdev, variance
from typing import Any

from ...core.shell_command import shell_command
from ...core.training.sweep_spec import Machine
from ..workers.worker_slot import Slot
from .autotune import SECONDS, MakeSlot, Pace

_MODULE = "xsample_tui.training.pace_measurement"
SEEDS = 8
_ROUNDS = 2
# As in the choice of a setting: less may be noise.
_FASTER = 1.03


@dataclass(frozen=True)
class PrecisionTrial:
    """What bfloat16 gave beside float32.

    Attributes:
        window, whole: its images a second over float32's, under a central 9x9 window and on whole images.
        float32, bfloat16: wrong images of each seed's training in either.
        images: how many were judged.
    """

    window: float
    whole: float
    float32: tuple[int, ...]
    bfloat16: tuple[int, ...]
    images: int

    @property
    def difference(self) -> tuple[float, float, float]:
        """Additional errors in bfloat16: the mean over seeds, and its 95 % interval."""
        from scipy.special import stdtrit

        found = [b - a for a, b in zip(self.float32, self.bfloat16, strict=True)]
        mean, count = fmean(found), len(found)
        reach = float(stdtrit(count - 1, 0.975)) * stdev(found) / math.sqrt(count)
        return mean, mean - reach, mean + reach

    @property
    def noise(self) -> float:
        """By how many errors trainings of one precision differ from seed to seed, as a standard deviation."""
        return math.sqrt(fmean([variance(self.float32), variance(self.bfloat16)]))

    @property
    def agrees(self) -> bool:
        """Whether bfloat16 has no more additional errors than another seed may have: two standard deviations."""
        return self.difference[2] <= 2 * self.noise

    @property
    def faster(self) -> bool:
        """Whether it is faster under a window, and not slower on whole images."""
        return self.window >= _FASTER and self.whole >= 1

    @property
    def proposed(self) -> bool:
        """Whether it is worth using here: faster, with errors that agree."""
        return self.faster and self.agrees

    def sentence(self) -> str:
        """Return the figures and what follows from them, in one line."""
        mean, low, high = self.difference
        figures = (
            f"bfloat16: {self.window:.2f} times float32's images/s under a window, {self.whole:.2f} times on whole "
            f"images; under a window {fmean(self.bfloat16):.1f} of {self.images:,} images wrong against "
            f"{fmean(self.float32):.1f}, {mean:+.1f} (95 % {low:+.1f} to {high:+.1f}), where seeds differ by "
            f"{self.noise:.1f}"
        )
        if self.proposed:
            again = shell_command("run", "--precision", "bfloat16")
            return f"{figures}: faster, and errors agree within noise; use it with: {again}"
        reasons = [] if self.faster else ["not faster"]
        reasons += [] if self.agrees else ["errors do not clearly agree within noise"]
        return f"{figures}: {' and '.join(reasons)}; float32 is proposed"


def try_bfloat16(make: MakeSlot, pace: Pace, seconds: float = SECONDS, seeds: int = SEEDS) -> PrecisionTrial:
    """Measure bfloat16 beside float32, in turn, in workers as a setting has them.

    Args:
        make: makes a worker, given a number and the setting.
        pace: the setting, with its micro-batch.
        seconds: how long each rate is measured.
        seeds: how many trainings of each precision are judged.
    """
    setting = Machine(jobs=pace.jobs, threads=pace.threads, onednn=pace.onednn)
    slots = [make(number, setting) for number in range(setting.jobs)]
    try:
        window, whole = (_speedup(slots, pace.micro_batch, seconds, whole=whole) for whole in (False, True))
        found: dict[str, list[tuple[int, int]]] = {"float32": [], "bfloat16": []}
        for first in range(0, seeds, len(slots)):
            for precision, judged in found.items():
                some = range(first, min(first + len(slots), seeds))
                judged += _all(
                    slots,
                    [
                        slots[i].submit(f"{_MODULE}:count_errors", seed, pace.micro_batch, precision)
                        for i, seed in enumerate(some)
                    ],
                )
    finally:
        for slot in slots:
            slot.close()
    wrong = {precision: tuple(count for count, _ in judged) for precision, judged in found.items()}
    return PrecisionTrial(window, whole, wrong["float32"], wrong["bfloat16"], found["float32"][0][1])


def _speedup(slots: Sequence[Slot], micro_batch: int, seconds: float, *, whole: bool) -> float:
    rates = {"float32": 0.0, "bfloat16": 0.0}
    # In turn, so that what else the machine does slows both.
    for _ in range(_ROUNDS):
        for precision in rates:
            # All are ready before any is measured, so that they are measured side by side.
            _all(slots, [slot.submit(f"{_MODULE}:prepare", micro_batch, precision, whole) for slot in slots])
            measured = (micro_batch, seconds / _ROUNDS, precision, whole)
            rates[precision] += sum(_all(slots, [slot.submit(f"{_MODULE}:measure", *measured) for slot in slots]))
    return rates["bfloat16"] / rates["float32"]


def _all(slots: Sequence[Slot], futures: Sequence[Future[Any]]) -> list[Any]:
    """Return what the first slots give, one future each."""
    wait(futures)
    return [slot.result(future) for slot, future in zip(slots, futures, strict=False)]
