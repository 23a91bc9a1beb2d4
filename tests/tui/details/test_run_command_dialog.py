"""Commands about a run from the palette: what is run, what is shown of it, and how it ends."""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from textual.widgets import Input, Static

from tests.harness.finished_runs import finished_run
from tests.harness.interface import NOW, app_on, session_of, sweep_of, until
from tests.harness.screens import screen_text, strength
from tests.harness.until import SECONDS
from xsample_tui.cli.command_registry import commands
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.details import background_command, run_command_dialog
from xsample_tui.tui.details.run_command_dialog import COMMANDS, RunCommand, RunCommandDialog
from xsample_tui.web.view_only_app import ViewOnlyApp


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("commands") / "runs"
    finished_run(runs, "q", strength=strength)
    return runs


def named(title: str) -> RunCommand:
    return next(command for command in COMMANDS if command.title == title)


async def opened(pilot: Any, title: str) -> RunCommandDialog:
    app = pilot.app
    await until(pilot, lambda: session_of(app).opened)
    next(found for found in sweep_of(app).commands() if found.title == title).callback()
    await until(pilot, lambda: isinstance(app.screen, RunCommandDialog))
    await until(pilot, lambda: isinstance(app.focused, Input))
    found: RunCommandDialog = app.screen
    return found


def note(screen: RunCommandDialog) -> str:
    return str(screen.query_one("#command-note", Static).content)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.title)
def test_every_command_is_one_of_the_command_line_with_these_options(command: RunCommand) -> None:
    found = commands()[command.name].load()
    known = {option for parameter in found.params for option in (*parameter.opts, *parameter.secondary_opts)}
    given = command.options.format(run="q").split()
    assert {option for option in given if option.startswith("--")} <= known


async def test_a_command_is_run_and_what_it_prints_is_shown_and_copied(folder: Path) -> None:
    app = app_on(RunFolder.open(folder, "q"), work=False, clock=lambda: NOW)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, "Judge")
        assert f"xsample-tui judge q --runs-dir {folder}" in str(screen.query_one("#command-shown", Static).content)
        await pilot.press("enter")
        await until(pilot, lambda: screen.code is not None)
        assert (screen.code, note(screen)) == (0, "✓ done")
        await until(pilot, lambda: "windows are significant after correction" in screen_text(app))
        await pilot.press("ctrl+y")
        assert app.clipboard.startswith("xsample-tui judge q")
        assert "keep-r04-c04" in app.clipboard
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, RunCommandDialog))


async def test_options_are_changed_and_a_failure_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def failing(arguments: list[str]) -> list[str]:
        asked.append(arguments)
        return [sys.executable, "-c", "print('no\\x1b[31m such thing'); raise SystemExit(3)"]

    monkeypatch.setattr(run_command_dialog, "program", failing)
    app = app_on(RunFolder.open(folder, "q"), work=False, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, "Export map")
        assert screen.query_one(Input).value == "--map q-map.png"
        await pilot.press(*" 'a")
        await pilot.press("enter")
        assert "options: No closing quotation" in note(screen)
        await pilot.press(*" b'", "enter")
        await until(pilot, lambda: screen.code is not None)
        assert asked == [["export", "q", "--runs-dir", str(folder), "--map", "q-map.png", "a b"]]
        assert note(screen) == "✗ ended with exit code 3"
        await until(pilot, lambda: "no\\x1b[31m such thing" in screen_text(app))


