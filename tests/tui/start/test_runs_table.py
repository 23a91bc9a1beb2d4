"""What the start screen does with runs: delete, compare, resume; and long lists."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.harness.interface import NOW, beat, commit, controller, make_shown_run, session_of, still, two_runs, until
from tests.harness.screens import SMALL, Compare, listed, note, one_size, rows, screen_text, start_of
from tests.harness.until import SECONDS
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run_catalog import RunCatalog
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.heatmap.heatmap_cell import description
from xsample_tui.tui.new_sweep.new_sweep_screen import NewSweepScreen
from xsample_tui.tui.start.delete_dialog import DeleteDialog
from xsample_tui.tui.start.runs_table import RunsTable
from xsample_tui.tui.start.start_screen import StartScreen


@pytest.mark.parametrize(("key", "gone"), [("y", True), ("n", False), ("escape", False), ("enter", False)])
async def test_d_asks_before_it_deletes(runs: Path, key: str, gone: bool) -> None:
    run = make_shown_run(runs, "mine")
    commit(run, run.document.trials[0].name, 3)
    app = XSampleApp(runs)
    async with app.run_test(size=SMALL) as pilot:
        await listed(pilot, 1)
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, DeleteDialog))
        words = str(app.screen.query_one(".dialog-words", Static).render())
        assert "1 of 11 trials done, 8 s of training" in words
        assert " files" in words
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, StartScreen))
        if gone:
            await until(pilot, lambda: start_of(app).query_one("#empty").display)
    assert run.path.exists() is not gone


async def test_a_run_that_is_held_is_not_deleted_whatever_the_list_shows(runs: Path) -> None:
    run = make_shown_run(runs, "mine")
    app = XSampleApp(runs)
    async with app.run_test(size=SMALL) as pilot:
        await listed(pilot, 1)
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, DeleteDialog))
        owner = RunLock(run.path)
        await pilot.press("y")
        await until(pilot, lambda: app._notifications)
        owner.release()
        assert any(str(os.getpid()) in n.message for n in app._notifications)
    assert (run.path / "spec.json").exists()


async def test_what_makes_no_sense_for_a_run_cannot_be_done(runs: Path) -> None:
    run = make_shown_run(runs, "mine")
    owner = RunLock(run.path)
    beat(run, "running")
    app = XSampleApp(runs, clock=lambda: NOW)
    async with app.run_test(size=SMALL) as pilot:
        await listed(pilot, 1)
        screen = start_of(app)
        assert screen.check_action("attach", ()) is True
        assert [screen.check_action(a, ()) for a in ("resume", "delete")] == [None, None]
        await pilot.press("d", "r")
        await still(pilot)
        assert isinstance(app.screen, StartScreen)
        await pilot.press("a")
        await until(pilot, lambda: session_of(app).opened)
        assert session_of(app).alive
        assert not session_of(app).working
    owner.release()


async def test_r_resumes_here(runs: Path) -> None:
    run = make_shown_run(runs, "mine")
    app = XSampleApp(runs, make_controller=controller)
    async with app.run_test(size=SMALL) as pilot:
        await listed(pilot, 1)
        await pilot.press("r")
        await until(pilot, lambda: session_of(app).state == "finished" and not session_of(app).working)
    assert run.progress().counts()["done"] == 11


async def test_hundreds_of_runs_are_listed_and_read_once(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    run = make_shown_run(runs, "run-000")
    commit(run, run.document.trials[0].name, 3)
    for number in range(1, 200):
        shutil.copytree(run.path, runs / f"run-{number:03d}")
    read: list[str] = []
    whole = RunFolder.progress

    def counted(self: RunFolder) -> Any:
        read.append(self.name)
        return whole(self)

    monkeypatch.setattr(RunFolder, "progress", counted)
    known = RunCatalog(runs)
    assert len(list(known.read())[-1]) == 200
    assert len(read) == 200
    assert len(list(known.read())) == 1
    assert len(read) == 200
    commit(RunFolder.open(runs, "run-007"), run.document.trials[1].name, 3)
    entries = list(known.read())[-1]
    assert read[200:] == ["run-007"]
    assert next(entry for entry in entries if entry.name == "run-007").done == 2
    shutil.rmtree(runs / "run-007")
    assert len(list(known.read())[-1]) == 199


async def test_a_folder_that_cannot_be_read_says_so(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    app = XSampleApp(runs)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: start_of(app).query_one("#empty").display)
        assert "runs: Permission denied" in str(start_of(app).query_one("#empty", Static).render())


async def test_single_trials_that_cannot_be_read_or_are_damaged_are_said(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("mine", "other"):
        run = make_shown_run(runs, name)
        for trial in run.document.trials:
            commit(run, trial.name, 3)
    named = [trial.name for trial in run.document.trials]
    path = run.path / "trials" / named[1] / "000003.ckpt"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    record, barred = RunFolder.record, [named[2]]

    def refuse(self: RunFolder, trial: str, **options: Any) -> Any:
        if self.name == "other" and trial in barred:
            raise PermissionError(errno.EACCES, "Permission denied")
        return record(self, trial, **options)

    monkeypatch.setattr(RunFolder, "record", refuse)
    app = XSampleApp(runs, clock=lambda: run.document.created + 7200)
    async with app.run_test(size=(160, 24)) as pilot:
        await listed(pilot, 2)
        assert {row[0]: row[2] for row in rows(app)} == {"mine": "11/11", "other": "9/11!"}
        table = start_of(app).query_one(RunsTable)
        table.move_cursor(row=[row[0] for row in rows(app)].index("other"))
        damaged = f"{named[1]}: checkpoint 000003.ckpt is damaged; the trial starts over"
        await until(pilot, lambda: note(app) == f"! {named[2]} cannot be read: Permission denied; {damaged}")
        table.move_cursor(row=[row[0] for row in rows(app)].index("mine"))
        await until(pilot, lambda: note(app) == "")
        # It is read again, though nothing in the event log says that it could be.
        barred.clear()
        await until(pilot, lambda: "10/11!" in [row[2] for row in rows(app)])


async def test_a_damaged_checkpoint_is_said_where_the_run_and_the_trial_are_looked_at(runs: Path) -> None:
    run = make_shown_run(runs, "mine")
    name = run.document.trials[0].name
    for epochs in (1, 2):
        commit(run, name, epochs)
    path = run.path / "trials" / name / "000002.ckpt"
    path.write_bytes(path.read_bytes()[:-1])
    what = "checkpoint 000002.ckpt is damaged; epoch 1 is used instead"
    app = XSampleApp(runs)
    async with app.run_test(size=(160, 50)) as pilot:
        await listed(pilot, 1)
        await pilot.press("enter")
        await until(pilot, lambda: session_of(app).opened)
        await until(pilot, lambda: f"{name}: {what}" in screen_text(app))
        entry = session_of(app).progress.trials[name]
        assert (entry.status, len(entry.history)) == ("paused", 1)
        assert (what, "foreground-muted") in description(session_of(app), entry)


@one_size
def test_delete_question(runs: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    run = make_shown_run(runs, "mine")
    commit(run, run.document.trials[0].name, 3)
    make_shown_run(runs, "mine-seeds")
    created = run.document.created
    os.utime(runs / "mine" / "spec.json")
    app = XSampleApp(runs, clock=lambda: created + 7200)

    async def before(pilot: Pilot[Any]) -> None:
        from xsample_tui.store.run_removal import Holdings

        await listed(pilot, 2)
        # Sizes differ with the versions of numpy and zip.
        app.push_screen(DeleteDialog(Holdings("mine", 9, 137_200_000, 1, 11, 4800.0, ("mine-seeds",))))
        await still(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)


async def test_runs_are_read_once_however_often_the_list_is_shown(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_runs(runs)
    read: list[str] = []
    whole = RunFolder.progress

    def counted(self: RunFolder) -> Any:
        read.append(self.name)
        return whole(self)

    monkeypatch.setattr(RunFolder, "progress", counted)
    app = XSampleApp(runs)
    async with app.run_test(size=SMALL) as pilot:
        await listed(pilot, 2)
        await until(pilot, lambda: all(row.state is not None for row in start_of(app)._rows or []))
        assert sorted(read) == ["long", "short"]
        for _ in range(3):
            await pilot.press("n")
            await until(pilot, lambda: isinstance(app.screen, NewSweepScreen))
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, StartScreen) and app.screen._rows)
        assert sorted(read) == ["long", "short"]


async def test_what_is_asked_for_during_a_reading_is_read_after_it(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, go_on = threading.Event(), threading.Event()
    whole = RunCatalog.read

    def slow(self: RunCatalog) -> Any:
        yield from whole(self)
        reading.set()
        # The last thing that a reading does: a run that comes now is not in it.
        go_on.wait(SECONDS)

    monkeypatch.setattr(RunCatalog, "read", slow)
    app = XSampleApp(runs, list_every=3600.0)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, reading.is_set)
        make_shown_run(runs, "late")
        start_of(app)._load()
        go_on.set()
        await listed(pilot, 1)


async def test_a_folder_that_fails_for_a_while_keeps_its_list_and_says_so(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_shown_run(runs, "mine")
    app = XSampleApp(runs, list_every=0.1)
    async with app.run_test(size=SMALL) as pilot:
        await listed(pilot, 1)
        for number in (errno.EMFILE, errno.EIO, errno.ESTALE):
            with monkeypatch.context() as patch:
                patch.setattr(Path, "iterdir", failing(number))
                await until(pilot, lambda number=number: os.strerror(number) in note(app))  # type: ignore[misc]
                assert start_of(app).query_one(RunsTable).row_count == 1
            await until(pilot, lambda: "cannot be read" not in note(app))
        assert not app._notifications


def failing(number: int) -> Any:
    def fail(self: Path) -> Any:
        raise OSError(number, os.strerror(number), str(self))

    return fail
