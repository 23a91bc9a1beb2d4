"""The table: sorting, filtering, marking, and acting on what is marked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.harness.fake_lease import metrics_of
from tests.harness.interface import (
    NOW,
    app_on,
    asked,
    commit,
    make_run,
    opened,
    session_of,
    still,
    sweep_of,
    tell,
    until,
)
from xsample_tui.core.run_state.run_events import EpochDone, TrialChanged
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.heatmap.heatmap import Heatmap
from xsample_tui.tui.start.start_screen import StartScreen
from xsample_tui.tui.sweep.filter_bar import FilterBar
from xsample_tui.tui.sweep.learning_curve import LearningCurve
from xsample_tui.tui.sweep.trial_table import TrialTable
from xsample_tui.tui.view_models.filter_parser import parse

SMALL, LARGE = (80, 24), (200, 50)


def table_of(app: XSampleApp) -> TrialTable:
    return sweep_of(app).query_one(TrialTable)


def column(app: XSampleApp, key: str) -> list[str]:
    """What the column says, from the top."""
    table = table_of(app)
    return [str(table.get_cell(name, key)).strip(" ●") for name in table.names]


def rows(app: XSampleApp) -> list[str]:
    """The names in the rows, from the top, as they are drawn."""
    table = table_of(app)
    return [str(table.get_row_at(row)[1]).strip() for row in range(table.row_count)]


def row(app: XSampleApp, name: str) -> str:
    """What a trial's row says of its state."""
    return str(table_of(app).get_row(name)[0]).strip(" ●")


def message(app: XSampleApp) -> str:
    return str(app.screen.query_one("#filter-message", Static).render())


def title(app: XSampleApp) -> str:
    return str(table_of(app).border_title)


async def type_filter(pilot: Pilot[Any], text: str) -> None:
    await pilot.press("slash")
    await pilot.press("ctrl+u", *(_KEYS.get(letter, letter) for letter in text))


_KEYS = {" ": "space"}


# -- order -----------------------------------------------------------------------------------------------------------


async def test_headings_sort_and_the_cursor_stays_on_its_trial(mid_run: RunFolder) -> None:
    async with app_on(mid_run, clock=lambda: NOW).run_test(size=LARGE) as pilot:
        app = await opened(pilot)
        table = table_of(app)
        plan = rows(app)
        sweep_of(app).select("keep-r07-c03")
        heading = next(x for x in range(table.size.width) if at_heading(app, x) == "val_accuracy")
        await pilot.click(TrialTable, offset=(heading + 1, 1))
        accuracies = [float(text) for text in column(app, "val_accuracy") if text != "–"]
        assert accuracies == sorted(accuracies, reverse=True)
        # Trials without a figure come last, and equals stay in the plan's order.
        assert column(app, "val_accuracy")[len(accuracies) :] == ["–"] * (405 - len(accuracies))
        assert rows(app) != plan
        assert rows(app) == list(table.names)
        assert table.chosen == "keep-r07-c03" == sweep_of(app).selected
        assert table.get_row_at(table.cursor_row)[1].plain.strip() == "keep-r07-c03"
        assert "▼" in heading_text(app, "val_accuracy")
        await pilot.click(TrialTable, offset=(heading + 1, 1))
        turned = [float(text) for text in column(app, "val_accuracy") if text != "–"]
        assert turned == sorted(accuracies)
        assert column(app, "val_accuracy")[-1] == "–"
        assert "▲" in heading_text(app, "val_accuracy")
        await pilot.click(TrialTable, offset=(heading + 1, 1))
        assert rows(app) == plan
        assert table.chosen == "keep-r07-c03"


def at_heading(app: XSampleApp, x: int) -> str | None:
    table, left = table_of(app), 0
    for column in table.ordered_columns:
        if left <= x < left + column.width:
            return column.key.value
        left += column.width
    return None


