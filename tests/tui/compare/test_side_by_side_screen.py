"""Several runs side by side: marked in the list, drawn in one scale, and compared in pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import DataTable, Static

from tests.harness.finished_runs import finished_run
from tests.harness.interface import still, until
from tests.harness.screens import SMALL, Before, Compare, listed, screen_text, start_of
from xsample_tui.core.errors import XSampleError
from xsample_tui.stacking.findings.runs_beside import RunBeside
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.compare import side_by_side_screen
from xsample_tui.tui.compare.compare_screen import CompareScreen
from xsample_tui.tui.compare.side_by_side_screen import SideBySideScreen
from xsample_tui.tui.start.start_screen import StartScreen
from xsample_tui.tui.terminal.capabilities import COLORS

WEAK = {"a": 3.0, "b": 2.9, "c": 0.5}


def three_runs(runs: Path) -> None:
    for name, strength in WEAK.items():
        finished_run(runs, name, strength=lambda trial, s=strength: 3.0 if trial.is_baseline else s, baselines=6)  # type: ignore[misc]


async def test_marked_runs_are_shown_side_by_side_and_in_pairs(runs: Path) -> None:
    three_runs(runs)
    app = XSampleApp(runs)
    async with app.run_test(size=(120, 60)) as pilot:
        await listed(pilot, 3)
        await pilot.press("shift+right", "shift+right", "home", "u", "u", "u")
        await until(pilot, lambda: "3 marked (c compares)" in screen_text(app))
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, SideBySideScreen) and app.screen.found is not None)
        screen = app.screen
        assert isinstance(screen, SideBySideScreen)
        table = screen.query_one(DataTable)
        await until(pilot, lambda: table.row_count == 3)
        maps = str(screen.query_one("#beside-maps", Static).render())
        assert "C over A" in maps
        assert "9 worse" in maps
        # A gain within noise has neither colour nor figure; one beyond it has both.
        assert maps.count("−") >= 9
        assert "best window (m: another)" in screen_text(app)
        await pilot.press("m")
        await until(pilot, lambda: "mean of the windows (m: another)" in screen_text(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen) and app.screen.found is not None)
        pair = app.screen
        assert isinstance(pair, CompareScreen)
        assert pair.found is not None
        assert (pair.found.a.name, pair.found.b.name) == ("a", "c")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: isinstance(app.screen, StartScreen))
        await pilot.press("escape")
        await until(pilot, lambda: start_of(app)._marked == [])


@pytest.mark.parametrize("width", [80, 200])
async def test_no_line_is_wider_than_the_screen(runs: Path, width: int) -> None:
    three_runs(runs)
    app = XSampleApp(runs)
    async with app.run_test(size=(width, 24)) as pilot:
        await listed(pilot, 3)
        app.compare_many(["a", "b", "c"])
        await until(pilot, lambda: isinstance(app.screen, SideBySideScreen) and app.screen.found is not None)
        screen = app.screen
        await until(pilot, lambda: screen.query_one(DataTable).row_count == 3)
        assert max(map(len, str(screen.query_one("#beside-maps", Static).render()).splitlines())) <= width - 2
        assert sum(column.width for column in screen.query_one(DataTable).columns.values()) <= width - 1


def beside(*keys: str) -> Before:
    """Show the three runs side by side, then press keys."""

    async def before(pilot: Pilot[Any]) -> None:
        app = pilot.app
        assert isinstance(app, XSampleApp)
        await listed(pilot, 3)
        app.compare_many(["a", "b", "c"])
        await until(pilot, lambda: isinstance(app.screen, SideBySideScreen) and app.screen.found is not None)
        await pilot.press(*keys)
        await still(pilot)

    return before


@pytest.mark.parametrize("look", ["16", "ascii"])
def test_side_by_side(runs: Path, snap_compare: Compare, monkeypatch: pytest.MonkeyPatch, look: str) -> None:
    three_runs(runs)
    if look == "16":
        monkeypatch.setenv(COLORS, look)
    app = XSampleApp(runs, ascii_only=look == "ascii")
    # High enough for the maps, their differences and the curves.
    assert snap_compare(app, terminal_size=(SMALL[0], 44), run_before=beside())


async def test_runs_that_cannot_be_read_are_said_in_place_of_the_title(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    three_runs(runs)

    def damaged(found: list[RunFolder]) -> list[RunBeside]:
        raise XSampleError(f"{found[2].name}: is damaged")

    monkeypatch.setattr(side_by_side_screen, "runs_beside", damaged)
    app = XSampleApp(runs)
    async with app.run_test(size=SMALL) as pilot:
        await listed(pilot, 3)
        app.compare_many(["a", "b", "c"])
        await until(pilot, lambda: "✗ c: is damaged" in screen_text(app))
