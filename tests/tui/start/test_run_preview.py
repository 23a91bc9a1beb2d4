"""What the list of runs shows of the run under the cursor, and what it changes."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Input, Static

from tests.harness.interface import commit, make_shown_run, still, until
from tests.harness.run_rows import row
from tests.harness.screens import SMALL, listed, rows, screen_text, start_of
from xsample_tui.store.run.run_notes import RunNotes, change_notes, run_notes
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.new_sweep.new_sweep_screen import NewSweepScreen
from xsample_tui.tui.start.notes_dialog import NotesDialog
from xsample_tui.tui.start.run_preview import RunPreview, preview_lines
from xsample_tui.tui.start.run_row import about
from xsample_tui.tui.start.runs_table import RunsTable
from xsample_tui.tui.start.start_screen import StartScreen


def words(*arguments: object, **changes: object) -> list[str]:
    return [line.plain for line in preview_lines(row("mine", **changes), list(arguments))]  # type: ignore[arg-type]


def test_another_precision_than_usual_is_named(tmp_path: Path) -> None:
    spec = make_shown_run(tmp_path).spec
    mixed = spec.model_copy(update={"training": spec.training.model_copy(update={"precision": "bfloat16"})})
    assert about(spec) == "made, keep 4x4, stride 2, 3 epochs, seed 0"
    assert about(mixed) == f"{about(spec)}, bfloat16"


def test_the_answer_comes_first_then_the_best_window() -> None:
    found = words(
        row("mine-seeds", under="mine"),
        answer="Not resolved: the best five",
        first=("keep-r05-c10", 0.9876, 12.0),
        notes=RunNotes(("paper",), "try again"),
        about="demo, keep 9x9",
        age="3 h",
        failed=1,
        windows=((0, 0, 0.9), (0, 5, 0.9876)),
    )
    assert found == [
        "mine  #paper",
        "Not resolved: the best five",
        "best window keep-r05-c10, accuracy 0.9876, +12 images against the baselines' mean",
        "1 trial failed; open it to see why",
        "demo, keep 9x9; age 3 h",
        "control runs: seeds",
        "note  try again",
        "map: accuracy 0.9000 (worst) to 0.9876 (best)",
    ]


def test_what_is_not_known_is_said() -> None:
    assert words()[1] == "no trial is finished"
    assert words(begun=True)[1] == "no verdict since the last trial: press enter, then e"
    assert words(under="other")[1] == "a control run of other"
    assert words(problem="damaged", notes=RunNotes(archived=True)) == ["mine  archived"]


async def test_runs_are_searched_sorted_and_archived(runs: Path) -> None:
    for name in ("one", "two", "three"):
        run = make_shown_run(runs, name)
        commit(run, run.document.trials[-1].name, 3)
    change_notes(runs / "two", lambda notes: notes.retagged(("+paper",)))
    app = XSampleApp(runs)
    async with app.run_test(size=SMALL) as pilot:
        await listed(pilot, 3)
        assert {line[0]: line[5] for line in rows(app)} == {"one": "", "two": "paper", "three": ""}
        await pilot.press("slash", "number_sign", "p", "a")
        await until(pilot, lambda: [line[0] for line in rows(app)] == ["two"])
        assert "3 runs, 1 found" in screen_text(app)
        await pilot.press("x", "x")
        await until(pilot, lambda: not start_of(app).query_one("#runs").display)
        assert "No run matches #paxx. Escape shows all runs." in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: len(rows(app)) == 3)
        table = start_of(app).query_one("#runs")
        assert table.has_focus
        await pilot.press("shift+right")
        await until(pilot, lambda: [line[0] for line in rows(app)] == ["one", "three", "two"])
        await pilot.press("R")
        await until(pilot, lambda: [line[0] for line in rows(app)] == ["two", "three", "one"])
        assert "▼run" in screen_text(app)
        await pilot.press("home", "x")
        await until(pilot, lambda: len(rows(app)) == 2)
        assert "1 archived (A shows)" in screen_text(app)
        assert run_notes(runs / "two") == RunNotes(("paper",), archived=True)
        await pilot.press("A")
        await until(pilot, lambda: len(rows(app)) == 3)


async def test_a_run_is_edited_and_renamed_and_the_cursor_follows(runs: Path) -> None:
    for name in ("mine", "mine-seeds", "other"):
        make_shown_run(runs, name)
    app = XSampleApp(runs)
    async with app.run_test(size=SMALL) as pilot:
        await listed(pilot, 3)
        screen = start_of(app)
        screen.query_one(RunsTable).move_cursor(row=[line[0] for line in rows(app)].index("mine"))
        await still(pilot)
        assert screen.chosen == "mine"
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, NotesDialog))
        dialog = app.screen
        dialog.query_one("#notes-tags", Input).value = "a #b"
        dialog.query_one("#notes-name", Input).value = "other name"
        await pilot.press("enter")
        assert "use 1 to 64 letters" in str(dialog.query_one("#notes-message", Static).render())
        dialog.query_one("#notes-name", Input).value = "yours"
        await pilot.press("enter")
        await until(pilot, lambda: screen.chosen == "yours")
        assert sorted(path.name for path in runs.iterdir()) == ["other", "yours", "yours-seeds"]
        assert run_notes(runs / "yours").tags == ("a", "b")
        assert app.screen is screen


async def test_a_new_sweep_begins_with_the_settings_of_the_run(runs: Path) -> None:
    run = make_shown_run(runs, "mine-1", source="demo", limit=40, seed=7, baselines=4)
    app = XSampleApp(runs)
    async with app.run_test(size=SMALL) as pilot:
        await listed(pilot, 1)
        await pilot.press("N")
        await until(pilot, lambda: isinstance(app.screen, NewSweepScreen))
        form = app.screen
        assert isinstance(form, NewSweepScreen)
        await still(pilot)
        assert (form.texts["seed"], form.texts["baselines"], form.texts["name"]) == ("7", "4", "mine-2")
        assert "also as in mine-1: limit 40" in str(form.query_one("#estimate", Static).render())
        made = form._checked.spec
        assert made is not None
        assert made.model_copy(update={"name": "mine-1"}) == run.spec


async def test_the_preview_is_hidden_by_a_key(runs: Path) -> None:
    run = make_shown_run(runs, "mine")
    for trial in run.document.trials:
        commit(run, trial.name, 3)
    app = XSampleApp(runs)
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(pilot, 1)
        await until(pilot, lambda: "best window keep" in screen_text(app))
        preview = start_of(app).query_one(RunPreview)
        assert preview.query_one("#run-map").size.width == 21
        await pilot.press("v")
        await until(pilot, lambda: not preview.display)
        assert isinstance(app.screen, StartScreen)
