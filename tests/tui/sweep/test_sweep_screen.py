"""The sweep screen: keys, selection, layouts, and what the controller does about them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Static

from tests.harness.fake_lease import FAILING
from tests.harness.finished_runs import dataset, finished_run
from tests.harness.interface import NOW, app_on, beat, make_run, requests, session_of, still, sweep_of, until
from tests.harness.screens import LARGE, screen_text
from xsample_tui.core.run_state.run_events import EpochDone
from xsample_tui.core.training.trial_plan import Trial
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.heatmap.heatmap import Heatmap
from xsample_tui.tui.heatmap.heatmap_cell import description
from xsample_tui.tui.heatmap.heatmap_legend import TrialDescription
from xsample_tui.tui.keys.key_bar import KeyBar
from xsample_tui.tui.start.start_screen import StartScreen
from xsample_tui.tui.sweep.learning_curve import LearningCurve
from xsample_tui.tui.sweep.log_panel import LogPanel
from xsample_tui.tui.sweep.run_header import RunHeader
from xsample_tui.tui.sweep.summary_dialog import SummaryDialog
from xsample_tui.tui.sweep.trial_table import TrialTable
from xsample_tui.tui.widgets.quit_dialogs import StopDialog

SMALL = (80, 24)


def header(app: Any) -> str:
    return sweep_of(app).query_one(RunHeader).render().plain


def keys(app: Any) -> str:
    return sweep_of(app).query_one(KeyBar).render().plain


def log(app: Any) -> str:
    return sweep_of(app).query_one(LogPanel).text


def row(app: Any, trial: str) -> list[str]:
    return [str(cell).strip() for cell in sweep_of(app).query_one(TrialTable).get_row(trial)]


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


# -- training --------------------------------------------------------------------------------------------------------


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
        assert {cell.status for cell in grid._cells.values()} == {"done"}
        assert log(app).count(" done, val acc ") == 11
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


def described(app: Any) -> str:
    panel = next(p for p in sweep_of(app).query(TrialDescription) if p.parent is not None)
    return " ".join(part.plain for part in panel.parts())


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
        await until(pilot, lambda: row(app, skipped)[0] == "⨯ skipped")
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


# -- watching --------------------------------------------------------------------------------------------------------


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
    run = make_run(runs, "pixels", side=28, window=1, stride=1)
    app = app_on(run, work=False)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await still(pilot)
        grid = sweep_of(app).query_one(Heatmap)
        assert (len(grid.rows), len(grid.columns)) == (28, 28)
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
    run = make_run(runs, "art", preset_name="article", mask="article", baselines=1)
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
