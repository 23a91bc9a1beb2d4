"""The workers' panel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import DataTable, Static

from tests.tui.made import NOW, app_on, link_of, make_run, until
from xsample_tui.store.folder import RunFolder
from xsample_tui.store.owner import Owner
from xsample_tui.store.pulse import Pulse, WorkerSight, write_pulse
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.workers import Workers


def beat(run: RunFolder, *workers: WorkerSight, stalled: bool = False, at: float = NOW) -> None:
    fields: dict[str, Any] = {"state": "running", "at": at, "pid": 1, "host": "h", "active": 754.0}
    dashboard = "http://127.0.0.1:8787/status" if len(workers) > 1 else ""
    write_pulse(run.path, Pulse(**fields, workers=workers, stalled=stalled, dashboard=dashboard))


ONE = WorkerSight(slot=0, name="worker-0", host="node-a", state="training", trial="keep-r00-c00", rate=1234.4)
TWO = WorkerSight(slot=1, name="tcp://10.0.0.7:\x1b[31m40001", host="node-b", state="silent", silence=25.0)
THREE = WorkerSight(slot=2, name="worker-2", host="node-b", state="idle")


def cells(app: XSampleApp) -> list[list[str]]:
    table: DataTable[Any] = app.screen.query_one(DataTable)
    return [[str(cell).strip() for cell in table.get_row_at(index)] for index in range(table.row_count)]


async def opened(pilot: Pilot[Any], count: int) -> None:
    """Open the panel, and wait for so many workers in it."""
    app: XSampleApp = pilot.app  # type: ignore[assignment]
    await until(pilot, lambda: link_of(app).pulse is not None)
    await pilot.press("w")
    await until(pilot, lambda: isinstance(app.screen, Workers) and len(cells(app)) == count)


async def test_it_shows_who_trains_what_and_follows(run: RunFolder) -> None:
    owner = Owner(run.path)
    beat(run, ONE, TWO)
    app = app_on(run, work=False, clock=lambda: NOW)
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            await opened(pilot, 2)
            assert cells(app)[1] == ["worker-0", "node-a", "▶ training", "keep-r00-c00", "1,234"]
            assert cells(app)[0] == ["…:\\x1b[31m40001", "node-b", "! silent 25 s", "–", "–"]
            note = str(app.screen.query_one("#workers-note", Static).content)
            assert "1 of 2 train, 1,234 pictures/s; 1 silent" in note
            assert "http://127.0.0.1:8787/status" in note
            beat(run, ONE.model_copy(update={"rate": 99.0}), THREE, TWO, at=NOW + 1)
            await until(pilot, lambda: len(cells(app)) == 3)
            assert [row[0] for row in cells(app)] == ["…:\\x1b[31m40001", "worker-0", "worker-2"]
            assert cells(app)[1][-1] == "99"
            beat(run, THREE, at=NOW + 2)
            await until(pilot, lambda: cells(app) == [["worker-2", "node-b", "· idle", "–", "–"]])
            await pilot.press("escape")
            await until(pilot, lambda: not isinstance(app.screen, Workers))
    finally:
        owner.release()


async def test_a_large_terminal_shows_names_whole_and_rows_stay_where_they_are(run: RunFolder) -> None:
    owner = Owner(run.path)
    many = [
        WorkerSight(slot=n, name=f"tcp://192.168.100.{n}:40001", host="node.cluster.example.org", state="idle")
        for n in range(60)
    ]
    beat(run, *many)
    app = app_on(run, work=False, clock=lambda: NOW)
    try:
        async with app.run_test(size=(200, 50)) as pilot:
            await opened(pilot, 60)
            assert cells(app)[7][:2] == ["192.168.100.7:40001", "node.cluster.example.org"]
            table: DataTable[Any] = app.screen.query_one(DataTable)
            table.move_cursor(row=55)
            beat(run, *many[:-2], at=NOW + 1)
            await until(pilot, lambda: len(cells(app)) == 58)
            beat(run, *many, at=NOW + 2)
            await until(pilot, lambda: len(cells(app)) == 60)
            assert (table.cursor_row, cells(app)[-1][0]) == (55, "192.168.100.59:40001")
            assert table.scroll_y > 0
            beat(run, at=NOW + 3)
            await until(pilot, lambda: cells(app) == [])
            assert "no worker is there" in str(app.screen.query_one("#workers-note", Static).content)
    finally:
        owner.release()


async def test_it_says_that_nobody_trains(run: RunFolder) -> None:
    beat(run, ONE)
    app = app_on(run, work=False, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: link_of(app).opened)
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.screen, Workers))
        assert cells(app) == []
        assert "nobody trains" in str(app.screen.query_one("#workers-note", Static).content)


async def test_workers_of_this_machine_are_shown_too(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_LEASE_SECONDS", "0.3")
    app = app_on(make_run(runs, epochs=1000))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: link_of(app).pulse is not None and link_of(app).working)
        await pilot.press("w")
        await until(pilot, lambda: len(cells(app)) == 1 and cells(app)[0][0] == "worker-0")
        await until(pilot, lambda: cells(app)[0][-1] not in ("–", ""))


@pytest.mark.parametrize("stalled", [True, False])
async def test_the_state_is_stalled_when_no_worker_gives_a_sign(run: RunFolder, stalled: bool) -> None:
    owner = Owner(run.path)
    beat(run, TWO, stalled=stalled)
    app = app_on(run, work=False, clock=lambda: NOW)
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: link_of(app).opened and link_of(app).pulse is not None)
            assert link_of(app).state == ("stalled" if stalled else "running")
    finally:
        owner.release()
