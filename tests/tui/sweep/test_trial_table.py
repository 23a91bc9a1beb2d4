"""The table: sorting, filtering, marking, and acting on what is marked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.harness.fake_lease import metrics_of
from tests.harness.finished_runs import dataset, finished_run
from tests.harness.interface import (
    NOW,
    app_on,
    asked,
    commit,
    make_shown_run,
    opened,
    session_of,
    still,
    sweep_of,
    tell,
    until,
)
from tests.tui.sweep.table_text import column, rows, table_of, title, type_filter
from xsample_tui.core.run_state.run_events import EpochDone
from xsample_tui.stacking.findings.window_classes import window_classes
from xsample_tui.stacking.findings.window_judgement import judge
from xsample_tui.stacking.pool.model_pool import open_pool
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.start.start_screen import StartScreen
from xsample_tui.tui.sweep.trial_table import TrialTable
from xsample_tui.tui.view_models import number_format
from xsample_tui.tui.view_models.filter_parser import parse
from xsample_tui.tui.view_models.sort_order import Order

SMALL, LARGE = (80, 24), (200, 50)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A finished run with windows that are found, and others that are not."""
    return finished_run(
        tmp_path_factory.mktemp("judged"),
        "judged",
        strength=lambda trial: 3.0 if trial.is_baseline else 1.0 if (trial.row or 0) < 2 else 2.9,
        data=dataset(1200),
    )


def row(app: XSampleApp, name: str) -> str:
    """What a trial's row says of its state."""
    return str(table_of(app).get_row(name)[0]).strip(" ●")


# -- order -----------------------------------------------------------------------------------------------------------


async def test_headings_sort_and_the_first_row_is_chosen(mid_run: RunFolder) -> None:
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
        await pilot.pause()
        assert table.chosen == rows(app)[0] == sweep_of(app).selected
        assert (table.cursor_row, table.scroll_y) == (0, 0)
        assert heading_text(app, "val_accuracy").split()[0].startswith("▼val")
        await pilot.click(TrialTable, offset=(heading + 1, 1))
        turned = [float(text) for text in column(app, "val_accuracy") if text != "–"]
        assert turned == sorted(accuracies)
        assert column(app, "val_accuracy")[-1] == "–"
        assert heading_text(app, "val_accuracy").split()[0].startswith("▲val")
        last = table.chosen
        await pilot.click(TrialTable, offset=(heading + 1, 1))
        assert rows(app) == plan
        assert table.chosen == last


async def test_the_palette_goes_to_the_worst_window_and_to_failed_trials(mid_run: RunFolder) -> None:
    async with app_on(mid_run, clock=lambda: NOW).run_test(size=LARGE) as pilot:
        app = await opened(pilot)
        screen, test = sweep_of(app), session_of(app).baseline_test
        commands = {command.title: command.callback for command in screen.commands()}
        done = [entry for entry in session_of(app).progress.windows if entry.status == "done"]
        gains = sorted(test.gain(entry) or 0.0 for entry in done)
        screen.select("baseline-s00")
        for place in range(2):
            commands["Worst window"]()
            await pilot.pause()
            assert test.gain(session_of(app).progress.trials[str(screen.selected)]) == gains[place]
        failed = [name for name, entry in session_of(app).progress.trials.items() if entry.status == "failed"]
        for name in (*failed, failed[0]):
            commands["Next failed trial"]()
            await pilot.pause()
            assert screen.selected == name


async def test_a_pinned_trial_stays_chosen_when_rows_are_sorted(mid_run: RunFolder) -> None:
    async with app_on(mid_run, clock=lambda: NOW).run_test(size=LARGE) as pilot:
        app = await opened(pilot)
        table = table_of(app)
        sweep_of(app).select("keep-r07-c03")
        await pilot.press("p", "t", *["shift+right"] * 3)
        await pilot.pause()
        assert table.order.fact == "epoch"
        assert table.chosen == "keep-r07-c03" == sweep_of(app).selected
        assert table.get_row_at(table.cursor_row)[1].plain.strip() == "keep-r07-c03"


