"""The start screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Static

from tests.tui.made import NOW, app_on, beat, commit, controller, link_of, make_run, still, sweep_of, until
from xsample_tui.core.progress import Progress
from xsample_tui.store.catalog import RunSummary, entry_of
from xsample_tui.store.folder import RunFolder
from xsample_tui.store.owner import Owner
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.form import FormScreen
from xsample_tui.tui.help import Help
from xsample_tui.tui.runs import RunTable, row_of
from xsample_tui.tui.start import StartScreen
from xsample_tui.tui.summary import SummarySheet
from xsample_tui.tui.sweep import SweepScreen

SMALL = (80, 24)


def start_of(app: Any) -> StartScreen:
    return next(screen for screen in app.screen_stack if isinstance(screen, StartScreen))


def rows(app: Any) -> list[list[str]]:
    table = start_of(app).query_one(RunTable)
    return [[str(cell).strip() for cell in table.get_row_at(index)] for index in range(table.row_count)]


async def test_without_runs_it_says_how_to_begin(runs: Path) -> None:
    app = XSampleApp(runs)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: start_of(app).query_one("#empty").display)
        assert "Press n for a new sweep" in str(start_of(app).query_one("#empty", Static).render())
        await pilot.press("enter")
        assert isinstance(app.screen, StartScreen)
        await pilot.press("q")
    assert app.exit_code == 0


async def test_runs_are_listed_with_state_progress_and_best_result(runs: Path) -> None:
    run = make_run(runs, "mine")
    for trial in run.document.trials[:4]:
        commit(run, trial.name, 3)
    best = max(
        (e for e in run.progress().trials.values() if e.last), key=lambda e: e.last.val_accuracy if e.last else 0
    )
    assert best.last is not None
    app = XSampleApp(runs, clock=lambda: run.document.created + 7200)
    async with app.run_test(size=SMALL) as pilot:
        # A run is listed before it has been read.
        await until(pilot, lambda: rows(app) and "…" not in rows(app)[0][2])
        accuracy = f"{best.last.val_accuracy:.4f}"
        assert rows(app) == [["mine", "■ stopped", "4/11", accuracy, best.trial.name, "2 h ago"]]


async def test_the_list_is_read_again_and_the_cursor_stays(runs: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("xsample_tui.tui.start.REFRESH", 0.1)
    make_run(runs, "first")
    app = XSampleApp(runs)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: start_of(app).chosen == "first")
        make_run(runs, "second")
        await until(pilot, lambda: [row[0] for row in rows(app)] == ["second", "first"])
        assert start_of(app).chosen == "first"


async def test_a_damaged_run_is_listed_with_why(runs: Path) -> None:
    (runs / "broken").mkdir()
    (runs / "broken" / "spec.json").write_text("{}")
    app = XSampleApp(runs)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: rows(app) and rows(app)[0][1] == "✗ damaged")
        await until(pilot, lambda: "spec.json" in str(start_of(app).query_one("#note", Static).render()))
        await pilot.press("enter")
        await until(pilot, lambda: app._notifications)
        assert isinstance(app.screen, StartScreen)


def test_an_old_heartbeat_shows_as_stalled(runs: Path) -> None:
    run = make_run(runs)
    beat(run, "running")
    from xsample_tui.store.pulse import read_pulse

    progress = Progress(run.spec, run.document.trials)
    summary = entry_of(RunSummary("r", "running", progress, read_pulse(run.path), NOW))
    assert row_of(summary, NOW, 14).state == "running"
    assert row_of(summary, NOW, 16).state == "stalled"


async def test_a_heartbeat_that_does_not_change_shows_as_stalled_whatever_the_clocks_say(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xsample_tui.tui.start.REFRESH", 0.05)
    now = [NOW]
    owners = [Owner(make_run(runs, name).path) for name in ("beats", "hangs")]
    beats, hangs = (RunFolder.open(runs, name) for name in ("beats", "hangs"))
    # Its file server and its host are a day behind.
    beat(hangs, "running", at=NOW - 86400)
    app = XSampleApp(runs, clock=lambda: now[0])
    seen: set[tuple[str, str]] = set()

    def stalled() -> bool:
        now[0] += 0.5
        beat(beats, "running", at=now[0] - 2 * 86400)
        seen.update((row[0], row[1]) for row in rows(app))
        return ("hangs", "! stalled") in seen

    try:
        async with app.run_test(size=SMALL) as pilot:
            await until(pilot, stalled)
            assert ("hangs", "▸ running") in seen
            assert ("beats", "! stalled") not in seen
            # It goes on.
            beat(hangs, "running", at=NOW - 86399)
            await until(pilot, lambda: [row[1] for row in rows(app)] == ["▸ running"] * 2)
    finally:
        for owner in owners:
            owner.release()


def test_scores_of_the_article_are_marked(runs: Path) -> None:
    run = make_run(runs, preset_name="article", mask="article", baselines=1)
    commit(run, run.document.trials[0].name, 3)
    row = row_of(entry_of(RunSummary("r", "stopped", run.progress(), None, NOW)), NOW)
    assert row.article


async def test_opening_a_stopped_run_shows_it_and_space_trains_it(runs: Path) -> None:
    run = make_run(runs, "mine")
    app = XSampleApp(runs, make_controller=controller)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: start_of(app).chosen == "mine")
        await pilot.press("enter")
        await until(pilot, lambda: link_of(app).opened)
        await still(pilot)
        assert not link_of(app).working
        assert run.progress().counts()["done"] == 0
        await pilot.press("space")
        await until(pilot, lambda: link_of(app).state == "finished" and not link_of(app).working)
        await until(pilot, lambda: isinstance(app.screen, SummarySheet))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: isinstance(app.screen, StartScreen))
        await until(pilot, lambda: rows(app) and rows(app)[0][1] == "✓ finished")
    assert app.exit_code == 0


async def test_escape_from_a_watched_run_leaves_its_controller_alone(runs: Path) -> None:
    run = make_run(runs, "mine")
    owner = Owner(run.path)
    beat(run, "running")
    app = app_on(run, clock=lambda: NOW)
    try:
        async with app.run_test(size=SMALL) as pilot:
            await until(pilot, lambda: link_of(app).opened)
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, StartScreen))
            await until(pilot, lambda: rows(app) and rows(app)[0][1] == "▸ running")
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, SweepScreen) and link_of(app).opened)
            assert sweep_of(app).link.alive
    finally:
        owner.release()


async def test_n_opens_the_form_and_question_mark_the_help(runs: Path) -> None:
    app = XSampleApp(runs)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: start_of(app)._rows is not None)
        await pilot.press("question_mark")
        assert isinstance(app.screen, Help)
        await pilot.press("escape", "n")
        await until(pilot, lambda: isinstance(app.screen, FormScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, StartScreen))
