"""The process that starts and owns a Dask cluster.

``python -m xsample_tui.sweep.cluster.cluster_process KIND N MACHINE`` starts a cluster, writes one line of
JSON to stdout (its address, or why there is none), and ends when its stdin does, however the controller has ended. A
process of its own, so that what Dask and TensorFlow print goes to a file and not over the interface, and the
scheduler does not share Python's lock with the thread that draws.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from typing import Any

from ...core.errors import printable
from ...core.training.sweep_spec import Machine
from ..workers.worker_slot import environment

SETTINGS: dict[str, Any] = {
    # A lease is bound to its worker, which holds the trial's state. When the worker dies, the lease ends with it at
    # once: the controller knows what is on disk, sends it to another worker and gives a trial up after 3 deaths in
    # a row without an epoch. For the same reason leases are sent without retries.
    "distributed.scheduler.allowed-failures": 0,
    "distributed.scheduler.work-stealing": False,
    # Twice the silence after which the controller starts a worker afresh, so that this only clears up after it.
    # TensorFlow holds Python's lock for some seconds while it traces; that is far below.
    "distributed.scheduler.worker-ttl": "120s",
    # States and images are held outside Dask's memory, so that there is nothing to spill or to thin out; a limit
    # would end workers that TensorFlow makes large.
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
    # It samples every thread's stack a hundred times a second.
    "distributed.worker.profile.enabled": False,
}
# Dask closes a nanny for good where its worker is not there this long after any of its deaths, also when it has been
# back meanwhile and has died once more. Here nannies are looked after by :func:`mend`.
LOCAL_SETTINGS: dict[str, Any] = {"distributed.deploy.lost-worker-timeout": "3650 days"}
WORKERS_KEY = "xsample-tui.workers"
_MEND_EVERY = 2.0


def start(kind: str, count: int, machine: Machine) -> Any:
    """Return a started cluster.

    Args:
        kind: ``local``, ``slurm``, ``pbs`` or ``kubernetes``.
        count: workers for ``local``; for the others, Dask's configuration says how many.
        machine: threads and oneDNN, which TensorFlow reads from the environment when it is imported.

    Raises:
        Exception: whatever keeps it from starting.
    """
    import dask

    dask.config.set(SETTINGS)
    if kind == "local":
        from distributed import LocalCluster

        dask.config.set(LOCAL_SETTINGS)
        return LocalCluster(
            n_workers=count,
            # One lease at a time; how many threads TensorFlow uses is in the environment.
            threads_per_worker=1,
            processes=True,
            memory_limit=0,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:8787",
            env=environment(machine),
        )
    workers = dask.config.get(WORKERS_KEY, None)
    if not isinstance(workers, int) or workers < 1:
        raise ValueError("say in Dask's configuration how many workers to start, as `xsample-tui: {workers: 16}`")
    if kind == "kubernetes":
        from dask_kubernetes.operator import KubeCluster

        return KubeCluster(n_workers=workers, env=environment(machine))
    import dask_jobqueue

    cluster = {"slurm": dask_jobqueue.SLURMCluster, "pbs": dask_jobqueue.PBSCluster}[kind]()
    cluster.scale(workers)
    return cluster


def mend(cluster: Any, count: int) -> None:
    """Start workers again whose nanny has given up, as it does when its worker dies while it starts.

    To be called on the cluster's loop.

    Args:
        cluster: a LocalCluster.
        count: workers it is to have.
    """
    from distributed.core import Status

    for name, nanny in list(cluster.workers.items()):
        if nanny.status in (Status.closed, Status.failed):
            del cluster.workers[name]
    cluster.scale(count)


def main() -> None:
    """Hold a cluster until stdin ends."""
    kind, count, machine = sys.argv[1], int(sys.argv[2]), Machine.model_validate_json(sys.argv[3])
    for name in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    # Everything but the one line goes to the log, which is stderr.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        cluster = start(kind, count, machine)
    except Exception as error:
        print(json.dumps({"error": f"{type(error).__name__}: {printable(error, 300)}"}), file=out, flush=True)
        raise SystemExit(1) from error
    print(
        json.dumps({"address": cluster.scheduler_address, "dashboard": cluster.dashboard_link}), file=out, flush=True
    )
    # Nothing is ever written to stdin: it can be read when it ends.
    while not select.select([sys.stdin], [], [], _MEND_EVERY)[0]:
        if kind == "local":
            cluster.loop.add_callback(mend, cluster, count)
    cluster.close()


if __name__ == "__main__":
    main()
