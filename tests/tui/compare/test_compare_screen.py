"""The compare screen: two runs are chosen, compared, exchanged and ordered."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from textual.content import Content
from textual.widgets import DataTable, Static

from tests.harness.interface import two_runs, until
from tests.harness.screens import SMALL, Compare, compared, listed, note, one_size
from tests.harness.until import SECONDS
from xsample_tui.core.comparison.run_comparison import RunComparison
from xsample_tui.stacking.findings.comparison_sides import contrast_of
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.compare import compare_screen
from xsample_tui.tui.compare.compare_screen import CompareScreen
from xsample_tui.tui.start.start_screen import StartScreen


async def test_c_takes_one_run_and_then_the_other(runs: Path) -> None:
    two_runs(runs)
    app = XSampleApp(runs)
    async with app.run_test(size=SMALL) as pilot:
        await listed(pilot, 2)
        await pilot.press("c")
        await until(pilot, lambda: "compare with long" in note(app))
        await pilot.press("escape")
        await until(pilot, lambda: "to compare with" not in note(app))
        await pilot.press("down", "c", "up", "c")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen) and app.screen.found is not None)
        screen = app.screen
        assert isinstance(screen, CompareScreen)
        assert screen.found is not None
        assert (screen.found.a.name, screen.found.b.name) == ("short", "long")
        table = screen.query_one(DataTable)
        await until(pilot, lambda: table.row_count == 25)
        assert "training.epochs" in str(screen.query_one("#contrast-text", Static).render())
        first = str(table.get_row_at(0)[0])
        assert first == "keep-r00-c00"
        await pilot.press("x")
        await until(pilot, lambda: screen.found is not None and screen.found.a.name == "long")
        await pilot.press("o")
        await until(pilot, lambda: screen._order == "gain")
        gains = [abs(float(str(table.get_row_at(i)[3]).replace("−", "-"))) for i in range(25)]
        assert gains == sorted(gains, reverse=True)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, StartScreen))


async def test_a_swap_overtakes_the_comparison_that_is_computed(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two_runs(runs)
    short, long = (RunFolder.open(runs, name) for name in ("short", "long"))
    begun, go_on, compared_runs = threading.Event(), threading.Event(), list[str]()

    def slow(a: RunFolder, b: RunFolder) -> RunComparison:
        compared_runs.append(a.name)
        begun.set()
        go_on.wait(SECONDS)
        return contrast_of(a, b)

    shown: list[str] = []
    show = CompareScreen._words

    def note_and_show(self: CompareScreen, found: RunComparison) -> list[Content]:
        shown.append(found.a.name)
        return show(self, found)

    monkeypatch.setattr(compare_screen, "contrast_of", slow)
    monkeypatch.setattr(CompareScreen, "_words", note_and_show)
    app = XSampleApp(runs)
    async with app.run_test(size=SMALL) as pilot:
        screen = CompareScreen(short, long)
        await app.push_screen(screen)
        await until(pilot, begun.is_set)
        await pilot.press("x", "x", "x")
        go_on.set()
        await until(pilot, lambda: screen.found is not None and screen.found.a.name == long.name)
        # The first is computed to its end, since a thread cannot be stopped; the two between are not begun.
        assert compared_runs == [short.name, long.name]
        assert set(shown) == {long.name}


@one_size
def test_compare(runs: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    two_runs(runs)
    assert snap_compare(XSampleApp(runs), terminal_size=size, run_before=compared)
