"""The workers' panel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.widgets import DataTable, Static

from tests.harness.interface import NOW, app_on, beat, make_shown_run, requests, session_of, sweep_of, until
from tests.harness.screens import ONE, THREE, TWO, beat_workers, worker_cells, workers_opened
from xsample_tui.core.run_state.requests import Request
from xsample_tui.store.control.heartbeat import WorkerStatus
from xsample_tui.store.control.request_inbox import RequestInbox
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.sweep.run_header import RunHeader
from xsample_tui.tui.sweep.workers_dialog import WorkersDialog


async def test_it_shows_who_trains_what_and_follows(run: RunFolder) -> None:
    owner = RunLock(run.path)
    beat_workers(run, ONE, TWO)
    app = app_on(run, work=False, clock=lambda: NOW)
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            await workers_opened(pilot, 2)
            assert worker_cells(app)[1] == ["worker-0", "node-a", "▸ training", "keep-r00-c00", "1,234"]
            assert worker_cells(app)[0] == ["…:\\x1b[31m40001", "node-b", "! silent 25 s", "–", "–"]
            note = str(app.screen.query_one("#workers-note", Static).content)
            assert "1 of 2 training, 1,234 images/s; 1 silent" in note
            assert "http://127.0.0.1:8787/status" in note
            beat_workers(run, ONE.model_copy(update={"rate": 99.0}), THREE, TWO, at=NOW + 1)
            await until(pilot, lambda: len(worker_cells(app)) == 3)
            assert [row[0] for row in worker_cells(app)] == ["…:\\x1b[31m40001", "worker-0", "worker-2"]
            assert worker_cells(app)[1][-1] == "99"
            beat_workers(run, THREE, at=NOW + 2)
            await until(pilot, lambda: worker_cells(app) == [["worker-2", "node-b", "· idle", "–", "–"]])
            await pilot.press("escape")
            await until(pilot, lambda: not isinstance(app.screen, WorkersDialog))
    finally:
        owner.release()


async def test_it_says_what_each_does_with_its_trial(run: RunFolder) -> None:
    owner = RunLock(run.path)
    stages: dict[str, dict[str, Any]] = {
        "▸ loading": {"stage": "loading"},
        "▸ compiling": {"stage": "compiling"},
        "▸ epoch  43 %": {"stage": "training", "share": 0.43},
        "▸ measuring": {"stage": "measuring"},
        "▸ training": {},
    }
    beat_workers(
        run, *(ONE.model_copy(update={"slot": n, "name": f"w{n}"} | s) for n, s in enumerate(stages.values()))
    )
    app = app_on(run, work=False, clock=lambda: NOW)
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            await workers_opened(pilot, 5)
            assert [row[2] for row in worker_cells(app)] == list(stages)
    finally:
        owner.release()


async def test_the_header_says_what_is_waited_for_and_its_bar_moves_within_an_epoch(run: RunFolder) -> None:
    owner = RunLock(run.path)
    app = app_on(run, work=False, clock=lambda: NOW)

    def header() -> str:
        return sweep_of(app).query_one(RunHeader).render().plain

    try:
        beat_workers(run, ONE.model_copy(update={"stage": "loading"}))
        async with app.run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: "▸ running, loading TensorFlow" in header())
            beat_workers(run, ONE.model_copy(update={"stage": "compiling"}), at=NOW + 1)
            await until(pilot, lambda: "▸ running, compiling" in header())
            assert "  0 %" in header()
            beat_workers(run, ONE.model_copy(update={"stage": "training", "share": 0.9}), at=NOW + 2)
            # 0.9 of the first of 3 epochs of 11 trials.
            await until(pilot, lambda: "  2 %" in header())
            assert "▸ running  " in header()
            training = ONE.model_copy(update={"stage": "training", "share": 0.5})
            beat(run, "pausing", at=NOW + 3, workers=(training,), longest=40.0)
            await until(pilot, lambda: "▹ pausing, up to 20 s" in header())
            scout = {"epoch": 1, "epochs": 6, "evaluated": 0, "windows": 8}
            beat(run, "running", at=NOW + 4, scout=scout)
            await until(pilot, lambda: "▸ running, scout epoch 2/6" in header())
            beat(run, "running", at=NOW + 5, scout=scout | {"epoch": 6, "evaluated": 4})
            await until(pilot, lambda: "▸ running, scout evaluated 4/8" in header())
            beat(run, "running", at=NOW + 6)
            await until(pilot, lambda: "▸ running  " in header())
    finally:
        owner.release()


async def test_a_large_terminal_shows_names_whole_and_rows_stay_where_they_are(run: RunFolder) -> None:
    owner = RunLock(run.path)
    many = [
        WorkerStatus(slot=n, name=f"tcp://192.168.100.{n}:40001", host="node.cluster.example.org", state="idle")
        for n in range(60)
    ]
    beat_workers(run, *many)
    app = app_on(run, work=False, clock=lambda: NOW)
    try:
        async with app.run_test(size=(200, 50)) as pilot:
            await workers_opened(pilot, 60)
            assert worker_cells(app)[7][:2] == ["192.168.100.7:40001", "node.cluster.example.org"]
            table: DataTable[Any] = app.screen.query_one(DataTable)
            table.move_cursor(row=55)
            beat_workers(run, *many[:-2], at=NOW + 1)
            await until(pilot, lambda: len(worker_cells(app)) == 58)
            beat_workers(run, *many, at=NOW + 2)
            await until(pilot, lambda: len(worker_cells(app)) == 60)
            assert (table.cursor_row, worker_cells(app)[-1][0]) == (55, "192.168.100.59:40001")
            assert table.scroll_y > 0
            beat_workers(run, at=NOW + 3)
            await until(pilot, lambda: worker_cells(app) == [])
            assert "Waiting for workers" in str(app.screen.query_one("#workers-note", Static).content)
    finally:
        owner.release()


async def test_it_says_that_nobody_trains(run: RunFolder) -> None:
    beat_workers(run, ONE)
    app = app_on(run, work=False, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.screen, WorkersDialog))
        assert worker_cells(app) == []
        assert "No process is training" in str(app.screen.query_one("#workers-note", Static).content)


async def test_workers_of_this_machine_are_shown_too(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_SECONDS", "0.3")
    app = app_on(make_shown_run(runs, epochs=1000))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: session_of(app).heartbeat is not None and session_of(app).working)
        await pilot.press("w")
        await until(pilot, lambda: len(worker_cells(app)) == 1 and worker_cells(app)[0][0] == "worker-0")
        await until(pilot, lambda: worker_cells(app)[0][-1] not in ("–", ""))


@pytest.mark.parametrize("stalled", [True, False])
async def test_the_state_is_stalled_when_no_worker_gives_a_sign(run: RunFolder, stalled: bool) -> None:
    owner = RunLock(run.path)
    beat_workers(run, TWO, stalled=stalled)
    app = app_on(run, work=False, clock=lambda: NOW)
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: session_of(app).opened and session_of(app).heartbeat is not None)
            assert session_of(app).state == ("stalled" if stalled else "running")
    finally:
        owner.release()


async def test_keys_add_and_remove_workers(run: RunFolder) -> None:
    owner = RunLock(run.path)
    beat_workers(run, ONE)
    app = app_on(run, work=False, clock=lambda: NOW)

    def note() -> str:
        return str(app.screen.query_one("#workers-note", Static).content)

    def asked() -> list[int | None]:
        return [r.jobs for r in RequestInbox(run.path).take() if isinstance(r, Request) and r.action == "workers"]

    try:
        async with app.run_test(size=(80, 24)) as pilot:
            await workers_opened(pilot, 1)
            assert "+ adds a worker, - removes one" in note()
            await pilot.press("plus", "plus", "minus", "plus")
            assert "3 requested" in note()
            await until(pilot, lambda: len(list((run.path / "requests").glob("*.json"))) == 4)
            assert asked() == [2, 3, 2, 3]
            leaving = TWO.model_copy(update={"state": "leaving", "name": "worker-1"})
            beat(run, "running", at=NOW + 1, workers=(ONE, THREE, leaving, THREE))
            await until(pilot, lambda: "3 requested" not in note())
            assert ["■ leaving" in row for row in worker_cells(app)].count(True) == 1
            beat(run, "running", at=NOW + 2, workers=(ONE,))
            await until(pilot, lambda: len(worker_cells(app)) == 1)
            # One stays.
            await pilot.press("minus")
            assert "requested" not in note()
            assert asked() == []
    finally:
        owner.release()


async def test_a_clusters_workers_are_not_the_users_to_change(run: RunFolder) -> None:
    owner = RunLock(run.path)
    beat_workers(run, ONE, TWO)
    app = app_on(run, work=False, clock=lambda: NOW)
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            await workers_opened(pilot, 2)
            await pilot.press("plus")
            assert "adds a worker" not in str(app.screen.query_one("#workers-note", Static).content)
            (said,) = app._notifications
            assert "the cluster decides" in said.message
            assert requests(run) == []
    finally:
        owner.release()
