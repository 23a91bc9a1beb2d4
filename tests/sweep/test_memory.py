"""Memory stays flat over a long sweep: controller and workers."""

import threading
import time
from pathlib import Path

import psutil
import pytest

from tests.harness.runs import make_run
from xsample_tui.core.networks.network import article_network
from xsample_tui.core.networks.receptive_field import crop_of
from xsample_tui.core.run_state.requests import Request
from xsample_tui.store.control.request_inbox import RequestInbox
from xsample_tui.sweep.controller import LEASE, Controller
from xsample_tui.sweep.workers.worker_slot import ProcessSlot


def resident(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 2**20


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_four_hundred_trials_leave_memory_as_after_twenty(tmp_path: Path) -> None:
    run = make_run(
        tmp_path, jobs=1, windows={"height": 2, "width": 2, "stride": 1}, training={"epochs": 1}, baselines=351
    )
    assert len(run.document.trials) == 400
    # One window of every crop shape comes first: each shape's trace stays in memory, by design.
    network = article_network(run.dataset.shape, run.document.classes)
    shapes = {crop_of(network, run.plan.mask(t.name)).shape: t.name for t in run.document.trials}
    assert len(shapes) <= 20
    RequestInbox(run.path).put(Request(action="front", trials=tuple(shapes.values())))
    slot = ProcessSlot(run.path / "logs" / "worker-0.log", run.spec.machine)
    controller = Controller(run, lambda number: slot, lease=LEASE)
    me = psutil.Process()
    curve: list[tuple[int, float, float]] = []
    thread = threading.Thread(target=controller.work)
    thread.start()
    while thread.is_alive():
        done = run.progress().counts()["done"]
        if not curve or done >= curve[-1][0] + 20:
            workers = [p for p in me.children() if "resource_tracker" not in " ".join(p.cmdline())]
            curve.append((done, resident(me), sum(resident(p) for p in workers)))
        time.sleep(0.2)
    for done, controller_size, worker_size in curve:
        print(f"{done:4d} trials: controller {controller_size:7.1f} MiB, worker {worker_size:7.1f} MiB")
    after_20 = next(point for point in curve if point[0] >= 20)
    end = curve[-1]
    assert end[0] >= 370
    assert end[1] <= after_20[1] * 1.05
    assert end[2] <= after_20[2] * 1.05
