"""The interface in tests: its runs, a controller with the fake lease, waiting, and what is drawn."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from textual.pilot import Pilot

from tests.harness.fake_lease import metrics_of
from tests.harness.runs import make_run, noise_images
from tests.harness.until import SECONDS
from xsample_tui.core.run_state.requests import Request
from xsample_tui.core.run_state.run_events import EVENT, Event
from xsample_tui.core.training.checkpoint_format import encode
from xsample_tui.core.training.early_stopping import initial_state
from xsample_tui.core.training.sweep_spec import PresetName
from xsample_tui.core.training.trial_state import TrialState
from xsample_tui.store.control.heartbeat import Heartbeat, write_heartbeat
from xsample_tui.store.control.other_host import kernel
from xsample_tui.store.control.request_inbox import RequestInbox
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.controller import Controller
from xsample_tui.sweep.workers import worker_process
from xsample_tui.sweep.workers.worker_slot import Slot
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.session.run_session import RunSession
from xsample_tui.tui.sweep.sweep_screen import SweepScreen

LEASE = "tests.harness.fake_lease:run_smooth"
NOW = 1_790_000_000.0


def make_shown_run(
    runs: Path,
    name: str = "sweep",
    *,
    side: int = 8,
    preset_name: PresetName = "quick",
    window: int = 4,
    stride: int = 2,
    mask: str = "keep",
    epochs: int = 3,
    jobs: int = 1,
    baselines: int = 2,
    images: int = 60,
    **changes: Any,
) -> RunFolder:
    """Make a run of 2 baselines and 3x3 windows, 3 epochs each, unless arguments say otherwise."""
    return make_run(
        runs,
        name,
        preset_name=preset_name,
        jobs=jobs,
        data=noise_images(images, side),
        windows={"mask": mask, "height": window, "width": window, "stride": stride},
        training={"epochs": epochs},
        made_where={"machine": "made"},
        **{"baselines": baselines, "source": "made", **changes},
    )


def state_of(run: RunFolder, name: str, epochs: int) -> TrialState:
    """Return a trial's state after some epochs of the fake lease."""
    trial = next(trial for trial in run.document.trials if trial.name == name)
    finished = epochs >= run.spec.training.epochs
    return TrialState(
        trial=name,
        epoch=epochs,
        weights={"w": np.zeros(3, np.float32)},
        slots={},
        stopping=initial_state("epochs"),
        history=tuple(metrics_of(trial, epoch) for epoch in range(1, epochs + 1)),
        seconds=(2.5,) * epochs,
        stop_reason="all epochs trained" if finished else None,
    )


def commit(run: RunFolder, name: str, epochs: int) -> None:
    """Store a trial as trained for some epochs."""
    state = state_of(run, name, epochs)
    run.commit(name, epochs, encode(state), finished=state.finished)


def tell(run: RunFolder, events: Iterable[Event]) -> None:
    """Add events to a run's event log."""
    with open(run.path / "events.jsonl", "ab") as file:
        for event in events:
            file.write(EVENT.dump_json(event) + b"\n")


def beat(run: RunFolder, state: str, *, at: float = NOW, running: dict[int, str] | None = None, **more: Any) -> None:
    """Write a run's heartbeat; ``more`` are further fields of a heartbeat."""
    fields: dict[str, Any] = {"state": state, "at": at, "pid": 1, "host": "h", "active": 754.0, "kernel": kernel()}
    write_heartbeat(run.path, Heartbeat(**fields, running=running or {}, queue=(), **more))


class ThreadSlot(Slot):
    """A slot that runs leases in a thread."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)

    def submit(self, entry: str, *arguments: Any) -> Future[Any]:
        return self._pool.submit(worker_process.call, entry, *arguments)

    def kill(self) -> None:
        """A thread cannot be ended; what it still does is not checked."""

    def close(self) -> None:
        self._pool.shutdown(wait=False)


def controller(run: RunFolder, on_event: Callable[[Event], None], *, allow_drift: bool = False) -> Controller:
    """Return a controller with the fake lease, in threads."""
    return Controller(run, lambda number: ThreadSlot(), on_event, lease=LEASE)


def app_on(run: RunFolder, *, work: bool = True, make: Any = controller, **options: Any) -> XSampleApp:
    """Return the interface on a run, with the fake lease."""
    return XSampleApp(run.path.parent, run, work=work, make_controller=make, **options)


def sweep_of(app: XSampleApp) -> SweepScreen:
    """Return the sweep screen that is shown, also under a dialog."""
    return next(screen for screen in app.screen_stack if isinstance(screen, SweepScreen))


def session_of(app: XSampleApp) -> RunSession:
    """Return the link of the run that is shown."""
    return sweep_of(app).run_session


async def until(pilot: Pilot[Any], what: Callable[[], object], seconds: float = SECONDS) -> None:
    """Wait for something to be so."""
    end = time.monotonic() + seconds
    while True:
        try:
            if what():
                return
        except StopIteration:
            pass
        if time.monotonic() > end:
            raise AssertionError("waited in vain")
        await pilot.pause(0.02)


async def still(pilot: Pilot[Any]) -> None:
    """Wait until what is drawn no longer changes: the same at four looks, each of a loop that is not behind.

    On a machine whose loop is always behind, the same at twenty looks.
    """
    loop = asyncio.get_running_loop()
    end = time.monotonic() + SECONDS
    before: list[str] = []
    same = timely = 0
    while timely < 3 and same < 19:
        assert time.monotonic() < end, "what is drawn did not come to rest"
        began = loop.time()
        await pilot.pause(0.05)
        now = [strip.text for strip in pilot.app.screen._compositor.render_strips()]
        same = same + 1 if now == before else 0
        timely = timely + 1 if same and loop.time() - began < 0.15 else 0
        before = now


def requests(run: RunFolder) -> list[tuple[str, tuple[str, ...]]]:
    """Take the requests that wait for a run's controller."""
    return [(r.action, r.trials) for r in RequestInbox(run.path).take() if isinstance(r, Request)]


async def opened(pilot: Pilot[Any]) -> XSampleApp:
    """Wait until the run is open; return the application."""
    app: XSampleApp = pilot.app  # type: ignore[assignment]
    await until(pilot, lambda: session_of(app).opened)
    await still(pilot)
    return app


async def asked(pilot: Pilot[Any], run: RunFolder) -> list[tuple[str, tuple[str, ...]]]:
    """Wait for requests in a run's inbox; return what was asked, and for which trials."""
    found: list[tuple[str, tuple[str, ...]]] = []

    def some() -> bool:
        found.extend(requests(run))
        return bool(found)

    await until(pilot, some)
    return found


def two_runs(runs: Path) -> None:
    """Make runs of 4 and 8 epochs at 25 places, the second newer."""
    for name, epochs in (("short", 4), ("long", 8)):
        run = make_shown_run(runs, name, side=28, window=9, stride=5, epochs=epochs, baselines=3, images=900)
        for trial in run.document.trials:
            commit(run, trial.name, epochs)
