"""The grid shows what the user has made of trials: marked, pinned, filtered out."""

from __future__ import annotations

from typing import Any

import pytest
from textual.color import Color

from tests.harness.interface import NOW, app_on, session_of, sweep_of, until
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.heatmap.heatmap import Heatmap
from xsample_tui.tui.heatmap.heatmap_legend import HeatmapLegend
from xsample_tui.tui.heatmap.trial_marks import HIDDEN, MARK, TrialMarks
from xsample_tui.tui.view_models.ascii_text import ascii_text

SMALL, MIDDLE, LARGE = (80, 24), (120, 40), (200, 50)


def lines(app: Any) -> list[str]:
    grid = sweep_of(app).query_one(Heatmap)
    return [grid.render_line(line).text for line in range(grid.size.height)]


def said(app: Any) -> str:
    grid = sweep_of(app).query_one(Heatmap)
    legends = (part.plain for legend in sweep_of(app).query(HeatmapLegend) for part in legend.parts())
    under = grid._border_subtitle
    return f"{under.plain if under else ''} {' '.join(legends)}"


async def opened(app: Any, pilot: Any) -> None:
    await until(pilot, lambda: session_of(app).opened)
    await pilot.pause()


async def typed(pilot: Any, text: str) -> None:
    await pilot.press("slash", *text, "enter")
    await pilot.pause()


async def test_marks_and_pins_are_signs_in_their_cells_and_the_legend_explains_them(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=SMALL) as pilot:
        await opened(app, pilot)
        assert MARK not in "".join(lines(app))
        assert "marked" not in said(app)
        assert "pinned" not in said(app)
        await pilot.press("u", "down", "p", "right", "p", "down")
        await pilot.pause()
        top = lines(app)
        assert top[1][3:5] == f"{MARK}−"
        assert top[2][3:7] == "A−B−"
        assert f"{MARK} marked" in said(app)
        assert "AB pinned" in said(app)
        # The first pin is taken back: the other one takes its letter.
        await pilot.press("up", "left", "p")
        await pilot.pause()
        assert lines(app)[2][5] == "A"
        await pilot.press("up", "u")
        await pilot.pause()
        assert MARK not in "".join(lines(app))
        assert "marked" not in said(app)


async def test_large_cells_have_room_for_the_value_and_both_signs(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=LARGE) as pilot:
        await opened(app, pilot)
        await pilot.press("u", "p", "right")
        await pilot.pause()
        grid, (_, first, second, *_) = sweep_of(app).query_one(Heatmap), lines(app)
        assert grid.cell_size.across == 4
        assert f"{MARK}A" in second[:8]
        assert "−" in first[:8]
        assert f"{MARK} marked" in said(app)
        await pilot.press("plus")
        for across in (6, 8, 12):
            await pilot.press("plus")
            await pilot.pause()
            assert grid.cell_size.across == across
            drawn = lines(app)
            # One below the other at the cell's right edge.
            assert [line[-grid.size.width :][3 + across - 1 : 3 + across] for line in drawn[1:3]] == [MARK, "A"]


@pytest.mark.parametrize("size", [SMALL, MIDDLE])
async def test_what_the_filter_hides_is_faint(mid_run: RunFolder, size: tuple[int, int]) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=size) as pilot:
        await opened(app, pilot)
        grid = sweep_of(app).query_one(Heatmap)
        row = int(grid.axes)

        def strength(line: int) -> float:
            """How far the leftmost cell's colour is from the panel's ground."""
            style = list(grid.render_line(line))[-1 if line < row else int(grid.axes)].style
            assert style is not None
            assert style.bgcolor is not None
            ground = Color.from_rich_color(style.bgcolor)
            return sum(abs(a - b) for a, b in zip(ground.rgb, grid.background_colors[1].rgb, strict=True))

        before = strength(row), strength(row + 3)
        await typed(pilot, "row>1")
        assert "faint: hidden" in said(app)
        assert strength(row) < before[0] / 3
        assert strength(row + 3) == before[1]
        # The chosen window is hidden, too: the cursor went to the first that is not.
        assert sweep_of(app).selected == "keep-r02-c00"
        await pilot.press("slash", "ctrl+u", "enter")
        await pilot.pause()
        assert "faint: hidden" not in said(app)


async def test_without_colours_what_is_hidden_has_a_sign_of_its_own(
    mid_run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=SMALL) as pilot:
        await opened(app, pilot)
        await pilot.press("u")
        await typed(pilot, "row>1")
        assert lines(app)[1][3:7] == f"{MARK}{HIDDEN * 3}"
        assert HIDDEN not in lines(app)[3]
        assert f"{HIDDEN} hidden" in said(app)


def test_in_ascii_a_mark_is_no_verdict_and_no_state() -> None:
    from xsample_tui.tui.theme import symbols

    others = {ascii_text(sign) for sign in (*symbols.TRIAL.values(), *symbols.VERDICT.values())}
    assert ascii_text(MARK) not in others


def test_only_trials_whose_signs_differ_are_drawn_anew() -> None:
    before = TrialMarks(marked=frozenset("ab"), pins=("c", "d"), hidden=frozenset("x"))
    after = TrialMarks(marked=frozenset("b"), pins=("d",), hidden=frozenset("xy"))
    assert after.differing(before) == {"a", "c", "d", "y"}
    assert after.differing(after) == set()