async def test_closing_ends_the_command(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = [sys.executable, "-c", "import time; print('begun', flush=True); time.sleep(600)"]
    monkeypatch.setattr(run_command_dialog, "program", lambda arguments: waiting)
    app = app_on(RunFolder.open(folder, "q"), work=False, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, "Tune")
        await pilot.press("enter")
        await until(pilot, lambda: "begun" in screen_text(app))
        process = screen._process
        assert process is not None
        await pilot.press("enter")
        assert screen._process is process, "one at a time"
        await pilot.press("escape")
        await until(pilot, lambda: process.poll() is not None)


def python(program: str) -> list[str]:
    return [sys.executable, "-c", program]


class Started:
    """Stands for a command in the background, which ends when the test says so."""

    pid = 4711

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.ends = Event()
        self.code = 0
        self.lines: tuple[str, ...] = ("3 labels written to q-labels.csv",)

    def __call__(self, run: RunFolder, arguments: list[str]) -> Started:
        self.asked.append(arguments)
        return self

    def wait(self) -> tuple[int, tuple[str, ...]]:
        self.ends.wait(SECONDS)
        return self.code, self.lines


@pytest.fixture
def background(monkeypatch: pytest.MonkeyPatch) -> Started:
    started = Started()
    monkeypatch.setattr(background_command, "start_command", started)
    return started


def notices(app: XSampleApp) -> list[str]:
    return [notice.message for notice in app._notifications]


async def test_what_takes_long_says_what_it_costs_and_begins_in_the_background_when_asked_again(
    folder: Path, background: Started
) -> None:
    app = app_on(RunFolder.open(folder, "q"), work=False, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, "Confirm")
        await pilot.press("enter")
        await until(pilot, lambda: "Enter again" in note(screen))
        assert note(screen).startswith("trains 15 networks, about")
        assert not (folder / "q-confirm").exists()
        # Other options cost something else.
        await pilot.press(*" --seeds 6", "enter")
        await until(pilot, lambda: note(screen).startswith("trains 18 networks, about"))
        assert background.asked == []
        await pilot.press("enter")
        assert background.asked == [["confirm", "q", "--top", "3", "--seeds", "6", "--headless"]]
        assert "in process 4711" in note(screen)
        await pilot.press("enter")
        assert len(background.asked) == 1, "one at a time"
        background.ends.set()
        await until(pilot, lambda: screen.code == 0)
        assert note(screen) == (
            "✓ Confirm of q is done: see 'Confirm: results' in the palette, or "
            f"xsample-tui confirm q --runs-dir {folder} --no-train"
        )
        assert notices(app) == []


async def test_the_end_of_a_command_whose_dialog_is_closed_is_said(
    folder: Path, background: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_command_dialog, "program", lambda arguments: python("print('predicts 3 images')"))
    app = app_on(RunFolder.open(folder, "q"), work=False, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, "Predict")
        await pilot.press("enter")
        await until(pilot, lambda: "Enter again" in note(screen))
        assert note(screen) == "predicts 3 images. Enter again starts it in the background."
        await pilot.press(*" --refit", "enter")
        await until(pilot, lambda: "Enter again" in note(screen))
        await pilot.press("enter", "escape")
        await until(pilot, lambda: not isinstance(app.screen, RunCommandDialog))
        assert background.asked[0][-2:] == ["--refit", "--headless"]
        background.ends.set()
        await until(pilot, lambda: notices(app))
        assert notices(app) == [f"Predict of q is done: 3 labels written to q-labels.csv (in {Path.cwd()})"]


async def test_a_command_in_the_background_that_fails_says_why(folder: Path, background: Started) -> None:
    background.code, background.lines = 2, ("reading", "error: --input: images.csv: no such file")
    background.ends.set()
    app = app_on(RunFolder.open(folder, "q"), work=False, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, "Confirm")
        await pilot.press("enter")
        await until(pilot, lambda: "Enter again" in note(screen))
        await pilot.press("enter")
        await until(pilot, lambda: screen.code == 2)
        assert note(screen) == "✗ Confirm of q has failed: error: --input: images.csv: no such file"
        assert notices(app) == []


@pytest.mark.parametrize("viewer", [False, True])
async def test_where_nothing_may_be_written_there_are_none(folder: Path, viewer: bool) -> None:
    run = RunFolder.open(folder, "q")
    app = ViewOnlyApp(folder, run) if viewer else app_on(run, work=False, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        titles = {command.title for command in COMMANDS}
        assert titles & {found.title for found in sweep_of(app).commands()} == (set() if viewer else titles)
