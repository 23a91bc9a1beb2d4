"""A sweep on a Dask cluster: what it loses against worker processes of this machine, and how far it scales.

``python -m benchmarks.cluster efficiency`` trains two baselines on the demo digits, once in the local executor's two
processes and once on a LocalCluster of two workers, and compares images a second from event to event, commits every
10 s included.

``python -m benchmarks.cluster simulate [--workers 64] [--trials 400] [--seconds 10 5 2 1]`` has light workers, many
to a process, return states of the real size after so many seconds. Scheduler, crowd and controller are processes of
their own. It prints the share of the workers' time that was spent in leases, what controller and scheduler used a
lease, how long its commit took, and their memory. ``--direct`` fetches states from the workers themselves, not
through the scheduler.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from xsample_tui.core.data.dataset import Dataset
from xsample_tui.core.run_state.run_events import EpochDone, Event
from xsample_tui.core.training.presets import preset
from xsample_tui.core.training.sweep_spec import Machine
from xsample_tui.core.training.trial_plan import plan
from xsample_tui.store.environment_fingerprint import fingerprint
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep import run_setup
from xsample_tui.sweep.cluster.cluster_address import read_address
from xsample_tui.sweep.cluster.dask_pool import DaskPool
from xsample_tui.sweep.controller import Controller

_PER_PROCESS = 16
_MIB = 2**20


# -- efficiency ------------------------------------------------------------------------------------------------------


def rate(folder: Path, name: str, cluster: str | None, seconds: float) -> float:
    """Return images a second of both workers together, once each has two epochs behind it."""
    spec = run_setup.new_spec(folder, "quick", name=name, jobs=2, threads=1, baselines=2, training={"epochs": 10_000})
    run = run_setup.lay_out(folder, spec)
    update: dict[str, list[float]] = {}
    enough = threading.Event()
    began: list[float] = []

    def listen(event: Event) -> None:
        if not isinstance(event, EpochDone):
            return
        update.setdefault(event.trial, []).append(event.at)
        if not began and len(update) == 2 and min(map(len, update.values())) >= 2:
            began.append(event.at)
        counted = [sum(at >= began[0] - 1e-6 for at in times) for times in update.values()] if began else [0]
        # Where others use the machine, a worker may not get on for long.
        if began and event.at - began[0] > seconds and min(counted) >= 3:
            enough.set()

    work = run_setup.controller(run, listen, cluster=read_address(cluster) if cluster else None)

    def train() -> None:
        try:
            work.work()
        finally:
            # However it has ended, nothing is to be waited for any more.
            enough.set()

    thread = threading.Thread(target=train)
    thread.start()
    enough.wait()
    work.stop(now=True)
    thread.join()
    images = len(run.plan.split.fit)
    total = 0.0
    for times in update.values():
        counted = [at for at in times if at >= began[0] - 1e-6]
        total += images * (len(counted) - 1) / (counted[-1] - counted[0])
    return total


def efficiency(seconds: float) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        local = rate(Path(name), "local", None, seconds)
        cluster = rate(Path(name), "cluster", "local:2", seconds)
    print(f"local {local:,.0f} images/s, LocalCluster {cluster:,.0f} images/s: {cluster / local:.1%}", flush=True)


# -- simulation ------------------------------------------------------------------------------------------------------


def make_run(folder: Path, trials: int, leases: int) -> Timed:
    """Lay out a sweep of one window a pixel on made-up images, each trained for as many epochs as leases."""
    side = 28
    lot = np.random.default_rng(0)
    images = lot.integers(0, 256, (60, side, side, 1), np.uint8)
    dataset = Dataset("made", images, (np.arange(60) % 3).astype(np.int64), 3, 60)
    machine = Machine(jobs=1, checkpoint_seconds=0)
    spec = preset(
        "quick",
        "simulated",
        machine,
        windows={"height": 9, "width": 9, "stride": 1},
        training={"epochs": leases},
        baselines=0,
        source="made",
    )
    whole = plan(spec, dataset)
    names = tuple(trial.name for trial in whole.trials[:trials])
    spec = spec.model_copy(update={"windows": spec.windows.model_copy(update={"only": names})})
    return Timed(RunFolder.create(folder, spec, dataset, plan(spec, dataset), fingerprint(machine)).path)


class Timed(RunFolder):
    """A run that knows how long its commits took, in seconds, which is most of what they cost: fsync waits."""

    committing = 0.0

    def commit(self, trial: str, epoch: int, data: bytes, *, finished: bool) -> None:
        began = time.monotonic()
        super().commit(trial, epoch, data, finished=finished)
        self.committing += time.monotonic() - began


@contextlib.contextmanager
def crowded(folder: Path, workers: int, seconds: float, size: int) -> Iterator[tuple[str, psutil.Process]]:
    """Start a scheduler and a crowd; give the address and the scheduler's process."""
    environment = os.environ | {"LIGHT_SECONDS": str(seconds), "LIGHT_BYTES": str(size), "PYTHONPATH": os.getcwd()}
    file = folder / "scheduler.json"
    with open(folder / "dask.log", "ab") as log:
        common: dict[str, Any] = {"env": environment, "stdout": log, "stderr": log}
        scheduler = subprocess.Popen(
            [sys.executable, "-m", "dask", "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
             "--scheduler-file", str(file)],
            **common,
        )  # fmt: skip
        crowd = []
        try:
            while not file.exists() or not file.read_text():
                time.sleep(0.1)
            url = str(json.loads(file.read_text())["address"])
            for first in range(0, workers, _PER_PROCESS):
                count = min(_PER_PROCESS, workers - first)
                command = [sys.executable, "-m", "benchmarks.crowd", url, str(count), str(first), str(folder)]
                crowd.append(subprocess.Popen(command, stdin=subprocess.PIPE, **common))
            yield url, psutil.Process(scheduler.pid)
        finally:
            for process in (*crowd, scheduler):
                process.kill()
                process.wait()


