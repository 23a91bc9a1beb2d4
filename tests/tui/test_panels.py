"""Grid, table, curve, legend and log by themselves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from tests.harness.interface import NOW, app_on, make_shown_run, session_of, still, sweep_of, until
from xsample_tui.core.run_state.eta import Estimate
from xsample_tui.core.run_state.run_events import Logged, TrialChanged
from xsample_tui.core.training.sweep_spec import SweepSpec
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.heatmap.cell_sizes import SIZES
from xsample_tui.tui.heatmap.heatmap import Heatmap
from xsample_tui.tui.heatmap.heatmap_cell import cell_of
from xsample_tui.tui.heatmap.heatmap_legend import flow
from xsample_tui.tui.session.file_session import FileSession
from xsample_tui.tui.sweep.log_panel import line
from xsample_tui.tui.sweep.run_header import bar, time_left
from xsample_tui.tui.sweep.trial_columns import COLUMNS, fitting
from xsample_tui.tui.sweep.trial_table import TrialTable
from xsample_tui.tui.theme import symbols
from xsample_tui.tui.view_models.run_notice import ARTICLE_WARNING, notice
from xsample_tui.tui.widgets.base_screen import layout_for
from xsample_tui.tui.widgets.line_plot import PlotFrame, braille, frame

# -- the grid --------------------------------------------------------------------------------------------------------


def grid_for(runs: Any, **options: Any) -> Heatmap:
    grid = Heatmap(FileSession(make_shown_run(runs, **options)))
    grid._show_cursor = lambda: None  # type: ignore[method-assign]
    return grid


@pytest.mark.parametrize(
    ("width", "height", "size", "axes"),
    [
        (40, 20, (2, 1), False),
        (43, 21, (2, 1), True),
        (43, 20, (2, 1), False),
        (83, 41, (4, 2), True),
        (30, 10, (2, 1), True),
    ],
)
def test_cells_are_as_large_as_the_room_allows(runs: Any, width: int, height: int, size: Any, axes: bool) -> None:
    grid = grid_for(runs, side=28, window=9, stride=1)
    grid.fit(width, height)
    assert ((grid.cell_size.across, grid.cell_size.down), grid.axes) == (size, axes)


def test_a_small_grid_takes_the_largest_cells(runs: Any) -> None:
    grid = grid_for(runs)
    grid.fit(200, 100)
    assert grid.cell_size == SIZES[-1]


def test_the_grid_has_the_sweeps_own_rows_and_columns(runs: Any) -> None:
    grid = grid_for(runs, side=28, window=9, stride=5)
    assert grid.cells.grid.rows == grid.cells.grid.columns == [0, 5, 10, 15, 19]


async def test_places_without_a_window_are_passed_over(run: RunFolder) -> None:
    app = app_on(run, work=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        grid = sweep_of(app).query_one(Heatmap)
        del grid.cells.grid.names[(0, 1)]
        await pilot.press("right")
        assert grid.cursor == (0, 2)
        await pilot.press("right")
        assert grid.cursor == (0, 2)
        await pilot.press("home")
        assert grid.cursor == (0, 0)
        await pilot.press("up")
        assert grid.cursor == (0, 0)


async def test_every_line_of_the_grid_is_as_wide_as_its_panel(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        grid = sweep_of(app).query_one(Heatmap)
        for size in SIZES:
            grid._set_size(size, axes=True)
            for y in range(grid.size.height):
                assert grid.render_line(y).cell_length == grid.size.width


async def test_done_cells_say_by_sign_and_colour_what_their_gain_amounts_to(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await still(pilot)
        run_session, grid = session_of(app), sweep_of(app).query_one(Heatmap)
        seen = set()
        for entry in run_session.progress.windows:
            cell = cell_of(run_session, entry, grid.scale)
            if entry.status == "done":
                verdict = run_session.baseline_test.verdict(entry)
                seen.add(verdict)
                assert cell.sign == symbols.VERDICT[verdict]
                assert cell.step is not None
                assert (cell.step > 0, cell.step < 0) == (verdict == "better", verdict == "worse")
            else:
                assert cell.sign == symbols.TRIAL[entry.status]
                assert cell.step is None or entry.status in ("running", "paused")
        assert seen == {"better", "worse", "noise"}
        strips = [grid.render_line(line) for line in range(1, 21)]
        assert len({segment.style.bgcolor for strip in strips for segment in strip if segment.style}) > 8


# -- the table -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("epochs", [3, 1000])
@pytest.mark.parametrize("width", [30, 36, 40, 45, 60, 73, 90, 140])
def test_the_columns_that_fit_are_shown_whole(runs: Any, width: int, epochs: int) -> None:
    table = TrialTable(FileSession(make_shown_run(runs, epochs=epochs)))
    keys, gap = fitting(table.headings, table._widths, width - 1)
    assert sum(table._widths[key] + gap for key in keys) - gap <= width - 1
    assert {"trial", "gain"} <= set(keys)
    if width >= table.least_width:
        assert "val_accuracy" in keys
        assert {"epoch", "done"} & set(keys)
    for key in keys:
        assert len(COLUMNS[key].heading) <= table._widths[key]
    if width == 140:
        assert len(keys) == 12


# -- the curve -------------------------------------------------------------------------------------------------------

points = st.lists(st.floats(0, 1), min_size=1, max_size=50).map(lambda values: list(enumerate(values, start=1)))


@given(points, st.integers(10, 80), st.integers(3, 30))
def test_a_curve_stays_in_its_frame_and_passes_its_points(series: Any, columns: int, lines: int) -> None:
    where = frame([series], len(series), columns, lines)
    marks = braille(series, where)
    assert all(0 <= x < columns and 0 <= y < lines for x, y in marks)
    assert all(0 < bits < 256 for bits in marks.values())
    for epoch, value in series:
        x, y = where.dot(epoch, value)
        assert (x // 2, y // 4) in marks


def test_a_higher_value_is_drawn_higher() -> None:
    where = PlotFrame(1, 2, 0.0, 1.0, 10, 5)
    assert where.dot(1, 1.0) == (0, 0)
    assert where.dot(2, 0.0) == (19, 19)


# -- the rest --------------------------------------------------------------------------------------------------------


@given(
    st.lists(st.text("abc ", min_size=1, max_size=30).filter(lambda t: t.strip() == t), max_size=8),
    st.integers(5, 60),
)
def test_parts_flow_without_being_cut(texts: list[str], width: int) -> None:
    lines = flow([Content(text) for text in texts], width)
    assert all(line.cell_length <= width for line in lines)
    whole = "".join(line.plain for line in lines).replace(" ", "")
    assert whole == "".join(texts).replace(" ", "")


@pytest.mark.parametrize(("share", "full"), [(0, 0), (0.5, 10), (1, 20)])
def test_the_bar_is_as_long_as_the_share(share: float, full: int) -> None:
    drawn = bar(share, 20).plain
    assert len(drawn) == 20
    assert drawn.count("━") == full


def test_time_left_has_its_spread() -> None:
    assert time_left(Estimate(4500, 4800, 5100)) == "1 h 15 min to 1 h 25 min"
    assert time_left(Estimate(10, 14, 20)) == "10 to 20 s"
    assert time_left(Estimate(9.8, 10, 10.2)) == "about 10 s"
    assert time_left(Estimate(9.8, 10, 10.2).after(30)) == "under 1 s"


def test_notices() -> None:
    assert notice(SweepSpec(name="s"), 1000) == "1,000 images: ±0.001 is noise"
    assert notice(SweepSpec(name="s"), 2001) == ""
    assert notice(SweepSpec(name="s"), None) == ""
    assert notice(SweepSpec(name="s", preset="article"), 10_000) == ARTICLE_WARNING
    assert notice(SweepSpec(name="s", article_protocol=True), 1000) == ARTICLE_WARNING


@pytest.mark.parametrize(
    ("size", "layout"),
    [
        ((59, 50), "tiny"),
        ((200, 19), "tiny"),
        ((60, 20), "compact"),
        ((80, 24), "compact"),
        ((120, 30), "compact"),
        ((120, 40), "medium"),
        ((200, 40), "medium"),
        ((200, 50), "large"),
    ],
)
def test_layouts(size: tuple[int, int], layout: str) -> None:
    from textual.geometry import Size

    assert layout_for(Size(*size)) == layout


def test_outside_text_cannot_reach_the_terminal(run: RunFolder) -> None:
    run_session = FileSession(run)
    evil = "\x1b]0;owned\x07\x9b31m\n"
    for event in (
        Logged(at=NOW, level="error", text=evil),
        TrialChanged(at=NOW, trial=evil, status="failed", message=evil),
        TrialChanged(at=NOW, trial=evil, status="done", message=evil),
    ):
        found = line(run_session, event)
        assert found is not None
        assert found[0].isprintable()
