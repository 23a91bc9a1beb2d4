"""Estimates what a sweep will take, from a short measurement in its own workers."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import wait
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, pstdev

import numpy as np
from numpy.typing import NDArray

from ...core.errors import XSampleError, printable
from ...core.masks.mask_kinds import DRAWERS, Canvas, Mask
from ...core.networks.keras_network import KerasNetwork, crop_shape
from ...core.run_state.eta import Estimate
from ...core.scout.scout_order import MOST_IMAGES, scout_epochs
from ...core.training.sweep_spec import SweepSpec
from ...core.training.timing_probe import ProbeOrder, ProbeResult
from ..workers.network_building import network_of
from ..workers.worker_slot import ProcessSlot
from .plan_size import plan_size, wanted_windows

PROBE = "xsample_tui.training.probe_runner:measure"
_KINDS, _ROUNDS = 3, 3
_IMAGES = 500
_MOST_WORKERS = 4
# A few seconds cannot promise more about hours.
_LEAST_SPREAD = 0.2
_TICK = 0.1
# The share of the cores that other programs may take before an estimate says so.
_BUSY = 0.7


class Cancelled(XSampleError):
    """Nobody wants the measurement any more."""


@dataclass(frozen=True)
class CostEstimate:
    """What a sweep will take.

    Attributes:
        windows, baselines: how many trials of each.
        disk: bytes of the finished run, about, with its copy of the images.
        seconds: of wall time, the scout's included.
        at_most: whether a stopping rule may end trials earlier, or fewer windows may join than can.
        workers: how many were measured at once.
        took: seconds that the measurement took.
        load: processes that wanted to compute before it, on average.
        judged: images that trials are judged on.
        note: why the network is not trained on crops; empty where it is.
        rungs: how many windows go on and join at each rung, in words; empty without rungs.
        joined: how many windows join those that the sweep begins with, at most.
        scout: seconds of these that the scout takes before the trials: one worker trains it, all evaluate it; 0
            without one.
    """

    windows: int
    baselines: int
    disk: float
    seconds: Estimate
    at_most: bool
    workers: int
    took: float
    load: float
    judged: int
    note: str = ""
    scout: float = 0.0
    rungs: str = ""
    joined: int = 0

    @property
    def busy(self) -> bool:
        """Whether other programs took so many cores that the sweep may be faster than estimated."""
        return self.load > _BUSY * (os.cpu_count() or 1)


def estimate_cost(
    spec: SweepSpec,
    shape: tuple[int, int, int],
    classes: int,
    sizes: Mapping[str, int],
    wanted: Callable[[], bool] = lambda: True,
    entry: str = PROBE,
) -> CostEstimate:
    """Measure a few micro-batches of each kind of trial and estimate the sweep's time. It blocks for some seconds.

    As many workers are measured at once as will train, up to four. Of the windows three are measured, small, middle
    and large by the cells that can vary; the others lie between.

    Args:
        spec: the drafted sweep.
        shape, classes: of the images.
        sizes: images of fit, stop, select and test.
        wanted: asked all the time; once it says no, the workers are ended.
        entry: ``module:function`` that measures.

    Raises:
        Cancelled: ``wanted`` said no.
        XSampleError: a worker failed.
    """
    began, load = time.monotonic(), os.getloadavg()[0]
    network = network_of(spec, shape, classes, allow_drift=True).network
    masks = window_masks(spec, shape)
    shapes = [crop_shape(network, mask) for mask in masks]
    areas = np.array([one.size[0] * one.size[1] for one in shapes])
    order = np.argsort(areas, kind="stable")
    picked = [int(order[i]) for i in np.unique(np.linspace(0, len(order) - 1, _KINDS).astype(int))] if masks else []
    batch = spec.training.batch_size
    probe = ProbeOrder(
        network=network,
        training=spec.training,
        masks=(np.ones(shape[:2], np.bool_), *(masks[i] for i in picked)),
        images=min(max(_IMAGES // batch, 1) * batch, _IMAGES) if batch <= _IMAGES else _IMAGES,
        rounds=_ROUNDS,
        threads=spec.machine.threads,
    )
    jobs = 1 if spec.leaks else spec.machine.jobs
    workers = min(jobs, _MOST_WORKERS)
    found = _measure(probe, spec, workers, wanted, entry)
    costs = [_seconds(found, i, spec, sizes) for i in range(len(probe.masks))]
    middle = [fmean(cost) for cost in costs]
    each = np.interp(areas, areas[picked], middle[1:]) if picked else np.empty(0)
    work = spec.baselines * middle[0] + float(each.sum()) * spec.share_trained(len(masks), shape[:2])
    traces = fmean(t for result in found for t in result.tracing) * (len(set(shapes)) + bool(spec.baselines))
    total = work / max(min(jobs, spec.baselines + len(masks)), 1)
    total += traces + fmean(result.starting for result in found)
    scout = _scout_seconds(found, picked, areas, spec, sizes["fit"], jobs) if spec.scout and masks else 0.0
    total += scout
    doubt = max(2 * max(pstdev(cost) / fmean(cost) / len(cost) ** 0.5 for cost in costs), _LEAST_SPREAD)
    plan = plan_size(spec, shape, network)
    return CostEstimate(
        windows=len(masks),
        baselines=spec.baselines,
        disk=(plan.disk or 0.0) + float(np.prod(shape)) * sum(sizes.values()),
        seconds=Estimate(total * max(1 - doubt, 0.1), total, total * (1 + doubt)),
        at_most=spec.training.stopping != "epochs" or plan.joined > 0,
        rungs=plan.rungs,
        joined=plan.joined,
        workers=workers,
        took=time.monotonic() - began,
        load=load,
        judged=sizes["select"],
        note=network.note() if isinstance(network, KerasNetwork) else "",
        scout=scout,
    )


def window_masks(spec: SweepSpec, shape: tuple[int, int, int]) -> list[Mask]:
    """Return the windows' masks; those that depend on ink are drawn as if it lay everywhere."""
    canvas = Canvas(np.full(shape[:2], 1 / (shape[0] * shape[1])), spec.seed)
    return [DRAWERS[spec.windows.mask](window, canvas) for window in wanted_windows(spec, shape)]


