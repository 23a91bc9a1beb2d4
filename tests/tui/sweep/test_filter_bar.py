"""The filter of the table."""

from __future__ import annotations

from textual.widgets import Input, Static

from tests.harness.interface import (
    NOW,
    app_on,
    opened,
    sweep_of,
    tell,
    until,
)
from tests.tui.sweep.table_text import message, rows, table_of, title, type_filter
from xsample_tui.core.run_state.run_events import TrialChanged
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.heatmap.heatmap import Heatmap
from xsample_tui.tui.sweep.filter_bar import FilterBar
from xsample_tui.tui.sweep.learning_curve import LearningCurve
from xsample_tui.tui.sweep.trial_table import TrialTable

SMALL, LARGE = (80, 24), (200, 50)


async def test_a_filter_is_typed_counts_at_once_and_is_in_the_title(mid_run: RunFolder) -> None:
    async with app_on(mid_run, clock=lambda: NOW).run_test(size=LARGE) as pilot:
        app = await opened(pilot)
        table, bar = table_of(app), app.screen.query_one(FilterBar)
        assert not bar.display
        await type_filter(pilot, "row<2 done")
        await pilot.pause()
        assert bar.display
        assert list(table.names) == rows(app)
        assert {name[:8] for name in rows(app)} == {"keep-r00", "keep-r01"}
        assert len(rows(app)) == 40
        assert message(app) == "40 of 405 trials shown"
        assert "/row<2 done  40 of 405" in title(app)
        await pilot.press("enter")
        assert not bar.display
        assert app.focused is table
        assert len(rows(app)) == 40
        # Nothing of it is lost when it is edited again.
        await pilot.press("slash")
        assert app.screen.query_one("#filter", Input).value == "row<2 done"
        await pilot.press("space", *"c01", "slash")
        await pilot.pause()
        assert app.screen.query_one("#filter", Input).value == "row<2 done c01/"
        await pilot.press("ctrl+u")
        await pilot.pause()
        assert len(rows(app)) == 405
        await pilot.press("enter")
        assert title(app) == "trials"


async def test_a_bad_filter_is_one_line_and_the_one_before_stays_in_force(mid_run: RunFolder) -> None:
    async with app_on(mid_run, clock=lambda: NOW).run_test(size=SMALL) as pilot:
        app = await opened(pilot)
        line = app.screen.query_one("#filter", Input)
        await type_filter(pilot, "r05")
        await pilot.pause()
        assert len(rows(app)) == 20
        # A field that is being typed is not taken for a name, which would show nothing.
        await pilot.press("space", *"sta")
        await pilot.pause()
        assert message(app) == "state? Enter searches the names"
        assert len(rows(app)) == 20
        await pilot.press(*"te:don")
        await pilot.pause()
        assert message(app) == "column 11: unknown state don; did you mean done?"
        assert len(rows(app)) == 20
        # Enter does not take it, and does not lose it.
        await pilot.press("enter")
        assert line.value == "r05 state:don"
        assert app.focused is line
        await pilot.press("escape")
        assert len(rows(app)) == 405
        await pilot.press("slash")
        assert line.value == ""
        await pilot.press("up")
        assert line.value == "r05 state:don"
        await pilot.press("down")
        assert line.value == ""


async def test_escape_goes_back_to_the_filter_before(mid_run: RunFolder) -> None:
    async with app_on(mid_run, clock=lambda: NOW).run_test(size=LARGE) as pilot:
        app = await opened(pilot)
        await type_filter(pilot, "failed")
        await pilot.press("enter")
        assert rows(app) == ["keep-r02-c15"]
        # The chosen trial was filtered out, so that keeping the filter goes to the first that is not.
        assert sweep_of(app).selected == "keep-r02-c15"
        await type_filter(pilot, "nothing-like-it")
        await pilot.pause()
        assert rows(app) == []
        assert "0 of 405" in title(app)
        await pilot.press("escape")
        await pilot.pause()
        assert rows(app) == ["keep-r02-c15"]


async def test_without_its_trial_the_table_has_no_cursor_until_it_is_moved(mid_run: RunFolder) -> None:
    async with app_on(mid_run, clock=lambda: NOW).run_test(size=LARGE) as pilot:
        app = await opened(pilot)
        table, screen = table_of(app), sweep_of(app)
        await type_filter(pilot, "row:3")
        await pilot.press("enter")
        assert screen.selected == table.chosen == "keep-r03-c00"
        screen.select("keep-r10-c10")
        assert table.chosen is None
        assert not table.show_cursor
        await pilot.press("down")
        assert screen.selected == table.chosen == "keep-r03-c00"
        screen.select("keep-r10-c10")
        await pilot.click(TrialTable, offset=(10, 4))
        await pilot.pause()
        assert screen.selected == table.chosen == "keep-r03-c02"
        assert screen.query_one(Heatmap).chosen == "keep-r03-c02"
        assert "keep-r03-c02" in str(screen.query_one(LearningCurve).border_title)
        screen.select("keep-r10-c10")
        await pilot.click(TrialTable, offset=(10, 4))
        await pilot.pause()
        assert screen.selected == table.chosen == "keep-r03-c02"
        screen.select("keep-r10-c10")
        await pilot.press("up")
        assert screen.selected == table.chosen == "keep-r03-c19"


async def test_trials_come_and_go_as_they_meet_the_filter(mid_run: RunFolder) -> None:
    async with app_on(mid_run, clock=lambda: NOW).run_test(size=LARGE) as pilot:
        app = await opened(pilot)
        await type_filter(pilot, "running")
        await pilot.press("enter")
        assert rows(app) == ["keep-r08-c10", "keep-r08-c11"]
        tell(mid_run, [TrialChanged(at=NOW, trial="keep-r08-c10", status="done")])
        tell(mid_run, [TrialChanged(at=NOW, trial="keep-r08-c12", status="running", slot=0)])
        await until(pilot, lambda: rows(app) == ["keep-r08-c11", "keep-r08-c12"])
        assert "/running  2 of 405" in title(app)


async def test_on_a_small_terminal_the_filter_is_said_above_the_table(mid_run: RunFolder) -> None:
    async with app_on(mid_run, clock=lambda: NOW).run_test(size=SMALL) as pilot:
        app = await opened(pilot)
        note = app.screen.query_one("#table-note", Static)
        assert not note.display
        await type_filter(pilot, "(row<3) or (acc>99%")
        await pilot.pause()
        assert "column 12: this bracket is not closed; add )" in message(app)
        await pilot.press("ctrl+u", *"row<3")
        await pilot.press("enter")
        await pilot.pause()
        assert note.display
        assert str(note.render()) == "/row<3  60 of 405"
        # What is typed is text, not markup.
        await type_filter(pilot, '"[b]" or row:4')
        await pilot.press("enter")
        await pilot.pause()
        assert str(note.render()) == '/"[b]" or row:4  20 of 405'
        await pilot.resize_terminal(*LARGE)
        await pilot.pause()
        assert '/"\\[b]" or row:4  20 of 405' in title(app)
