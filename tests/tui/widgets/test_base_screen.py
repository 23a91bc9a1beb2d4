"""A panel that fills the screen, and comes back to its place."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.harness.finished_runs import finished_run
from tests.harness.interface import NOW, app_on, session_of, still, sweep_of, until
from tests.harness.screens import LARGE, SMALL, at_rest, screen_text, strength
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.sweep.run_header import RunHeader


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "200x50"])
async def test_a_panel_fills_the_screen_between_header_and_keys(mid_run: RunFolder, size: tuple[int, int]) -> None:
    app = app_on(mid_run, work=False, clock=lambda: NOW)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        for key, panel in (("g", "grid"), ("t", "table"), ("c", "curve"), ("l", "log")):
            await pilot.press(key)
            widget = sweep_of(app).query_one(f"#{panel}")
            await until(pilot, partial(getattr, widget, "has_focus"))
            await still(pilot)
            region = widget.region
            await pilot.press("Z")
            await still(pilot)
            full = widget.region
            header = sweep_of(app).query_one(RunHeader).region
            assert (full.x, full.width, full.y) == (0, size[0], header.bottom)
            assert full.bottom == size[1] - 1
            assert "q Quit" in screen_text(app).splitlines()[-1]
            # Its own keys work there, and those of the screen.
            await pilot.press("down")
            await pilot.press("up")
            await pilot.press("Z" if key in "gc" else "escape")
            await still(pilot)
            assert widget.region == region


async def test_the_verdict_fills_the_stack_screen(runs: Path) -> None:
    app = app_on(finished_run(runs, "q", strength=strength), work=False, clock=lambda: NOW)
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await pilot.press("b")
        screen = await at_rest(pilot)
        await pilot.press("5")
        await until(pilot, lambda: app.focused is not None and app.focused.id == "verdict")
        await pilot.press("Z")
        await still(pilot)
        assert screen.query_one("#verdict").region.width == LARGE[0]
        await pilot.press("escape")
        await still(pilot)
        assert screen.query_one("#verdict").region.width < LARGE[0]
        assert app.screen is screen
