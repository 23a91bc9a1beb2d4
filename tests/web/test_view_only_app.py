"""The viewer: everything can be seen, nothing can be steered, started or written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.interface import NOW, beat, commit, make_shown_run, requests, sweep_of, until
from tests.harness.processes import contents
from tests.harness.screens import screen_text
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.command_palette import commands
from xsample_tui.tui.stack.stack_screen import StackScreen
from xsample_tui.tui.sweep.sweep_screen import SweepScreen
from xsample_tui.web.view_only_app import ViewOnlyApp


def finished(runs: Path, name: str = "sweep") -> RunFolder:
    """Make a run of which half is done, as if somebody else trained it."""
    run = make_shown_run(runs, name)
    for trial in run.document.trials[:6]:
        commit(run, trial.name, 3)
    beat(run, "running", at=NOW)
    return run


async def test_no_key_steers_or_writes_and_none_is_offered(tmp_path: Path) -> None:
    run = finished(tmp_path)
    make_shown_run(tmp_path, "another")
    before = contents(tmp_path)
    app = ViewOnlyApp(tmp_path, run)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: sweep_of(app).run_session.opened)
        screen = sweep_of(app)
        for key in ("space", "s", "r", "x", "f", "escape"):
            assert key not in screen.active_bindings
            await pilot.press(key)
            assert app.screen is screen, key
        assert "view only" in screen_text(app)
        assert not screen.run_session.working
        # The same keys are there where the run can be controlled, so that this test reads the right names.
        assert {"space", "s", "r", "x", "f", "escape"} <= set(
            SweepScreen(screen.run_session, None)._bindings.key_to_bindings
        )
    assert contents(tmp_path) == before
    assert requests(run) == []


async def test_every_key_there_is_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    # Also keys that are yet to be invented: they are taken from the screens' own bindings.
    run = finished(tmp_path)
    before = contents(tmp_path)
    app = ViewOnlyApp(tmp_path, run)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: sweep_of(app).run_session.opened)
        keys = [key for key in app.screen.active_bindings if key not in ("q", "ctrl+q", "ctrl+c", "ctrl+p", "b")]
        assert {"slash", "m", "L"} <= set(keys)
        for key in keys:
            await pilot.press(key)
            while not isinstance(app.screen, SweepScreen):
                await pilot.press("escape")
    assert contents(tmp_path) == before
    assert requests(run) == []


async def test_what_can_be_seen_can_be_seen(tmp_path: Path) -> None:
    run = finished(tmp_path)
    app = ViewOnlyApp(tmp_path, run)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: sweep_of(app).run_session.opened)
        first = sweep_of(app).selected
        await pilot.press("down")
        await until(pilot, lambda: sweep_of(app).selected != first)
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, StackScreen))
        stack = app.screen
        assert isinstance(stack, StackScreen)
        assert not {"e", "T"} & stack.active_bindings.keys()
        assert not any(hasattr(one, "action_export") for one in (stack, *stack.parts))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, SweepScreen))
        titles = {found.title for found in app.get_system_commands(app.screen)}
        assert titles <= {"Change theme", "Help", "Screenshot", "Quit"}
        assert {"Help", "Quit"} <= titles
        # An interface that may change something offers more on this very screen.
        assert {found.title for found in commands(app, app, app.screen)} > titles


def guarded(statement: str, folder: Path) -> str:
    """Run a statement in a process under the guard; return what it raised, or ``done``."""
    program = (
        "import os, sys, socket, subprocess, pathlib, shutil\n"
        "from xsample_tui.web.read_only_hook import only_look\n"
        "only_look()\n"
        f"try:\n    {statement}\n"
        "except BaseException as error:\n    print(type(error).__name__)\n"
        "else:\n    print('done')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=folder, env={**os.environ}
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    "statement",
    [
        "open('there', 'w')",
        "open('there', 'r+')",
        "os.open('there', os.O_RDONLY | os.O_CREAT)",
        "pathlib.Path('new').mkdir()",
        "pathlib.Path('there').unlink()",
        "os.replace('there', 'here')",
        "os.symlink('there', 'link')",
        "shutil.rmtree('.')",
        "os.truncate('there', 0)",
        "os.chmod('there', 0)",
        "subprocess.run(['true'])",
        "os.system('true')",
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
        "os.kill(os.getppid(), 0)",
        "socket.create_connection(('127.0.0.1', 1))",
    ],
)
def test_the_guard_refuses_what_changes_anything(statement: str, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("kept")
    assert guarded(statement, tmp_path) == "PermissionError"
    assert (tmp_path / "there").read_text() == "kept"
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


@pytest.mark.parametrize(
    "statement", ["open('there').read()", "os.listdir('.')", "import numpy", "open(os.devnull, 'w')"]
)
def test_the_guard_lets_look(statement: str, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("kept")
    assert guarded(statement, tmp_path) == "done"
