"""Zoom: the sizes of cells."""

from __future__ import annotations

from tests.harness.interface import NOW, app_on, session_of, sweep_of, until
from tests.tui.heatmap.conftest import drawn
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.heatmap.cell_sizes import SIZES
from xsample_tui.tui.heatmap.heatmap import Heatmap
from xsample_tui.tui.sweep.trial_table import TrialTable

SMALL, MIDDLE, LARGE = (80, 24), (120, 40), (200, 50)


async def test_plus_minus_and_z_zoom_the_grid_and_keep_the_cursor_in_sight(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=MIDDLE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        grid = sweep_of(app).query_one(Heatmap)
        fitting = grid.cell_size
        sweep_of(app).select("keep-r15-c15")
        for _ in range(10):
            await pilot.press("plus")
            await pilot.pause()
            assert grid.cursor == (15, 15)
            region = grid._cell_region(15, 15).translate(-grid.scroll_offset)
            assert 0 <= region.x < grid.size.width
            assert 0 <= region.y < grid.size.height
            assert sweep_of(app).query_one(TrialTable).size.width >= 60
        assert grid.cell_size == SIZES[-1]
        for _ in range(10):
            await pilot.press("minus")
        await pilot.pause()
        assert grid.cell_size == SIZES[0]
        assert grid.extent.height == 11
        assert any("▀" in line for line in drawn(grid))
        await pilot.press("z")
        await pilot.pause()
        assert grid.cell_size == fitting


async def test_two_half_cells_share_a_character_and_both_can_be_clicked(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        grid = sweep_of(app).query_one(Heatmap)
        await pilot.press("minus", "minus")
        await pilot.pause()
        assert grid.cell_size.half
        await pilot.click(Heatmap, offset=(3 + 7, 1 + 2))
        assert grid.cursor == (4, 7)
        await pilot.click(Heatmap, offset=(3 + 7, 1 + 2))
        await pilot.pause()
        assert grid.cursor == (5, 7)
        style = grid.render_line(3).crop(10, 11)._segments[0].style
        assert style is not None
        assert style.color != style.bgcolor
