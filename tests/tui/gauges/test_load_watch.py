"""The machine's load on the screen of a run."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from textual.widgets import Static

from tests.harness.interface import NOW, app_on, beat, until
from tests.harness.screens import ONE, beat_workers, workers_opened
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.machine.machine_load import LoadReader, MachineLoad
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.gauges.load_watch import LoadWatch
from xsample_tui.tui.sweep.run_header import RunHeader
from xsample_tui.tui.sweep.sweep_screen import SweepScreen

# What other tests of the interface leave out.
START = LoadWatch.start
ROOMY = MachineLoad(0.97, 3.1e9, 7.8e9, 12e9, 100e9, run_bytes=1e6)


def header(app: XSampleApp) -> str:
    """Return the lines of the run's header."""
    return app.screen.query_one(RunHeader).render().plain


def sweep_screen(app: XSampleApp) -> SweepScreen:
    """Return the run's screen, which is in front."""
    assert isinstance(app.screen, SweepScreen)
    return app.screen


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[MachineLoad]:
    """What is read, one after the other; the last again and again."""
    found = [ROOMY]

    def read(reader: LoadReader, *, measure_run: bool = False) -> MachineLoad:
        return found.pop(0) if len(found) > 1 else found[0]

    monkeypatch.setattr(LoadReader, "read", read)
    monkeypatch.setattr(LoadWatch, "start", START)
    monkeypatch.setattr("xsample_tui.tui.gauges.load_watch.EVERY", 0.01)
    return found


@pytest.mark.parametrize("size", [(200, 50), (160, 40)])
async def test_the_header_and_the_workers_panel_say_how_busy_the_machine_is(
    mid_run: RunFolder, loads: list[MachineLoad], monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "h")
    beat_workers(mid_run, ONE)
    app = app_on(mid_run, work=False, clock=lambda: NOW)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: isinstance(app.screen, SweepScreen) and "cpu 97 %" in header(app))
        await workers_opened(pilot, 1)
        load = app.screen.query_one("#workers-load", Static)
        await until(pilot, lambda: "3.1 GB of 7.8 GB" in str(load.content))
        assert "12.0 GB free of 100 GB" in str(load.content)


async def test_a_disk_that_the_run_will_fill_is_said_at_any_width(
    mid_run: RunFolder, loads: list[MachineLoad], monkeypatch: pytest.MonkeyPatch
) -> None:
    loads[:] = [MachineLoad(0.5, 1e9, 8e9, 1.1e9, 100e9, run_bytes=9e9)]
    monkeypatch.setattr(socket, "gethostname", lambda: "h")
    beat_workers(mid_run, ONE)
    app = app_on(mid_run, work=False, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        words = "disk: 1.1 GB left, the run still writes about"
        await until(pilot, lambda: isinstance(app.screen, SweepScreen) and words in header(app))


async def test_another_machines_load_is_not_shown_as_that_of_the_one_that_trains(
    mid_run: RunFolder, loads: list[MachineLoad], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "node-z")
    beat_workers(mid_run, ONE)
    app = app_on(mid_run, work=False, clock=lambda: NOW)
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, SweepScreen) and app.screen.run_session.heartbeat)
        load = sweep_screen(app).load
        assert not load.here
        load.renew()
        assert not load.readings


async def test_nothing_is_read_of_a_run_that_nobody_trains(
    run: RunFolder, loads: list[MachineLoad], tmp_path: Path
) -> None:
    beat(run, "stopped")
    owner = RunLock(run.path)
    owner.release()
    app = app_on(run, work=False, clock=lambda: NOW)
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, SweepScreen) and app.screen.run_session.opened)
        assert not sweep_screen(app).load.here
