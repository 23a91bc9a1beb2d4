"""Estimates a sweep's time, disk space and detectable effects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..core.training.presets import in_proportion
from ..core.training.sweep_spec import SweepSpec
from ..core.training.trial_plan import plan
from ..datasets import load
from ..sweep.machine.precision_support import precision_note
from ..sweep.measuring.cost_estimate import CostEstimate, estimate_cost
from .what_can_be_found import what_can_be_found


@dataclass(frozen=True)
class SweepEstimate:
    """The cost of a drafted sweep.

    Attributes:
        cost: windows, baselines, bytes on disk, and seconds with their range.
        findable: which differences it could find, in sentences.
        note: why its precision makes it slower on this machine; empty where it does not.
    """

    cost: CostEstimate
    findable: tuple[str, ...]
    note: str = ""


def estimate_sweep(spec: SweepSpec, runs: Path) -> SweepEstimate:
    """Measure a few micro-batches of each kind of trial; it takes some seconds, and nothing is started.

    Args:
        spec: the drafted sweep.
        runs: the runs folder; a finished run there on the same data gives the number of errors to expect.

    Raises:
        InputError: bad data, or windows that do not fit, as when the sweep is laid out.
        XSampleError: the measurement failed.
    """
    dataset = load(spec.source, spec.reading)
    spec = in_proportion(spec, *dataset.shape[:2])
    planned = plan(spec, dataset)
    cost = estimate_cost(spec, dataset.shape, dataset.classes, planned.split.sizes())
    return SweepEstimate(cost, tuple(what_can_be_found(cost, runs, spec.source)), precision_note(spec))