def simulate(workers: int, trials: int, leases: int, seconds: float, size: int) -> None:
    """Run a sweep on a crowd and print what it took."""
    with tempfile.TemporaryDirectory() as name, crowded(Path(name), workers, seconds, size) as (url, scheduler):
        run = make_run(Path(name), trials, leases)
        worker_pool = DaskPool(read_address(url), run)
        began: list[tuple[float, float, float]] = []
        ends: list[float] = []

        def listen(event: Event) -> None:
            if isinstance(event, EpochDone):
                ends.append(time.monotonic())

        me = psutil.Process()
        most = {"scheduler": 0.0, "controller": 0.0}

        def used(process: psutil.Process) -> float:
            times = process.cpu_times()
            return float(times.user + times.system)

        class Waiting(DaskPool):
            """Lets the sweep begin once all workers are there."""

            def open(self, wanted: Any) -> None:
                super().open(wanted)
                while len(super().slots()) < workers:
                    time.sleep(0.1)
                began.append((time.monotonic(), used(me), used(scheduler)))

        worker_pool = Waiting(read_address(url), run)
        controller = Controller(run, worker_pool, listen, lease="benchmarks.light_lease:run")
        thread = threading.Thread(target=controller.work)
        thread.start()
        while thread.is_alive():
            for who, process in (("scheduler", scheduler), ("controller", me)):
                most[who] = max(most[who], process.memory_info().rss / _MIB)
            time.sleep(0.2)
        at, mine, its = began[0]
        wall = ends[-1] - at
        count = trials * leases
        share = count * seconds / (workers * wall)
        # At the end some workers have nothing left to do: what whole rounds of leases would take at best.
        best = -(-trials // workers) * leases * seconds
        cpu = tuple(1000 * spent / count for spent in (used(me) - mine, used(scheduler) - its))
        load = " ".join(f"{number:.1f}" for number in os.getloadavg())
        print(
            f"{time.strftime('%Y-%m-%d %H:%M')}, load {load}: "
            f"{workers} workers, {trials} trials x {leases} leases of {seconds:g} s, {size / 1e6:.0f} MB: "
            f"{wall:.1f} s, {count / wall:.1f} leases/s, {share:.1%} of the workers' time in leases "
            f"({best / wall:.1%} of what whole rounds allow); a lease takes {cpu[0]:.0f} ms CPU of the controller, "
            f"{cpu[1]:.0f} ms of the scheduler, and {1000 * run.committing / count:.0f} ms in its commit; "
            f"most memory: scheduler {most['scheduler']:.0f} MiB, controller {most['controller']:.0f} MiB",
            flush=True,
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("what", choices=("efficiency", "simulate"))
    parser.add_argument("--workers", type=int, default=64)
    parser.add_argument("--trials", type=int, default=400)
    parser.add_argument("--leases", type=int, default=2, help="leases a trial")
    parser.add_argument("--seconds", type=float, nargs="+", default=[10.0], help="a lease lasts; efficiency: measure")
    parser.add_argument("--bytes", type=int, default=14_000_000, help="of a state")
    parser.add_argument("--direct", action="store_true")
    given = parser.parse_args()
    if given.what == "efficiency":
        efficiency(given.seconds[0])
        return
    if given.direct:
        import dask

        dask.config.set({"xsample-tui.direct-to-workers": True})
    for seconds in given.seconds:
        simulate(given.workers, given.trials, given.leases, seconds, given.bytes)


if __name__ == "__main__":
    main()
