"""The start screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Static

from tests.harness.interface import (
    NOW,
    app_on,
    beat,
    commit,
    controller,
    make_shown_run,
    session_of,
    still,
    sweep_of,
    until,
)
from tests.harness.screens import SMALL, note, rows, screen_text, start_of
from xsample_tui.core.duration_text import duration
from xsample_tui.core.run_state.run_progress import Progress
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run.stored_answer import StoredAnswer, store_answer
from xsample_tui.store.run_catalog import RunSummary, entry_of
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.help.help_screen import Help
from xsample_tui.tui.new_sweep.new_sweep_screen import NewSweepScreen
from xsample_tui.tui.start.run_row import row_of
from xsample_tui.tui.start.start_screen import StartScreen
from xsample_tui.tui.sweep.summary_dialog import SummaryDialog
from xsample_tui.tui.sweep.sweep_screen import SweepScreen
from xsample_tui.tui.view_models import number_format


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
    run = make_shown_run(runs, "mine")
    for trial in run.document.trials[:4]:
        commit(run, trial.name, 3)
    app = XSampleApp(runs, clock=lambda: run.document.created + 7200)
    async with app.run_test(size=SMALL) as pilot:
        # A run is listed before it has been read.
        await until(pilot, lambda: rows(app) and "…" not in rows(app)[0][2])
        done = [entry for entry in run.progress().windows if entry.status == "done" and entry.kept]
        best = max(done, key=lambda entry: entry.kept.val_accuracy if entry.kept else 0)
        gain = number_format.gain(run.progress().gain(best.trial.name))
        assert rows(app)[0][:3] == ["mine", "■ stopped", "4/11"]
        assert rows(app)[0][3] == f"{best.trial.name} {gain}"
        assert rows(app)[0][4:] == ["–", "2 h"]


@pytest.mark.parametrize("hours", [0, 1, 25, 24 * 400])
@pytest.mark.parametrize("width", [80, 100, 120, 160, 200])
async def test_ages_and_names_are_whole_at_every_width(runs: Path, width: int, hours: int) -> None:
    run = make_shown_run(runs, "quick-20261126-1")
    for kind in ("seeds", "replicates", "random", "placebo"):
        make_shown_run(runs, f"quick-20261126-1-{kind}")
    make_shown_run(runs, "another")
    seconds = hours * 3600 + 5 * 60
    app = XSampleApp(runs, clock=lambda: run.document.created + seconds)
    async with app.run_test(size=(width, 24)) as pilot:
        await until(pilot, lambda: len(rows(app)) == 6 and "…" not in rows(app)[0][2])
        await still(pilot)
        lines = [line.strip() for line in screen_text(app).splitlines()]
        at = next(i for i, line in enumerate(lines) if line.startswith("quick-20261126-1 "))
        # Control runs come below their run and are marked.
        heads = [line.split()[:2] for line in lines[at + 1 : at + 5]]
        assert heads == [["├", "placebo"], ["├", "random"], ["├", "replicates"], ["└", "seeds"]]
        age = lines[at][: lines[at].index(" noise")] if " noise" in lines[at] else lines[at]
        assert age.endswith((" min", " h")) or f" {duration(seconds)}" in lines[at]


async def test_a_finished_run_with_failures_is_no_success(runs: Path) -> None:
    run = make_shown_run(runs, "nan")
    for trial in run.document.trials[:3]:
        commit(run, trial.name, 3)
    for trial in run.document.trials[3:]:
        run.mark(trial.name, "failed", "the loss is nan in epoch 1")
    app = XSampleApp(runs)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: rows(app) and rows(app)[0][1] == f"✗ {len(run.document.trials) - 3} failed")
        assert rows(app)[0][2] == f"3/{len(run.document.trials)}"


async def test_the_stored_verdict_is_shown_until_more_trials_are_done(runs: Path) -> None:
    run = make_shown_run(runs, "mine")
    for trial in run.document.trials[:4]:
        commit(run, trial.name, 3)
    controls = make_shown_run(runs, "mine-seeds")
    commit(controls, controls.document.trials[0].name, 3)
    sentence = "Blending windows hurts: the best 5 of these 25 windows make 59 more errors"
    store_answer(run.path, StoredAnswer(sentence, 5, "hurts"))
    app = XSampleApp(runs)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: rows(app) and rows(app)[0][4] == "hurts")
        preview = start_of(app).query_one("#run-text", Static)
        await until(pilot, lambda: str(preview.render()).splitlines()[1] == sentence)
        # Without the preview the line below the table has it.
        assert note(app) == ""
        await pilot.press("v")
        await until(pilot, lambda: note(app) == sentence)
    commit(controls, controls.document.trials[1].name, 3)
    app = XSampleApp(runs)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: len(rows(app)) == 2 and "…" not in rows(app)[1][2])
        assert rows(app)[0][4] == "–"


async def test_the_list_is_read_again_and_the_cursor_stays(runs: Path, monkeypatch: Any) -> None:
    make_shown_run(runs, "first")
    app = XSampleApp(runs, list_every=0.1)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: start_of(app).chosen == "first")
        make_shown_run(runs, "second")
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
    run = make_shown_run(runs)
    beat(run, "running")
    from xsample_tui.store.control.heartbeat import read_heartbeat

    progress = Progress(run.spec, run.document.trials)
    summary = entry_of(RunSummary("r", "running", progress, read_heartbeat(run.path), NOW))
    assert row_of(summary, NOW, 14).state == "running"
    assert row_of(summary, NOW, 16).state == "stalled"


async def test_a_heartbeat_that_does_not_change_shows_as_stalled_whatever_the_clocks_say(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [NOW]
    owners = [RunLock(make_shown_run(runs, name).path) for name in ("beats", "hangs")]
    beats, hangs = (RunFolder.open(runs, name) for name in ("beats", "hangs"))
    # Its file server and its host are a day behind.
    beat(hangs, "running", at=NOW - 86400)
    app = XSampleApp(runs, clock=lambda: now[0], list_every=0.05)
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
    run = make_shown_run(runs, preset_name="article", mask="article", baselines=1)
    commit(run, run.document.trials[0].name, 3)
    row = row_of(entry_of(RunSummary("r", "stopped", run.progress(), None, NOW)), NOW)
    assert row.article


async def test_opening_a_stopped_run_shows_it_and_space_trains_it(runs: Path) -> None:
    run = make_shown_run(runs, "mine")
    app = XSampleApp(runs, make_controller=controller)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: start_of(app).chosen == "mine")
        await pilot.press("enter")
        await until(pilot, lambda: session_of(app).opened)
        await still(pilot)
        assert not session_of(app).working
        assert run.progress().counts()["done"] == 0
        await pilot.press("space")
        await until(pilot, lambda: session_of(app).state == "finished" and not session_of(app).working)
        await until(pilot, lambda: isinstance(app.screen, SummaryDialog))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: isinstance(app.screen, StartScreen))
        await until(pilot, lambda: rows(app) and rows(app)[0][1] == "✓ finished")
    assert app.exit_code == 0


async def test_escape_from_a_watched_run_leaves_its_controller_alone(runs: Path) -> None:
    run = make_shown_run(runs, "mine")
    owner = RunLock(run.path)
    beat(run, "running")
    app = app_on(run, clock=lambda: NOW)
    try:
        async with app.run_test(size=SMALL) as pilot:
            await until(pilot, lambda: session_of(app).opened)
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, StartScreen))
            await until(pilot, lambda: rows(app) and rows(app)[0][1] == "▸ running")
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, SweepScreen) and session_of(app).opened)
            assert sweep_of(app).run_session.alive
    finally:
        owner.release()


async def test_n_opens_the_form_and_question_mark_the_help(runs: Path) -> None:
    app = XSampleApp(runs)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: start_of(app)._rows is not None)
        await pilot.press("question_mark")
        assert isinstance(app.screen, Help)
        await pilot.press("escape", "n")
        await until(pilot, lambda: isinstance(app.screen, NewSweepScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, StartScreen))