def heading_text(app: XSampleApp, key: str) -> str:
    return next(c.label.plain for c in table_of(app).ordered_columns if c.key.value == key)


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_keys_sort_by_every_column(mid_run: RunFolder, size: tuple[int, int]) -> None:
    async with app_on(mid_run, clock=lambda: NOW).run_test(size=size) as pilot:
        app = await opened(pilot)
        table = table_of(app)
        await pilot.press("t")
        plan = list(table.names)
        seen = []
        for _ in range(10):
            await pilot.press("shift+right")
            seen.append(table.order.fact)
            assert sorted(table.names) == sorted(plan)
            assert rows(app) == list(table.names)
        assert seen == ["state", "name", "epoch", "train_loss", "train_acc", "loss", "acc", "gain", "paired", "ink"]
        await pilot.press("shift+right")
        assert table.order.fact is None
        assert list(table.names) == plan
        await pilot.press("shift+left", "R")
        ink = [text for text in (session_of(app).progress.trials[n].trial.ink_removed for n in table.names) if text]
        assert ink == sorted(ink, reverse=True)
        await pilot.press("shift+left")
        assert table.order.fact == "paired"


async def test_a_row_moves_when_its_figure_changes_and_the_cursor_goes_along(mid_run: RunFolder) -> None:
    async with app_on(mid_run, clock=lambda: NOW).run_test(size=LARGE) as pilot:
        app = await opened(pilot)
        table = table_of(app)
        await pilot.press("t", *["shift+right"] * 3)
        assert table.order.fact == "epoch"
        trial = next(t for t in mid_run.document.trials if t.name == "keep-r08-c10")
        sweep_of(app).select(trial.name)
        before = table.names.index(trial.name)
        assert table.names[before - 1] != "keep-r08-c15"
        last = max(i for i, text in enumerate(column(app, "epoch")) if text == "12/12")
        assert before == last + 1
        tell(mid_run, [EpochDone(at=NOW, trial="keep-r09-c00", metrics=metrics_of(trial, 1), seconds=1)])
        await until(pilot, lambda: table.names.index("keep-r09-c00") == 177)
        assert rows(app) == list(table.names)
        assert table.chosen == trial.name


# -- the filter ------------------------------------------------------------------------------------------------------


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
        # Nothing of it is lost when it is taken up again.
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


# -- marks -----------------------------------------------------------------------------------------------------------


async def test_marks_are_set_taken_and_shown(mid_run: RunFolder) -> None:
    async with app_on(mid_run, clock=lambda: NOW).run_test(size=LARGE) as pilot:
        app = await opened(pilot)
        table = table_of(app)
        await pilot.press("u", "t", "shift+down", "shift+down")
        assert table.marked == {"keep-r00-c00", "keep-r00-c01", "keep-r00-c02"}
        assert table.chosen == "keep-r00-c02"
        assert [str(table.get_cell(name, "state"))[-1] for name in table.names[4:9]] == [" ", "●", "●", "●", " "]
        assert "3 marked" in title(app)
        await pilot.press("u")
        await pilot.press("shift+up")
        assert table.marked == {"keep-r00-c00", "keep-r00-c01", "keep-r00-c02"}
        await type_filter(pilot, "c02 row<2")
        await pilot.press("enter", "U")
        assert table.marked == {"keep-r00-c00", "keep-r00-c01", "keep-r00-c02", "keep-r01-c02"}
        assert "4 marked, 2 hidden" in title(app)
        await pilot.press("U")
        assert table.marked == {"keep-r00-c00", "keep-r00-c01"}
        await type_filter(pilot, "marked")
        await pilot.press("enter")
        assert rows(app) == ["keep-r00-c00", "keep-r00-c01"]


async def test_what_is_marked_is_acted_on_in_the_tables_order(mid_run: RunFolder) -> None:
    async with app_on(mid_run, clock=lambda: NOW).run_test(size=LARGE) as pilot:
        app = await opened(pilot)
        screen = sweep_of(app)
        waiting = ["keep-r15-c03", "keep-r12-c01", "keep-r15-c01"]
        table_of(app).mark([*waiting, "keep-r00-c00"])
        await pilot.press("f")
        assert await asked(pilot, mid_run) == [("front", ("keep-r12-c01", "keep-r15-c01", "keep-r15-c03"))]
        await pilot.press("t", "R", "f")
        assert await asked(pilot, mid_run) == [("front", ("keep-r15-c03", "keep-r15-c01", "keep-r12-c01"))]
        await pilot.press("x")
        assert await asked(pilot, mid_run) == [("skip", ("keep-r15-c03", "keep-r15-c01", "keep-r12-c01"))]
        # None of the marked has failed.
        assert screen.check_action("trial", ("retry",)) is None
        table_of(app).mark(["keep-r02-c15", "keep-r02-c16"])
        await pilot.press("r")
        assert await asked(pilot, mid_run) == [("retry", ("keep-r02-c16", "keep-r02-c15"))]
        # Without marks, the chosen one.
        table_of(app).mark(list(table_of(app).marked))
        screen.select("keep-r19-c19")
        await pilot.press("x")
        assert await asked(pilot, mid_run) == [("skip", ("keep-r19-c19",))]


