"""Creates a run, or opens one to resume it, and makes its controller."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..core.data.dataset import Dataset
from ..core.errors import ArgumentError, check_utf8
from ..core.masks.mask_kinds import DRAWERS
from ..core.networks.network_registry import NETWORKS
from ..core.run_state.run_events import Event
from ..core.run_state.session_limits import SessionLimits
from ..core.training.presets import in_proportion, preset
from ..core.training.sweep_spec import Machine, PresetName, SweepSpec, invalid
from ..core.training.trial_plan import plan
from ..datasets import load, origin
from ..store.environment_fingerprint import fingerprint
from ..store.opening_ledger import OpeningLedger, digest_of_test_images
from ..store.run.run_folder import RunFolder
from .cluster.cluster_address import ClusterAddress
from .controller import Controller
from .finish_hook import ON_FINISH
from .log_exports.tensorboard_log import logged
from .machine import machine_profile
from .machine.environment_drift import check_drift
from .machine.gpu_devices import devices
from .machine.machine_limits import usable_cores, workers_that_fit
from .machine.machine_profile import MachineProfile
from .machine.precision_support import precision_note
from .workers.network_building import network_of
from .workers.worker_slot import ProcessSlot


def default_machine(
    jobs: int | None = None, threads: int | None = None, chosen: MachineProfile | None = None
) -> Machine:
    """Return how to use this machine: as ``tune`` chose, or a worker of one thread for every core.

    At most as many as fit into memory; a container's quota of cores and its limit of memory count
    (:mod:`~xsample_tui.sweep.machine.machine_limits`). Two workers of one thread train more
    images a second than one of two.
    With ``jobs`` given, the cores are shared out among that many workers. Where there are GPUs, a worker for each;
    more ``jobs`` train side by side on them.

    Args:
        jobs, threads: workers, and threads of each, where the user wants a number.
        chosen: what ``tune`` chose (:func:`~xsample_tui.sweep.machine.machine_profile.load`); None for nothing.

    Raises:
        InputError: a number below 1.
    """
    for given in (jobs, threads):
        if given is not None and given < 1:
            raise ArgumentError("jobs" if given is jobs else "threads", given, "choose at least 1")
    count, most = usable_cores(), workers_that_fit()
    if jobs is None and threads is None and chosen is not None:
        return Machine(jobs=min(chosen.jobs, most), threads=chosen.threads, onednn=chosen.onednn)
    if jobs is None:
        jobs = min(most, len(devices()) or (count if threads is None else max(1, count // threads)))
    onednn = chosen.onednn if chosen is not None else Machine().onednn
    return Machine(jobs=jobs, threads=threads or max(1, count // jobs), onednn=onednn)


def new_spec(
    runs: Path,
    preset_name: PresetName,
    *,
    name: str | None = None,
    jobs: int | None = None,
    threads: int | None = None,
    cluster: ClusterAddress | None = None,
    windows: dict[str, Any] | None = None,
    training: dict[str, Any] | None = None,
    machine: dict[str, Any] | None = None,
    **changes: Any,
) -> SweepSpec:
    """Return a preset's spec with what the user wants otherwise, for this machine.

    Args:
        runs: the runs folder, in which a free name is looked for.
        preset_name: the preset.
        name: the run's name; by default the preset's with the date and a number.
        jobs, threads: workers, and threads of each; by default what suits the machine.
        cluster: where it is to be trained first, if not here; workers have one thread there, unless chosen otherwise.
        windows, training, machine, changes: fields that differ from the preset's.

    Raises:
        InputError: a value out of range, or values that do not go together.
    """
    if changes.get("streams") == "named":
        raise ArgumentError("streams", "named", "is for runs of 0.1.0 only; choose own or shared")
    if cluster is not None:
        jobs, threads = jobs or cluster.workers or None, threads or 1
    try:
        chosen = machine_profile.load()
        used = default_machine(jobs, threads, chosen)
        used = Machine(**(used.model_dump() | (machine or {})))
        if chosen is not None:
            training = {"micro_batch": chosen.micro_batch} | (training or {})
        spec = preset(
            preset_name, name or free_name(runs, preset_name), used, windows=windows, training=training, **changes
        )
        if spec.leaks and jobs is None:
            # Trials run one by one, so that all cores go to the one.
            one = used.model_copy(update={"jobs": 1, "threads": threads or used.jobs * used.threads})
            spec = spec.model_copy(update={"machine": one})
    except ValidationError as error:
        raise invalid(error) from error
    if spec.search == "refine" and spec.windows.stride == 1:
        raise ArgumentError(
            "search", "refine", "at a stride of 1 no window is left to join; choose 2 or more, or halving"
        )
    return spec


def free_name(runs: Path, preset: PresetName) -> str:
    """Return a name for a new run that no run of the folder has: the preset and today's date."""
    stem = f"{preset}-{time.strftime('%Y%m%d')}"
    names = (f"{stem}-{number}" for number in range(1, 10_000))
    return next(name for name in names if not (runs / name).exists())


