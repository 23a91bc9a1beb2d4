"""What the mouse opens, moves and copies on the sweep screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events
from textual.selection import SELECT_ALL
from textual.widgets import Static

from tests.harness.finished_runs import finished_run
from tests.harness.interface import app_on, session_of, sweep_of, until
from xsample_tui.tui.details.class_scores_dialog import ClassScoresDialog
from xsample_tui.tui.details.stored_log_dialog import StoredLogDialog
from xsample_tui.tui.heatmap.heatmap import Heatmap
from xsample_tui.tui.sweep.trial_table import TrialTable

SIZE = (120, 40)


async def test_a_double_click_opens_the_details(tmp_path: Path) -> None:
    run = finished_run(tmp_path / "runs")
    failed = run.document.trials[-1].name
    run.mark(failed, "failed", "the loss is nan")
    app = app_on(run, work=False)
    async with app.run_test(size=SIZE) as pilot:
        await until(
            pilot, lambda: session_of(app).opened and session_of(app).progress.trials[failed].status == "failed"
        )
        screen = sweep_of(app)
        await pilot.double_click(Heatmap, offset=(8, 4))
        await until(pilot, lambda: isinstance(app.screen, ClassScoresDialog))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        screen.select(failed)
        table = screen.query_one(TrialTable)
        await until(pilot, lambda: screen.selected == failed)
        table.post_message(events.Click(table, 4, 2, 0, 0, 1, False, False, False, chain=2))
        await until(pilot, lambda: isinstance(app.screen, StoredLogDialog))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        # A heading sorts.
        await pilot.double_click(TrialTable, offset=(4, 1))
        await pilot.pause()
        assert app.screen is screen


async def test_the_wheel_moves_the_cursor_of_a_grid_that_is_all_in_sight(tmp_path: Path) -> None:
    app = app_on(finished_run(tmp_path / "runs"), work=False)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        grid = sweep_of(app).query_one(Heatmap)
        assert grid.cursor == (0, 0)
        for kind, ctrl, place in (
            (events.MouseScrollDown, False, (1, 0)),
            (events.MouseScrollDown, True, (1, 1)),
            (events.MouseScrollUp, False, (0, 1)),
            (events.MouseScrollUp, True, (0, 0)),
        ):
            grid.post_message(kind(grid, 8, 4, 0, 0, 0, False, False, ctrl))
            await until(pilot, lambda place=place: grid.cursor == place)  # type: ignore[misc]


async def test_ctrl_c_copies_what_is_selected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_on(finished_run(tmp_path / "runs"), work=False)
    copied: list[str] = []
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        monkeypatch.setattr(app, "copy_to_clipboard", copied.append)
        await pilot.press("e")
        await until(pilot, lambda: app.screen.query("#summary-answer"))
        answer = app.screen.query_one("#summary-answer", Static)
        await until(pilot, lambda: "computing" not in str(answer.render()))
        app.screen.selections = {answer: SELECT_ALL}
        await pilot.press("ctrl+c")
        await until(pilot, lambda: copied)
        assert copied == [str(answer.render())]
        # Nothing is selected any more, so that it asks to quit, or quits, again.
        await pilot.press("ctrl+c")
        await until(pilot, lambda: not app._running)