def _seconds(found: list[ProbeResult], index: int, spec: SweepSpec, sizes: Mapping[str, int]) -> list[float]:
    """Return how long a trial of a kind takes, once for each round measured."""
    judged = sizes["select"] + sizes["stop"]
    return [
        spec.training.epochs * (sizes["fit"] * training + judged * evaluation)
        + (sizes["select"] + sizes["test"]) * evaluation
        for result in found
        for training, evaluation in zip(result.training[index], result.evaluation[index], strict=True)
    ]


def _scout_seconds(
    found: list[ProbeResult], picked: list[int], areas: NDArray[np.int64], spec: SweepSpec, fit: int, jobs: int
) -> float:
    """Return how long the scout takes: trained on whole images by one worker, evaluated under every window by all."""
    rates = [[fmean(result.evaluation[1 + kind]) for result in found] for kind in range(len(picked))]
    evaluation = np.interp(areas, areas[picked], [fmean(rate) for rate in rates])
    training = fmean(seconds for result in found for seconds in result.training[0])
    evaluated = min(MOST_IMAGES, fit) * float(evaluation.sum()) / min(jobs, len(areas))
    return scout_epochs(spec.training) * fit * training + evaluated


def _measure(
    probe: ProbeOrder, spec: SweepSpec, workers: int, wanted: Callable[[], bool], entry: str
) -> list[ProbeResult]:
    with tempfile.TemporaryDirectory() as folder:
        slots = [ProcessSlot(Path(folder) / f"{number}.log", spec.machine, number) for number in range(workers)]
        try:
            futures = [slot.submit(entry, probe) for slot in slots]
            while wait(futures, timeout=_TICK).not_done:
                if not wanted():
                    raise Cancelled("the measurement is not wanted any more")
            return [slot.result(future) for slot, future in zip(slots, futures, strict=True)]
        except XSampleError:
            raise
        except Exception as error:
            raise XSampleError(f"the measurement failed: {printable(error, 300)}") from error
        finally:
            for slot in slots:
                slot.kill()