def at_heading(app: XSampleApp, x: int) -> str | None:
    table, left = table_of(app), 0
    for heading in table.ordered_columns:
        if left <= x < left + heading.width:
            return heading.key.value
        left += heading.width
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
        for _ in range(12):
            await pilot.press("shift+right")
            seen.append(table.order.fact)
            assert sorted(table.names) == sorted(plan)
            assert rows(app) == list(table.names)
            # The column is shown, whatever is left out for it, and its heading alone has the arrow.
            headings = [heading.label.plain for heading in table.ordered_columns]
            arrows = [text for text in headings if "▲" in text or "▼" in text]
            assert len(arrows) == 1
            assert sum(map(len, headings)) < table.size.width
        assert seen == [
            *("state", "name", "epoch", "train_loss", "train_acc", "loss", "acc"),
            *("gain", "z", "paired", "ink", "seconds"),
        ]
        await pilot.press("shift+right")
        assert table.order.fact is None
        assert list(table.names) == plan
        await pilot.press("shift+left", "shift+left", "R")
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


async def test_a_judged_run_has_the_columns_of_judge(judged: RunFolder) -> None:
    found = judge(open_pool(judged))
    async with app_on(judged, work=False).run_test(size=(200, 50)) as pilot:
        app = await opened(pilot)
        table = table_of(app)
        await until(pilot, lambda: "rank" in [heading.key.value for heading in table.ordered_columns])
        await pilot.press("t", *["shift+right"] * 9)
        assert table.order.fact == "rank"
        best = [name for name in table.names if not name.startswith("baseline")]
        errors = {window.name: window.errors for window in found.windows}
        assert [errors[name] for name in best] == [window.errors for window in found.windows]
        for at, window in enumerate(found.windows):
            fewer = sum(other.errors < window.errors for other in found.windows)
            assert str(table.get_cell(window.name, "rank")).strip() == str(fewer + 1), at
            assert str(table.get_cell(window.name, "p")).strip() == f"{window.p:.2g}"
            assert str(table.get_cell(window.name, "p_holm")).strip() == f"{window.p_holm:.2g}"
        assert str(table.get_cell("baseline-s00", "p")).strip() == "–"
        # The same numbers and names in the filter.
        await type_filter(pilot, "p_holm<0.05")
        await pilot.press("enter")
        expected = {window.name for window in found.windows if window.p_holm < 0.05}
        assert 0 < len(expected) < len(found.windows)
        assert set(table.names) == expected
        await type_filter(pilot, "rank<=2 z>-1000")
        await pilot.press("enter")
        assert set(table.names) == {window.name for window in found.windows if window.errors <= errors[best[1]]}


async def test_the_gain_on_a_class_is_a_column(judged: RunFolder) -> None:
    found = window_classes(open_pool(judged))
    async with app_on(judged, work=False).run_test(size=SMALL) as pilot:
        app = await opened(pilot)
        table = table_of(app)
        assert "class_gain" not in [heading.key.value for heading in table.ordered_columns]
        await pilot.press("right_curly_bracket")
        await until(pilot, lambda: "class_gain" in [heading.key.value for heading in table.ordered_columns])
        await pilot.press("right_curly_bracket")
        assert heading_text(app, "class_gain").strip() == "gain on 1"
        table.sort_by(Order("class_gain"))
        gains = {name: found.gain[at, 1] for at, name in enumerate(found.windows)}
        shown = [name for name in table.names if name in gains]
        assert [gains[name] for name in shown] == sorted(gains.values(), reverse=True)
        assert [str(table.get_cell(name, "class_gain")).strip() for name in shown] == [
            number_format.gain(gains[name]) for name in shown
        ]
        await type_filter(pilot, "class_gain>0")
        await pilot.press("enter")
        assert set(table.names) == {name for name, gain in gains.items() if gain > 0}


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
    run = make_shown_run(runs)
    async with app_on(run).run_test(size=LARGE) as pilot:
        app = await opened(pilot)
        await until(pilot, lambda: session_of(app).state == "running")
        last, other = run.document.trials[-1].name, run.document.trials[-3].name
        table_of(app).mark([last, other])
        await pilot.press("f")
        await until(pilot, lambda: session_of(app).progress.queue[:2] == (other, last))
        await pilot.press("x")
        await until(pilot, lambda: run.marked(last).status == run.marked(other).status == "skipped")
        await until(pilot, lambda: {row(app, last), row(app, other)} == {"⊘ skipped"})
        await pilot.press("r")

        def in_front() -> bool:
            progress = session_of(app).progress
            # A worker that falls free may take them before the queue is read.
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
        screen = app.screen
        assert isinstance(screen, StackScreen)
        assert screen.members._ticked == ("keep-r00-c03", "keep-r01-c04", "keep-r19-c19")


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