async def test_nothing_acts_on_what_the_filter_hides(mid_run: RunFolder) -> None:
    async with app_on(mid_run, clock=lambda: NOW).run_test(size=LARGE) as pilot:
        app = await opened(pilot)
        screen = sweep_of(app)
        screen.select("keep-r19-c19")
        table_of(app).show_only(parse("row<14"))
        assert screen.view.aimed_at == []
        assert screen.check_action("trial", ("skip",)) is None
        await pilot.press("x")
        table_of(app).mark(["keep-r15-c03", "keep-r12-c01"])
        await pilot.press("x")
        assert await asked(pilot, mid_run) == [("skip", ("keep-r12-c01",))]


async def test_escape_peels_the_filter_then_the_marks_then_leaves(mid_run: RunFolder) -> None:
    async with app_on(mid_run, clock=lambda: NOW).run_test(size=LARGE) as pilot:
        app = await opened(pilot)
        table_of(app).mark(["keep-r15-c03"])
        await type_filter(pilot, "row<2")
        await pilot.press("enter")
        assert len(table_of(app).names) < table_of(app).total
        await pilot.press("escape")
        assert len(table_of(app).names) == table_of(app).total
        assert table_of(app).marked == {"keep-r15-c03"}
        await pilot.press("escape")
        assert table_of(app).marked == set()
        assert app.screen is sweep_of(app)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, StartScreen))


async def test_marked_trials_go_to_the_front_for_real(runs: Any, gate: Path) -> None:
    run = make_run(runs)
    async with app_on(run).run_test(size=LARGE) as pilot:
        app = await opened(pilot)
        await until(pilot, lambda: session_of(app).state == "running")
        last, other = run.document.trials[-1].name, run.document.trials[-3].name
        table_of(app).mark([last, other])
        await pilot.press("f")
        await until(pilot, lambda: session_of(app).progress.queue[:2] == (other, last))
        await pilot.press("x")
        await until(pilot, lambda: run.marked(last).status == run.marked(other).status == "skipped")
        await until(pilot, lambda: {row(app, last), row(app, other)} == {"⨯ skipped"})
        await pilot.press("r")

        def in_front() -> bool:
            progress = session_of(app).progress
            # A worker that falls free may take them before the queue is looked at.
            taken = {name for name, entry in progress.trials.items() if entry.status in ("running", "done")}
            return {last, other} <= set(progress.queue[:2]) | taken

        await until(pilot, in_front)
        await pilot.press("s", "s")
        gate.touch()
        await until(pilot, lambda: not session_of(app).working)


async def test_the_marked_are_the_members_when_stacking(mid_run: RunFolder) -> None:
    from xsample_tui.tui.stack.stack_screen import StackScreen

    async with app_on(mid_run, clock=lambda: NOW).run_test(size=LARGE) as pilot:
        app = await opened(pilot)
        table_of(app).mark(["keep-r00-c03", "keep-r01-c04", "keep-r19-c19"])
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, StackScreen))
        assert app.screen._ticked == ("keep-r00-c03", "keep-r01-c04", "keep-r19-c19")  # type: ignore[attr-defined]


async def test_arranging_rows_anew_leaves_the_view_where_it_was(mid_run: RunFolder) -> None:
    async with app_on(mid_run, clock=lambda: NOW).run_test(size=LARGE) as pilot:
        app = await opened(pilot)
        table = table_of(app)
        sweep_of(app).select("keep-r10-c10")
        await still(pilot)
        top = table.scroll_y
        assert top > 0
        commit(mid_run, "keep-r10-c11", 2)
        table.refresh_trials()
        table._arrange(headings=True)
        await pilot.pause()
        assert table.scroll_y == top
        assert table.chosen == "keep-r10-c10"