def lay_out(runs: Path, spec: SweepSpec, dataset: Dataset | None = None, *, allow_drift: bool = False) -> RunFolder:
    """Load the data, plan the trials and make the run's folder.

    Args:
        runs: the runs folder.
        spec: the sweep; windows whose size was not given are in proportion to the images.
        dataset: the images, where a program holds them; None to load those of the spec's source.
        allow_drift: whether a network that is not deterministic may be trained; its results are marked.

    Raises:
        InputError: bad data, a window that does not fit, a name that is taken, a folder that cannot be written.
    """
    if dataset is None:
        dataset = load(spec.source, spec.reading)
    else:
        spec = spec.model_copy(update={"source": dataset.source})
    for named in (dataset.source, *dataset.class_names):
        check_utf8("data", named)
    spec = in_proportion(spec, *dataset.shape[:2])
    laid = plan(spec, dataset)
    described = network_of(spec, dataset.shape, dataset.classes, allow_drift=allow_drift)
    run = RunFolder.create(
        runs,
        spec,
        dataset,
        laid,
        fingerprint(spec.machine, spec.training.precision),
        described.network,
        _extensions(spec),
        described.weights,
    )
    if spec.article_protocol:
        # Every epoch of every trial is judged on the test set and may stop by it: it is not unseen any more.
        ledger = OpeningLedger(runs, digest_of_test_images(dataset, laid.split.test))
        ledger.enter("run", "the article's protocol: early stopping and selection by the test set", run.name)
    return run


def controller_maker(
    run: RunFolder | None, cluster: ClusterAddress | None, limits: SessionLimits | None
) -> Callable[..., Controller]:
    """Return what makes the controllers of a process that may train one run after another, as :func:`controller`.

    Args:
        run: the run for which a number of workers was given; None for none.
        cluster: where to train; None for this machine.
        limits: the process's. A deadline binds every run, until it is past: who begins then wants to train on.
    """
    given = limits or SessionLimits()

    def make(
        folder: RunFolder, on_event: Callable[[Event], None] = lambda event: None, *, allow_drift: bool = False
    ) -> Controller:
        own = run is not None and folder.path == run.path
        bounds = replace(given.current(), jobs=given.jobs if own else None)
        return controller(folder, on_event, allow_drift=allow_drift, cluster=cluster, limits=bounds)

    return make


def extension_notes(run: RunFolder) -> list[str]:
    """Return a line for each extension of a run that is not what it was when the run was laid out.

    None of them keeps the run from going on: its images, masks and layers are in its folder.
    """
    now = _extensions(run.spec)
    notes = []
    for what, then in run.document.extensions.items():
        if what not in now:
            notes.append(f"{what} came from {then}, which is not installed now; the run uses what it stored")
        elif now[what] != then:
            notes.append(f"{what} came from {then}, now it is {now[what]}; the run uses what it stored")
    return notes


def _extensions(spec: SweepSpec) -> dict[str, str]:
    """Return what of a spec other packages bring, and which."""
    found = {
        f"mask {spec.windows.mask}": DRAWERS.origin(spec.windows.mask),
        f"network {spec.network}": NETWORKS.origin(spec.network),
        f"data {spec.source}": origin(spec.source),
    }
    return {what: package for what, package in found.items() if package is not None}


def controller(
    run: RunFolder,
    on_event: Callable[[Event], None] = lambda event: None,
    *,
    allow_drift: bool = False,
    cluster: ClusterAddress | None = None,
    limits: SessionLimits | None = None,
    on_finish: str | None = None,
    log: str | None = None,
) -> Controller:
    """Return a controller that trains in worker processes of this machine, or on a cluster.

    On a cluster it does not matter whether this machine has changed: each worker's differences from what the run
    began with mark what is trained there.

    ``on_finish`` is the command for the sweep's end, failure or stall; None for the environment's
    ``XSAMPLE_ON_FINISH``. It is never taken from the run's folder: a run that somebody sends must not bring commands
    along. ``log`` is the kind of log that is written for other programs; None for the environment's ``XSAMPLE_LOG``.

    Raises:
        InputError: the machine or its software has changed, and ``allow_drift`` is False; or there is no such log.
    """
    on_finish = os.environ.get(ON_FINISH, "") if on_finish is None else on_finish
    on_event = logged(run, on_event, log)
    if cluster is not None:
        # Imported here: nothing of it is needed on one machine.
        from .cluster.dask_pool import DaskPool

        notes = extension_notes(run)
        return Controller(run, DaskPool(cluster, run), on_event, on_finish=on_finish, notes=notes, limits=limits)
    drifted = check_drift(run, allow=allow_drift)
    logs = run.path.resolve() / "logs"
    return Controller(
        run,
        lambda number: ProcessSlot(logs / f"worker-{number}.log", run.spec.machine, number),
        on_event,
        drifted=drifted,
        on_finish=on_finish,
        notes=[*extension_notes(run), *filter(None, [precision_note(run.spec)])],
        limits=limits,
    )
