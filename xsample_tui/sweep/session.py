"""A session: laying out a new run, or taking up one that exists, and the controller that works on it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..core.architecture import NETWORKS, build
from ..core.errors import InputError
from ..core.event import Event
from ..core.mask import DRAWERS
from ..core.preset import preset
from ..core.spec import Machine, PresetName, SweepSpec, invalid
from ..core.trial import plan
from ..datasets import load, origin
from ..store.fingerprint import fingerprint
from ..store.folder import RunFolder
from ..store.opening_ledger import OpeningLedger, digest_of_test_images
from . import tuned
from .cluster.address import ClusterAddress
from .controller import Controller
from .device import devices
from .drift import check_drift
from .guard import ON_FINISH
from .machine_limits import usable_cores, workers_that_fit
from .slot import ProcessSlot
from .tuned import Tuned


def default_machine(jobs: int | None = None, threads: int | None = None, chosen: Tuned | None = None) -> Machine:
    """Return how to use this machine: as ``tune`` chose, or a worker of one thread for every core.

    At most as many as fit into memory; a container's quota of cores and its limit of memory count
    (:mod:`~xsample_tui.sweep.machine_limits`). Two workers of one thread train more images a second than one of two.
    With ``jobs`` given, the cores are shared out among that many workers. Where there are GPUs, a worker for each;
    more ``jobs`` train side by side on them.

    Args:
        jobs, threads: workers, and threads of each, where the user wants a number.
        chosen: what ``tune`` chose (:func:`~xsample_tui.sweep.tuned.load`); None for nothing.

    Raises:
        InputError: a number below 1.
    """
    for given in (jobs, threads):
        if given is not None and given < 1:
            raise InputError("--jobs" if given is jobs else "--threads", given, "choose at least 1")
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
        cluster: where it is to be trained first, if not here; workers have one thread there, unless told otherwise.
        windows, training, machine, changes: fields that differ from the preset's.

    Raises:
        InputError: a value out of range, or values that do not go together.
    """
    if changes.get("streams") == "named":
        raise InputError("--streams", "named", "is how runs of 0.1.0 were laid out; choose own or shared")
    if cluster is not None:
        jobs, threads = jobs or cluster.workers or None, threads or 1
    try:
        chosen = tuned.load()
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
    return spec


def free_name(runs: Path, preset: PresetName) -> str:
    """Return a name for a new run that no run of the folder has: the preset and today's date."""
    stem = f"{preset}-{time.strftime('%Y%m%d')}"
    names = (f"{stem}-{number}" for number in range(1, 10_000))
    return next(name for name in names if not (runs / name).exists())


def lay_out(runs: Path, spec: SweepSpec) -> RunFolder:
    """Load the data, plan the trials and make the run's folder.

    Raises:
        InputError: bad data, a window that does not fit, a name that is taken, a folder that cannot be written.
    """
    dataset = load(spec.source)
    network = build(spec.network, dataset.shape, dataset.classes)
    laid = plan(spec, dataset)
    run = RunFolder.create(
        runs,
        spec,
        dataset,
        laid,
        fingerprint(spec.machine),
        network,
        _extensions(spec),
    )
    if spec.article_protocol:
        # Every epoch of every trial is judged on the test set and may stop by it: it is not unseen any more.
        ledger = OpeningLedger(runs, digest_of_test_images(dataset, laid.split.test))
        ledger.enter("run", "the article's protocol: stops and selects by the test set", run.name)
    return run


def extension_notes(run: RunFolder) -> list[str]:
    """Return a line for each extension of a run that is not what it was when the run was laid out.

    None of them keeps the run from going on: its pictures, masks and layers are in its folder.
    """
    now = _extensions(run.spec)
    notes = []
    for what, then in run.document.extensions.items():
        if what not in now:
            notes.append(f"{what} came from {then}, which is not installed now; the run goes on with what it stored")
        elif now[what] != then:
            notes.append(f"{what} came from {then}, now it is {now[what]}; the run goes on with what it stored")
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
) -> Controller:
    """Return a controller that trains in worker processes of this machine, or on a cluster.

    On a cluster it does not matter whether this machine has changed: each worker's differences from what the run
    began with mark what is trained there.

    The environment's ``XSAMPLE_ON_FINISH`` is the command for the sweep's end, failure or stall. It is never taken
    from the run's folder: a run that somebody sends must not bring commands along.

    Raises:
        InputError: the machine or its software has changed, and ``allow_drift`` is False.
    """
    on_finish = os.environ.get(ON_FINISH, "")
    if cluster is not None:
        # Imported here: nothing of it is needed on one machine.
        from .cluster.roster import ClusterRoster

        notes = extension_notes(run)
        return Controller(run, ClusterRoster(cluster, run), on_event, on_finish=on_finish, notes=notes)
    drifted = check_drift(run, allow=allow_drift)
    logs = run.path.resolve() / "logs"
    return Controller(
        run,
        lambda number: ProcessSlot(logs / f"worker-{number}.log", run.spec.machine, number),
        on_event,
        drifted=drifted,
        on_finish=on_finish,
        notes=extension_notes(run),
    )
