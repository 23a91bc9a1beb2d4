"""Commands about a run from the palette: what is run, what is shown of it, and how it ends."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input, Static

from tests.harness.finished_runs import finished_run
from tests.harness.interface import NOW, app_on, session_of, sweep_of, until
from tests.harness.screens import screen_text, strength
from xsample_tui.cli.command_group import commands
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.details import run_command_dialog
from xsample_tui.tui.details.run_command_dialog import COMMANDS, RunCommand, RunCommandDialog


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


async def test_what_trains_goes_on_in_the_background(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def start(run: RunFolder, arguments: list[str]) -> int:
        asked.append(arguments)
        return 4711

    monkeypatch.setattr(run_command_dialog, "start_in_background", start)
    app = app_on(RunFolder.open(folder, "q"), work=False, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, "Confirm")
        await pilot.press("enter")
        assert asked == [["confirm", "q", "--top", "3", "--headless"]]
        assert "training in process 4711" in note(screen)


async def test_where_nothing_may_be_written_there_are_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_on(RunFolder.open(folder, "q"), work=False, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        titles = {command.title for command in COMMANDS}
        assert titles <= {found.title for found in sweep_of(app).commands()}
        monkeypatch.setattr(type(sweep_of(app)), "view_only", True)
        assert not titles & {found.title for found in sweep_of(app).commands()}
