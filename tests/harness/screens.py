"""The interface's screens in tests: each brought up, and read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import DataTable, Input, Static

from tests.harness.interface import NOW, beat, commit, make_shown_run, session_of, still, until
from xsample_tui.core.training.trial_plan import Trial
from xsample_tui.store.control.heartbeat import WorkerStatus
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.compare.compare_screen import CompareScreen
from xsample_tui.tui.replay.replay_screen import ReplayScreen
from xsample_tui.tui.session.replay_session import ReplaySession
from xsample_tui.tui.stack.stack_screen import StackScreen
from xsample_tui.tui.start.runs_table import RunsTable
from xsample_tui.tui.start.start_screen import StartScreen
from xsample_tui.tui.sweep.input_preview import InputPreview
from xsample_tui.tui.sweep.summary_dialog import SummaryDialog
from xsample_tui.tui.sweep.workers_dialog import WorkersDialog

LARGE = (200, 50)
SMALL = (80, 24)
Compare = Callable[..., bool]
Before = Callable[[Pilot[Any]], Awaitable[object]]
# One image of each screen is compared, and a second one where a large terminal is laid out otherwise.
one_size = pytest.mark.parametrize("size", [SMALL], ids=["80x24"])
both_sizes = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "200x50"])
ONE = WorkerStatus(slot=0, name="worker-0", host="node-a", state="training", trial="keep-r00-c00", rate=1234.4)
TWO = WorkerStatus(slot=1, name="tcp://10.0.0.7:\x1b[31m40001", host="node-b", state="silent", silence=25.0)
THREE = WorkerStatus(slot=2, name="worker-2", host="node-b", state="idle")


def screen_text(app: XSampleApp) -> str:
    """Return all that is on the screen."""
    return "\n".join("".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips())


def screen_colours(app: XSampleApp) -> set[tuple[int, int, int]]:
    """Return all colours on the screen, of letters and of what is behind them."""
    styles = {segment.style for strip in app.screen._compositor.render_strips() for segment in strip}
    drawn = {colour for style in styles if style is not None for colour in (style.color, style.bgcolor)}
    return {tuple(colour.get_truecolor()) for colour in drawn if colour is not None}  # type: ignore[misc]


def settled(*keys: str) -> Before:
    """Return what waits for the screen to have read its data, and then presses keys."""

    async def before(pilot: Pilot[Any]) -> None:
        app = pilot.app
        if isinstance(app.screen, StartScreen):
            screen = app.screen
            await until(pilot, lambda: screen._rows is not None and all(row.state for row in screen._rows))
        else:
            await until(pilot, lambda: session_of(app).opened)  # type: ignore[arg-type]
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
        await pilot.pause()
        await until(pilot, lambda: not any(preview.waiting for preview in app.screen.query(InputPreview)))
        for field in app.screen.query(Input):
            field.cursor_blink = False
        await still(pilot)
        await pilot.pause()

    return before


def start_of(app: Any) -> StartScreen:
    return next(screen for screen in app.screen_stack if isinstance(screen, StartScreen))


def rows(app: Any) -> list[list[str]]:
    table = start_of(app).query_one(RunsTable)
    return [[str(cell).strip() for cell in table.get_row_at(index)] for index in range(table.row_count)]


def note(app: XSampleApp) -> str:
    return str(start_of(app).query_one("#note", Static).render())


async def listed(pilot: Pilot[Any], count: int) -> None:
    await until(pilot, lambda: len(rows(pilot.app)) == count and all(row[1] != "…" for row in rows(pilot.app)))
    await pilot.pause()


async def summed_up(pilot: Pilot[Any]) -> None:
    """Ask for the summary, and wait for it."""
    await settled("e")(pilot)
    await until(pilot, lambda: isinstance(pilot.app.screen, SummaryDialog) and pilot.app.screen.found)
    await still(pilot)


async def compared(pilot: Pilot[Any]) -> None:
    """Compare the two runs there are."""
    app = pilot.app
    await listed(pilot, 2)
    await pilot.press("down", "c", "up", "c")
    await until(pilot, lambda: isinstance(app.screen, CompareScreen) and app.screen.found is not None)
    await until(pilot, lambda: app.screen.query_one(DataTable).row_count == 25)
    await still(pilot)


def trained(runs: Path) -> RunFolder:
    run = make_shown_run(runs, "past")
    for trial in run.document.trials:
        commit(run, trial.name, 3)
    return run


def past(app: XSampleApp) -> ReplaySession:
    run_session = session_of(app)
    assert isinstance(run_session, ReplaySession)
    return run_session


async def half_way(pilot: Pilot[Any]) -> None:
    """Pause a replay and go to its middle."""
    app: XSampleApp = pilot.app  # type: ignore[assignment]
    await until(pilot, lambda: isinstance(app.screen, ReplayScreen) and session_of(app).opened)
    await pilot.press("space")
    run_session = past(app)
    await until(pilot, lambda: run_session.state == "paused")
    run_session.move(0.5 - run_session.position / run_session.recording.length)
    await until(pilot, lambda: run_session.progress.counts()["done"] >= 5)
    await still(pilot)


def strength(trial: Trial) -> float:
    """Windows in the middle are better; baselines are best."""
    if trial.is_baseline:
        return 3.4
    return 2.2 + 0.1 * (trial.row or 0) + 0.15 * (trial.col or 0)


def stack_of(app: XSampleApp) -> StackScreen:
    """Return the stack screen, also under a dialog."""
    return next(screen for screen in app.screen_stack if isinstance(screen, StackScreen))


async def at_rest(pilot: Pilot[Any]) -> StackScreen:
    """Wait until nothing is being computed."""
    app: XSampleApp = pilot.app  # type: ignore[assignment]
    await until(pilot, lambda: stack_of(app).is_mounted)
    await pilot.pause()
    await until(pilot, lambda: not stack_of(app).busy)
    await pilot.pause()
    await pilot.pause()
    return stack_of(app)


def beat_workers(run: RunFolder, *workers: WorkerStatus, stalled: bool = False, at: float = NOW) -> None:
    dashboard = "http://127.0.0.1:8787/status" if len(workers) > 1 else ""
    beat(run, "running", at=at, workers=workers, stalled=stalled, dashboard=dashboard)


def worker_cells(app: XSampleApp) -> list[list[str]]:
    table: DataTable[Any] = app.screen.query_one(DataTable)
    return [[str(cell).strip() for cell in table.get_row_at(index)] for index in range(table.row_count)]


async def workers_opened(pilot: Pilot[Any], count: int) -> None:
    """Open the panel, and wait for so many workers in it."""
    app: XSampleApp = pilot.app  # type: ignore[assignment]
    await until(pilot, lambda: session_of(app).heartbeat is not None)
    await pilot.press("w")
    await until(pilot, lambda: isinstance(app.screen, WorkersDialog) and len(worker_cells(app)) == count)
