"""The sweep screen: keys, selection, layouts, and what the controller does about them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Static

from tests.harness.finished_runs import dataset, finished_run
from tests.harness.interface import NOW, app_on, beat, make_shown_run, requests, session_of, still, sweep_of, until
from tests.harness.screens import LARGE, screen_text
from tests.tui.sweep.shown_text import described, header, keys, row
from xsample_tui.core.run_state.run_events import EpochDone
from xsample_tui.core.training.trial_plan import Trial
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.heatmap.heatmap import Heatmap
from xsample_tui.tui.heatmap.heatmap_cell import description
from xsample_tui.tui.sweep.learning_curve import LearningCurve
from xsample_tui.tui.sweep.log_panel import LogPanel
from xsample_tui.tui.sweep.run_header import RunHeader
from xsample_tui.tui.sweep.trial_table import TrialTable

SMALL = (80, 24)


async def test_the_header_shows_the_deadline_of_whoever_trains(run: RunFolder) -> None:
    owner = RunLock(run.path)
    beat(run, "running", until=NOW + 1800)
    app = app_on(run, work=False, clock=lambda: NOW)
    try:
        async with app.run_test(size=SMALL) as pilot:
            await until(pilot, lambda: session_of(app).opened and session_of(app).state == "running")
            shown = header(app).splitlines()[1]
            assert f"deadline {time.strftime('%H:%M', time.localtime(NOW + 1800))}" in shown
            assert len(shown) <= SMALL[0]
            owner.release()
            await until(pilot, lambda: not session_of(app).alive)
            assert "deadline" not in header(app)
    finally:
        owner.release()


# -- the selection ---------------------------------------------------------------------------------------------------


async def test_grid_table_curve_and_description_show_the_same_trial(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        screen = sweep_of(app)
        grid, table = screen.query_one(Heatmap), screen.query_one(TrialTable)

        def agree(name: str | None) -> None:
            assert screen.selected == name
            assert table.chosen == name
            assert name is not None
            assert name in str(screen.query_one(LearningCurve).border_title)
            assert name in described(app)

        agree("keep-r00-c00")
        await pilot.press("right", "down", "down")
        agree("keep-r02-c01")
        await pilot.press("end")
        agree("keep-r02-c19")
        await pilot.press("pagedown")
        agree("keep-r19-c19")
        await pilot.press("t", "home", "up", "up")
        table.move_cursor(row=5 + 7 * 20 + 3)
        await pilot.pause()
        agree("keep-r07-c03")
        assert grid.cursor == (7, 3)
        table.move_cursor(row=2)
        await pilot.pause()
        agree("baseline-s02")
        assert grid.cursor is None
        across, down = grid.cell_size.across, grid.cell_size.down
        await pilot.click(Heatmap, offset=(1 + 3 + 4 * across + 1, 1 + 1 + 3 * down))
        agree("keep-r03-c04")
        table.focus()
        await pilot.press("down")
        agree("keep-r03-c05")


async def test_a_new_epoch_leaves_the_cursor_on_its_trial(mid_run: RunFolder) -> None:
    from tests.harness.fake_lease import metrics_of
    from tests.harness.interface import tell

    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        screen = sweep_of(app)
        screen.select("keep-r05-c05")
        trial = next(t for t in mid_run.document.trials if t.name == "keep-r08-c10")
        tell(mid_run, [EpochDone(at=NOW, trial=trial.name, metrics=metrics_of(trial, 8), seconds=1)])
        await until(pilot, lambda: row(app, trial.name)[2] == "8/12")
        assert screen.query_one(TrialTable).chosen == screen.query_one(Heatmap).chosen == "keep-r05-c05"


# -- layouts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (120, 40), (200, 50)])
async def test_nothing_is_outside_its_panel(mid_run: RunFolder, size: tuple[int, int]) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await still(pilot)
        screen = sweep_of(app)
        grid, table = screen.query_one(Heatmap), screen.query_one(TrialTable)
        # The whole 20x20 grid is seen, and no column of the table is cut.
        assert grid.extent.width <= grid.size.width
        assert grid.extent.height <= grid.size.height
        assert table.virtual_size.width <= table.size.width
        for widget in screen.query("#body *"):
            if widget.display and widget.region:
                assert screen.region.contains_region(widget.region), widget
        for line in header(app).split("\n"):
            assert "…" not in line
        assert len(keys(app)) <= size[0] - 2
        assert keys(app).endswith("q Quit")
        # Also with every key that a failed trial allows.
        screen.select("keep-r02-c15")
        assert "r Retry" in keys(app)
        assert len(keys(app)) <= size[0] - 2
        assert keys(app).endswith("q Quit")


async def test_a_grid_of_single_pixels_is_seen_whole_and_scrolls_when_zoomed(runs: Any) -> None:
    run = make_shown_run(runs, "pixels", side=28, window=1, stride=1)
    app = app_on(run, work=False)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await still(pilot)
        grid = sweep_of(app).query_one(Heatmap)
        assert (len(grid.cells.grid.rows), len(grid.cells.grid.columns)) == (28, 28)
        # Half blocks, because nothing larger fits.
        assert grid.cell_size.half
        assert grid.extent.width <= grid.size.width
        assert grid.extent.height <= grid.size.height
        await pilot.press("plus", "plus")
        await pilot.pause()
        assert (grid.cell_size.across, grid.cell_size.down) == (2, 1)
        await pilot.press("end", "pagedown")
        assert sweep_of(app).selected == "keep-r27-c27"
        assert grid.cursor is not None
        visible = grid._cell_region(*grid.cursor).translate(-grid.scroll_offset)
        assert 0 <= visible.x <= grid.size.width - 2
        assert 0 <= visible.y < grid.size.height
        await pilot.press("home", "pageup")
        assert grid.scroll_offset == (0, 0)


async def test_l_brings_the_log_in_the_compact_layout_and_g_takes_it_away(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        screen = sweep_of(app)
        grid, panel = screen.query_one(Heatmap), screen.query_one(LogPanel)
        assert (grid.size.width > 0, panel.size.height) == (True, 0)
        await pilot.press("L")
        await until(pilot, lambda: app.focused is panel)
        assert (panel.size.height, grid.size.height) == (21, 0)
        await pilot.press("g")
        await until(pilot, lambda: app.focused is grid)
        assert grid.size.height == 21
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.focused, TrialTable))
        await pilot.press("tab", "tab")
        assert isinstance(app.focused, TrialTable)


async def test_a_terminal_that_is_too_small_says_so_and_comes_back(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        for size in ((59, 30), (80, 19)):
            await pilot.resize_terminal(*size)
            await still(pilot)
            small = app.screen.query_one("#too-small", Static)
            assert small.display
            assert f"{size[0]}x{size[1]}" in str(small.render())
            assert not app.screen.query_one("#body").display
        await pilot.resize_terminal(60, 20)
        await still(pilot)
        assert not app.screen.query_one("#too-small").display
        assert app.screen.query_one("#body").display
        await pilot.resize_terminal(*LARGE)
        await still(pilot)
        assert sweep_of(app).query_one(LearningCurve).size.height > 5


# -- help and commands -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mapping", ["RUN", "TRIAL", "VERDICT"])
def test_glyphs_tell_states_apart_without_colour(mapping: str) -> None:
    from xsample_tui.tui.theme import symbols

    signs = list(getattr(symbols, mapping).values())
    assert len(set(signs)) == len(signs)
    assert all(len(sign) == 1 for sign in signs)


async def test_the_palette_has_the_commands(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        titles = [command.title for command in app.get_system_commands(app.screen)]
        for title in ("Pause", "Stop", "Filter", "Change theme", "Help", "Quit"):
            assert title in titles
        sweep_of(app).select("keep-r19-c19")
        command = next(c for c in app.get_system_commands(app.screen) if c.title == "Skip")
        await command.callback()
        found: list[tuple[str, tuple[str, ...]]] = []

        def asked() -> bool:
            found.extend(requests(mid_run))
            return bool(found)

        await until(pilot, asked)
        assert found == [("skip", ("keep-r19-c19",))]


async def test_the_article_is_marked_for_good(runs: Any) -> None:
    run = make_shown_run(runs, "art", preset_name="article", mask="article", baselines=1)
    app = app_on(run, work=False)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        mark = "ARTICLE PROTOCOL: scores are optimistic (test data used for model selection)"
        assert mark in header(app)
        for size in ((60, 20), (120, 40), (200, 50)):
            await pilot.resize_terminal(*size)
            await still(pilot)
            assert (mark if size[0] > 70 else mark[:50]) in header(app)
        # Its trials depend on the order they run in, so none can be moved to the front.
        assert sweep_of(app).check_action("trial", ("front",)) is None


async def test_too_few_baselines_for_a_correction_are_said_in_the_header(tmp_path: Path) -> None:
    def strength(trial: Trial) -> float:
        return 3.4 if trial.is_baseline else 2.6

    many = {"stride": 1, "height": 3, "width": 3}
    app = app_on(finished_run(tmp_path / "runs", strength=strength, data=dataset(2000, 12), windows=many), work=False)
    async with app.run_test(size=(120, 40)) as pilot:
        words = "3 baselines cannot pass a correction for 100 windows: train at least "
        await until(pilot, lambda: words in screen_text(app))
        # The grid and the words about a window say the same.
        session = session_of(app)
        verdicts = {session.baseline_test.verdict(entry) for entry in session.progress.windows}
        assert "uncorrected" in verdicts
        assert not verdicts & {"better", "worse"}
        entry = next(e for e in session.progress.windows if session.baseline_test.verdict(e) == "uncorrected")
        words_of = [text for text, _ in description(session, entry)]
        assert "not significant after correction" in words_of
        assert not any("within noise" in text for text in words_of)
        # On a small terminal it takes no line from the grid, whose axes stay.
        await pilot.resize_terminal(80, 24)
        await still(pilot)
        assert "too few baselines: train at least " in screen_text(app).split("\n")[0]
        assert sweep_of(app).query_one(RunHeader).size.height == 2


async def test_F_follows_what_is_done_until_another_is_chosen(run: RunFolder, gate: Path) -> None:
    app = app_on(run)
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: session_of(app).state == "running")
        first = sweep_of(app).selected
        await pilot.press("F")
        assert sweep_of(app).view.following
        gate.touch()
        await until(pilot, lambda: not session_of(app).working)
        done = session_of(app).progress.trials[str(sweep_of(app).selected)]
        assert sweep_of(app).selected != first
        assert done.status == "done"
        if app.screen is not sweep_of(app):
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is sweep_of(app))
        assert sweep_of(app).view.following
        sweep_of(app).query_one(TrialTable).focus()
        await pilot.press("up")
        await until(pilot, lambda: not sweep_of(app).view.following)
        await pilot.press("F", "F")
        assert not sweep_of(app).view.following
