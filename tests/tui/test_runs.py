"""What the start screen does with runs: delete, compare, resume; and long lists."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import DataTable, Static

from tests.tui.made import NOW, beat, commit, controller, link_of, make_run, still, until
from tests.tui.test_snapshots import Compare, both_sizes
from tests.tui.test_start import SMALL, rows, start_of
from tests.until import SECONDS
from xsample_tui.store.catalog import Catalog
from xsample_tui.store.folder import RunFolder
from xsample_tui.store.owner import Owner
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.contrast import ContrastScreen
from xsample_tui.tui.delete import DeleteQuestion
from xsample_tui.tui.form import FormScreen
from xsample_tui.tui.runs import RunTable
from xsample_tui.tui.start import StartScreen


def note(app: XSampleApp) -> str:
    return str(start_of(app).query_one("#note", Static).render())


def two_runs(runs: Path) -> None:
    """Make runs of 4 and 8 epochs at 25 places, the second newer."""
    for name, epochs in (("short", 4), ("long", 8)):
        run = make_run(runs, name, side=28, window=9, stride=5, epochs=epochs, baselines=3, pictures=900)
        for trial in run.document.trials:
            commit(run, trial.name, epochs)


async def listed(pilot: Pilot[Any], count: int) -> None:
    await until(pilot, lambda: len(rows(pilot.app)) == count and all(row[1] != "…" for row in rows(pilot.app)))
    await pilot.pause()


@pytest.mark.parametrize(("key", "gone"), [("y", True), ("n", False), ("escape", False), ("enter", False)])
async def test_d_asks_before_it_deletes(runs: Path, key: str, gone: bool) -> None:
    run = make_run(runs, "mine")
    commit(run, run.document.trials[0].name, 3)
    app = XSampleApp(runs)
    async with app.run_test(size=SMALL) as pilot:
        await listed(pilot, 1)
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, DeleteQuestion))
        words = str(app.screen.query_one(".dialog-words", Static).render())
        assert "1 of 11 trials done, 8 s of training" in words
        assert " files" in words
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, StartScreen))
        if gone:
            await until(pilot, lambda: start_of(app).query_one("#empty").display)
    assert run.path.exists() is not gone


async def test_a_run_that_is_held_is_not_deleted_whatever_the_list_shows(runs: Path) -> None:
    run = make_run(runs, "mine")
    app = XSampleApp(runs)
    async with app.run_test(size=SMALL) as pilot:
        await listed(pilot, 1)
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, DeleteQuestion))
        owner = Owner(run.path)
        await pilot.press("y")
        await until(pilot, lambda: app._notifications)
        owner.release()
        assert any(str(os.getpid()) in n.message for n in app._notifications)
    assert (run.path / "spec.json").exists()


async def test_what_makes_no_sense_for_a_run_cannot_be_done(runs: Path) -> None:
    run = make_run(runs, "mine")
    owner = Owner(run.path)
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
        await until(pilot, lambda: link_of(app).opened)
        assert link_of(app).alive
        assert not link_of(app).working
    owner.release()


async def test_r_resumes_here(runs: Path) -> None:
    run = make_run(runs, "mine")
    app = XSampleApp(runs, make_controller=controller)
    async with app.run_test(size=SMALL) as pilot:
        await listed(pilot, 1)
        await pilot.press("r")
        await until(pilot, lambda: link_of(app).state == "finished" and not link_of(app).working)
    assert run.progress().counts()["done"] == 11


async def test_c_takes_one_run_and_then_the_other(runs: Path) -> None:
    two_runs(runs)
    app = XSampleApp(runs)
    async with app.run_test(size=SMALL) as pilot:
        await listed(pilot, 2)
        await pilot.press("c")
        await until(pilot, lambda: "compare long with" in note(app))
        await pilot.press("escape")
        await until(pilot, lambda: "compare" not in note(app))
        await pilot.press("down", "c", "up", "c")
        await until(pilot, lambda: isinstance(app.screen, ContrastScreen) and app.screen.found is not None)
        screen = app.screen
        assert isinstance(screen, ContrastScreen)
        assert screen.found is not None
        assert (screen.found.a.name, screen.found.b.name) == ("short", "long")
        table = screen.query_one(DataTable)
        await until(pilot, lambda: table.row_count == 25)
        assert "training.epochs" in str(screen.query_one("#contrast-text", Static).render())
        first = str(table.get_row_at(0)[0])
        assert first == "keep-r00-c00"
        await pilot.press("x")
        await until(pilot, lambda: screen.found is not None and screen.found.a.name == "long")
        await pilot.press("o")
        await until(pilot, lambda: screen._order == "gain")
        gains = [abs(float(str(table.get_row_at(i)[3]).replace("−", "-"))) for i in range(25)]
        assert gains == sorted(gains, reverse=True)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, StartScreen))


async def test_hundreds_of_runs_are_listed_and_read_once(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    run = make_run(runs, "run-000")
    commit(run, run.document.trials[0].name, 3)
    for number in range(1, 200):
        shutil.copytree(run.path, runs / f"run-{number:03d}")
    read: list[str] = []
    whole = RunFolder.progress

    def counted(self: RunFolder) -> Any:
        read.append(self.name)
        return whole(self)

    monkeypatch.setattr(RunFolder, "progress", counted)
    known = Catalog(runs)
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
        assert "runs cannot be read: Permission denied" in str(start_of(app).query_one("#empty", Static).render())


@both_sizes
def test_delete_question(runs: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    run = make_run(runs, "mine")
    commit(run, run.document.trials[0].name, 3)
    make_run(runs, "mine-seeds")
    created = run.document.created
    os.utime(runs / "mine" / "spec.json")
    app = XSampleApp(runs, clock=lambda: created + 7200)

    async def before(pilot: Pilot[Any]) -> None:
        from xsample_tui.store.removal import Holdings

        await listed(pilot, 2)
        # Sizes differ with the versions of numpy and zip.
        app.push_screen(DeleteQuestion(Holdings("mine", 9, 137_200_000, 1, 11, 4800.0, ("mine-seeds",))))
        await still(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)


async def compared(pilot: Pilot[Any]) -> None:
    """Compare the two runs there are."""
    app = pilot.app
    await listed(pilot, 2)
    await pilot.press("down", "c", "up", "c")
    await until(pilot, lambda: isinstance(app.screen, ContrastScreen) and app.screen.found is not None)
    await until(pilot, lambda: app.screen.query_one(DataTable).row_count == 25)
    await still(pilot)


@both_sizes
def test_compare(runs: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    two_runs(runs)
    assert snap_compare(XSampleApp(runs), terminal_size=size, run_before=compared)


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
            await until(pilot, lambda: isinstance(app.screen, FormScreen))
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, StartScreen) and app.screen._rows)
        assert sorted(read) == ["long", "short"]


async def test_what_is_asked_for_during_a_reading_is_read_after_it(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xsample_tui.tui.start.REFRESH", 3600.0)
    reading, go_on = threading.Event(), threading.Event()
    whole = Catalog.read

    def slow(self: Catalog) -> Any:
        yield from whole(self)
        reading.set()
        # The last thing that a reading does: a run that comes now is not in it.
        go_on.wait(SECONDS)

    monkeypatch.setattr(Catalog, "read", slow)
    app = XSampleApp(runs)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, reading.is_set)
        make_run(runs, "late")
        start_of(app)._load()
        go_on.set()
        await listed(pilot, 1)


async def test_a_folder_that_fails_for_a_while_keeps_its_list_and_says_so(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xsample_tui.tui.start.REFRESH", 0.1)
    make_run(runs, "mine")
    app = XSampleApp(runs)
    async with app.run_test(size=SMALL) as pilot:
        await listed(pilot, 1)
        for number in (errno.EMFILE, errno.EIO, errno.ESTALE):
            with monkeypatch.context() as patch:
                patch.setattr(Path, "iterdir", failing(number))
                await until(pilot, lambda number=number: os.strerror(number) in note(app))  # type: ignore[misc]
                assert start_of(app).query_one(RunTable).row_count == 1
            await until(pilot, lambda: "cannot be read" not in note(app))
        assert not app._notifications


def failing(number: int) -> Any:
    def fail(self: Path) -> Any:
        raise OSError(number, os.strerror(number), str(self))

    return fail
