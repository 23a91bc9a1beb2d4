"""Keys that ask something of a sweep, in this process and in another."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Static

from tests.harness.fake_lease import FAILING
from tests.harness.interface import NOW, app_on, beat, requests, session_of, still, sweep_of, until
from tests.harness.screens import LARGE
from tests.tui.sweep.shown_text import described, header, keys, log, row
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.heatmap.heatmap import Heatmap
from xsample_tui.tui.start.start_screen import StartScreen
from xsample_tui.tui.sweep.summary_dialog import SummaryDialog
from xsample_tui.tui.widgets.quit_dialogs import StopDialog

SMALL = (80, 24)


async def test_a_sweep_trains_to_its_end_and_every_panel_shows_it(run: RunFolder) -> None:
    app = app_on(run)
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: session_of(app).state == "finished" and not session_of(app).working)
        assert "✓ finished" in header(app)
        assert "11/11 100 %" in header(app)
        progress = run.progress()
        for name, entry in progress.trials.items():
            assert entry.last is not None
            shown = row(app, name)
            assert shown[:3] == ["✓ done", name, "3/3"]
            assert f"{entry.last.val_accuracy:.4f}" in shown
        grid = sweep_of(app).query_one(Heatmap)
        assert {cell.status for cell in grid.cells.by_name.values()} == {"done"}
        assert log(app).count(" done, val acc ") == log(app).count(" on worker-0") == 11
        # The gain, how long it took, and no word on epochs that were planned.
        assert log(app).count(", gain ") == 9
        assert re.search(r"keep-r04-c04 done, val acc [\d.]+, gain \S+, \d+ s\n", log(app))
        await pilot.press("q")
    assert app.exit_code == 0


async def test_no_epoch_completes_while_paused(run: RunFolder, gate: Path) -> None:
    app = app_on(run)
    async with app.run_test(size=SMALL) as pilot:
        run_session = None
        await until(pilot, lambda: session_of(app).state == "running")
        run_session = session_of(app)
        assert "space Pause" in keys(app)
        await pilot.press("space")
        assert run_session.state == "pausing"
        gate.touch()
        await until(pilot, lambda: run_session.state == "paused")
        assert "space Resume" in keys(app)

        def epochs() -> int:
            return sum(len(entry.history) for entry in run.progress().trials.values())

        before, shown = epochs(), sum(len(entry.history) for entry in run_session.progress.trials.values())
        assert before == shown > 0
        await still(pilot)
        assert epochs() == before
        assert [entry.status for entry in run_session.progress.trials.values()].count("running") == 0
        await pilot.press("space")
        await until(pilot, lambda: epochs() > before)
        await until(pilot, lambda: not run_session.working)
        assert "✓ finished" in header(app)


async def test_s_asks_and_stops_and_space_takes_it_up_again(run: RunFolder, gate: Path) -> None:
    app = app_on(run)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).state == "running")
        await pilot.press("s")
        assert isinstance(app.screen, StopDialog)
        await pilot.press("c")
        assert session_of(app).state == "running"
        await pilot.press("s", "s")
        assert session_of(app).state == "stopping"
        gate.touch()
        await until(pilot, lambda: not session_of(app).working)
        assert session_of(app).state == "stopped"
        assert app.exit_code == 3
        gate.unlink()
        await pilot.press("space")
        await until(pilot, lambda: session_of(app).state == "running")
        gate.touch()
        await until(pilot, lambda: session_of(app).state == "finished")
    assert app.exit_code == 0


async def test_s_while_stopping_offers_to_stop_now(run: RunFolder, gate: Path) -> None:
    app = app_on(run)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).state == "running")
        await still(pilot)
        await pilot.press("s", "s")
        await until(pilot, lambda: app.screen is sweep_of(app))
        await pilot.press("s")
        assert isinstance(app.screen, StopDialog)
        await pilot.press("s")
        assert not isinstance(app.screen, StopDialog)
        assert session_of(app).working
        await pilot.press("s", "n")
        await until(pilot, lambda: not session_of(app).working)
        assert all(not entry.history for entry in run.progress().trials.values())


async def test_a_failed_trial_is_tried_again(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    name = run.document.trials[-1].name
    monkeypatch.setenv(FAILING, name)
    app = app_on(run)
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: session_of(app).state == "finished" and not session_of(app).working)
        assert row(app, name)[0] == "✗ failed"
        assert "1 failed" in header(app)
        assert app.exit_code == 1
        sweep_of(app).select(name)
        assert "the loss is nan" in described(app)
        assert "the loss is nan" in log(app)
        monkeypatch.setenv(FAILING, "")
        await until(pilot, lambda: isinstance(app.screen, SummaryDialog))
        await pilot.press("escape", "r")
        await until(pilot, lambda: row(app, name)[0] == "✓ done" and not session_of(app).working)
    assert app.exit_code == 0


async def test_x_skips_and_f_moves_to_the_front(run: RunFolder, gate: Path) -> None:
    app = app_on(run)
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: session_of(app).state == "running")
        last, skipped = run.document.trials[-1].name, run.document.trials[-2].name
        sweep_of(app).select(last)
        await pilot.press("f")
        await until(pilot, lambda: session_of(app).progress.queue[:1] == (last,))
        sweep_of(app).select(skipped)
        await pilot.press("x")
        await until(pilot, lambda: row(app, skipped)[0] == "⊘ skipped")
        assert run.marked(skipped).status == "skipped"
        await pilot.press("r")
        await until(pilot, lambda: row(app, skipped)[0] == "· pending")
        # Tried again, it goes to the front itself.
        await until(pilot, lambda: session_of(app).progress.queue[:2] == (skipped, last))
        await pilot.press("s", "s")
        gate.touch()
        await until(pilot, lambda: not session_of(app).working)


async def test_a_controller_that_crashes_is_a_line_on_the_screen(run: RunFolder) -> None:
    def broken(*arguments: Any, **options: Any) -> Any:
        raise ZeroDivisionError("by chance")

    app = app_on(run, make=broken)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).fault)
        await still(pilot)
        fault = sweep_of(app).query_one("#fault", Static)
        assert fault.display
        assert "ZeroDivisionError: by chance" in str(fault.render())
        assert "✗ crashed" in header(app)
        # It is no dead end: the list of runs is a key away.
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, StartScreen))
    assert app.exit_code == 1


async def test_a_run_of_another_controller_is_watched_and_steered(run: RunFolder) -> None:
    owner = RunLock(run.path)
    beat(run, "running", running={0: run.document.trials[0].name})
    app = app_on(run, clock=lambda: NOW + 1)
    try:
        async with app.run_test(size=SMALL) as pilot:
            await until(pilot, lambda: session_of(app).opened)
            await still(pilot)
            assert not session_of(app).working
            assert "▸ running" in header(app)
            await pilot.press("space", "s", "s", "x")
            found: list[str] = []

            def asked() -> bool:
                found.extend(action for action, _ in requests(run))
                return len(found) == 3

            await until(pilot, asked)
            assert found == ["pause", "stop", "skip"]
            await pilot.press("q")
        assert app.exit_code == 0
    finally:
        owner.release()


async def test_only_watching_trains_nothing(run: RunFolder) -> None:
    app = app_on(run, work=False)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await still(pilot)
        assert "■ stopped" in header(app)
        assert not (run.path / "owner.lock").exists()
        await pilot.press("q")
    assert app.exit_code == 0
