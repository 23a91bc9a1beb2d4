"""No row of a table on a screen is wider than its panel, at any width of the terminal."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from textual.geometry import Size
from textual.pilot import Pilot
from textual.widgets import DataTable, Static

from tests.harness.finished_runs import dataset, finish, finished_run
from tests.harness.interface import NOW, app_on, session_of, still, until
from tests.harness.screens import (
    ONE,
    THREE,
    TWO,
    at_rest,
    beat_workers,
    listed,
    strength,
    workers_opened,
)
from xsample_tui.stacking.pool.control_runs import lay_out_control_runs
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.stack.agreement_matrix import AgreementMatrix
from xsample_tui.tui.stack.blender_table import BlenderTable
from xsample_tui.tui.stack.member_list import MemberList
from xsample_tui.tui.stack.stack_screen import StackScreen
from xsample_tui.tui.stack.verdict_panel import VerdictPanel
from xsample_tui.tui.start.runs_table import RunsTable
from xsample_tui.tui.sweep.trial_table import TrialTable
from xsample_tui.tui.widgets.base_screen import layout_for

SIZES = [(80, 24), (100, 30), (120, 40), (160, 45), (200, 50)]
every_width = pytest.mark.parametrize("size", SIZES, ids=[f"{width}x{height}" for width, height in SIZES])
# How a row of the verdict's tables begins: an arm, or two arms.
_ARM = re.compile(r"^(arm|arms|[ABCDEFGM][=*]?( - [A-G][=*]?)?)  ")


def fits(table: DataTable[Any]) -> None:
    """Check that all columns of a table are inside it."""
    assert table.row_count
    room = table.scrollable_content_region.width
    blank = 0
    for column in table.ordered_columns:
        texts = [column.label.plain, *(str(table.get_cell(row, column.key)) for row in table.rows)]
        assert max(map(len, texts)) <= column.width
        blank = column.width - max(len(text.rstrip()) for text in texts)
    # What is blank at the end of the last column may be cut.
    assert 0 < table.virtual_size.width - blank <= room


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two finished runs, the first with its windows' twins."""
    runs = tmp_path_factory.mktemp("widths") / "runs"
    run = finished_run(runs, "quick-20261126-1-of-a-long-name", strength=strength, data=dataset(1200))
    for control in lay_out_control_runs(run, "seeds", 9):
        for trial in control.document.trials:
            finish(control, trial, strength(trial))
    finished_run(runs, "other", strength=strength, data=dataset(1200))
    return runs


@every_width
async def test_the_list_of_runs(folder: Path, size: tuple[int, int]) -> None:
    app = XSampleApp(folder)
    async with app.run_test(size=size) as pilot:
        await listed(pilot, 3)
        await still(pilot)
        fits(app.screen.query_one(RunsTable))


@every_width
async def test_the_trials(folder: Path, size: tuple[int, int]) -> None:
    app = app_on(RunFolder.open(folder, "other"), work=False)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await still(pilot)
        fits(app.screen.query_one(TrialTable))


@every_width
async def test_a_comparison(folder: Path, size: tuple[int, int]) -> None:
    app = XSampleApp(folder)
    async with app.run_test(size=size) as pilot:
        await listed(pilot, 3)
        app.compare_named("quick-20261126-1-of-a-long-name", "other")
        await until(pilot, lambda: app.screen.query("#contrast-table") and app.screen.query_one(DataTable).row_count)
        await still(pilot)
        fits(app.screen.query_one(DataTable))


@every_width
async def test_the_workers(run: RunFolder, size: tuple[int, int]) -> None:
    owner = RunLock(run.path)
    beat_workers(run, ONE, TWO, THREE)
    app = app_on(run, work=False, clock=lambda: NOW)
    try:
        async with app.run_test(size=size) as pilot:
            await workers_opened(pilot, 3)
            await still(pilot)
            fits(app.screen.query_one(DataTable))
    finally:
        owner.release()


@every_width
async def test_the_stack(folder: Path, size: tuple[int, int]) -> None:
    app = app_on(RunFolder.open(folder, "quick-20261126-1-of-a-long-name"), work=False)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await pilot.press("b")
        screen = await _opened(pilot)
        members = screen.query_one(MemberList)
        if members.region.width:
            lines = ["".join(part.text for part in members.render_line(y)) for y in range(4)]
            assert members.width(layout_for(Size(*size)), size[0]) <= max(map(len, lines)) + 1
        for kind, key in ((BlenderTable, "1"), (AgreementMatrix, "3")):
            await pilot.press(key)
            await at_rest(pilot)
            panel = screen.query_one(kind)
            assert panel.size.width > 0
            assert max(map(len, str(panel.render()).split("\n"))) <= panel.size.width
        levels = str(screen.query_one(BlenderTable).render())
        assert ("best single model" if size[0] >= 120 else "best (G)") in levels
        await pilot.press("5")
        await at_rest(pilot)
        await still(pilot)
        panel = screen.query_one(VerdictPanel)
        lines = str(screen.query_one("#verdict-text", Static).render()).split("\n")
        rows = [line for line in lines if _ARM.match(line)]
        assert len(rows) >= 10
        assert max(map(len, rows)) <= panel.scrollable_content_region.width
        # It opens at its top: the answer, then A - B, then the arms, then the rest.
        assert panel.scroll_y == 0
        firsts = [
            next(i for i, line in enumerate(lines) if line.startswith(head)) for head in ("A - B", "A  ", "C - D")
        ]
        assert firsts == sorted(firsts)
        assert lines[0].startswith(("Blending windows ", "Not resolved: ", "No difference "))
        assert lines[1].startswith(("What it can find: ", "What would resolve it: "))


async def test_blenders_beside_long_names_of_members(folder: Path) -> None:
    app = app_on(RunFolder.open(folder, "quick-20261126-1-of-a-long-name"), work=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await pilot.press("b")
        panel = (await _opened(pilot)).query_one(BlenderTable)
        shown = set()
        for width in range(29, 61, 4):
            panel.styles.width = width
            await at_rest(pilot)
            lines = str(panel.render()).split("\n")
            assert max(map(len, lines)) <= panel.size.width
            shown.add(tuple(lines[0].partition("acc")[2].split()))
        # What says least goes first.
        assert shown >= {("loss",), ("errors", "loss"), ("errors/n", "log-loss")}


async def _opened(pilot: Pilot[Any]) -> StackScreen:
    await until(pilot, lambda: any(isinstance(screen, StackScreen) for screen in pilot.app.screen_stack))
    return await at_rest(pilot)
