"""Says who trains a run now, and whether how many there are can be changed."""

from __future__ import annotations

from ...core.errors import ArgumentError
from ...core.run_state.session_limits import MOST_JOBS
from ...core.training.sweep_spec import SweepSpec
from ...store.control.heartbeat import Heartbeat, WorkerStatus, read_heartbeat
from ...store.control.run_lock import check_held
from ...store.run.run_folder import RunFolder
from ...store.send_request import send_request

_ONE = "the article's stopping rule trains one trial at a time"
_CLUSTER = "the cluster decides how many workers there are"


def why_fixed(spec: SweepSpec, heartbeat: Heartbeat | None) -> str:
    """Return why the number of workers of a run that is being trained cannot be changed; empty where it can.

    Args:
        spec: the run's.
        heartbeat: its controller's, which says whether it trains on a cluster; None before the first.
    """
    if heartbeat is not None and heartbeat.dashboard:
        return _CLUSTER
    return _ONE if spec.leaks else ""


def check_jobs(spec: SweepSpec, jobs: int | None, *, cluster: bool) -> int | None:
    """Return a number of workers for a run, if one is given and can be had.

    Args:
        spec: the run's.
        jobs: how many; None for as many as the spec says.
        cluster: whether it is trained on a cluster.

    Raises:
        InputError: it is out of range, or not the user's to choose.
    """
    if jobs is None:
        return None
    if not 1 <= jobs <= MOST_JOBS:
        raise ArgumentError("jobs", jobs, f"choose from 1 to {MOST_JOBS:,}")
    if cluster:
        raise ArgumentError("jobs", jobs, f"{_CLUSTER}; leave it out")
    if spec.leaks and jobs > 1:
        raise ArgumentError("jobs", jobs, f"{_ONE}; choose 1")
    return jobs


def ask_for_workers(run: RunFolder, jobs: int, sender: str, otherwise: str) -> None:
    """Ask a run's controller to train with so many workers from now on.

    Args:
        run: the run.
        jobs: how many.
        sender: who asks, for its log.
        otherwise: what to do instead where the run is not active.

    Raises:
        InputError: the number is out of range or cannot be changed, or the run is not active.
    """
    check_jobs(run.spec, jobs, cluster=False)
    check_held(run.path, otherwise)
    heartbeat = read_heartbeat(run.path)
    check_jobs(run.spec, jobs, cluster=heartbeat is not None and bool(heartbeat.dashboard))
    send_request(run, "workers", sender, otherwise, jobs=jobs)


def workers_now(run: RunFolder, otherwise: str) -> list[WorkerStatus]:
    """Return the workers that train a run now, by their numbers.

    Args:
        run: the run.
        otherwise: what to do instead where the run is not active.

    Raises:
        InputError: the run is not active.
    """
    check_held(run.path, otherwise)
    heartbeat = read_heartbeat(run.path)
    return sorted(heartbeat.workers, key=lambda worker: worker.slot) if heartbeat is not None else []
