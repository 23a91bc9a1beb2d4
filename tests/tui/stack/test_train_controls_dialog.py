"""Training what the arms lack."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.harness.interface import NOW, app_on, session_of, until
from tests.harness.screens import Compare, at_rest, one_size
from tests.harness.until import SECONDS
from tests.tui.stack.conftest import stacked, with_controls
from xsample_tui.stacking.pool.control_runs import Missing, missing
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.stack.train_controls_dialog import TrainControlsDialog


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Take note of what would be started in the background."""
    commands: list[list[str]] = []

    def start(run: RunFolder, arguments: list[str]) -> int:
        commands.append(arguments)
        return 4711

    monkeypatch.setattr("xsample_tui.tui.stack.train_controls_dialog.start_in_background", start)
    return commands


async def asked(pilot: Pilot[Any]) -> TrainControlsDialog:
    """Press T and wait for the question."""
    await pilot.press("T")
    await until(pilot, lambda: isinstance(pilot.app.screen, TrainControlsDialog))
    await pilot.pause()
    return pilot.app.screen  # type: ignore[return-value]


async def test_the_controls_are_trained_in_the_background_after_a_question(
    done: RunFolder, started: list[list[str]]
) -> None:
    async with stacked(done) as (pilot, screen):
        question = await asked(pilot)
        words = "\n".join(str(part.render()) for part in question.query(Static))
        assert "6 whole-image twins" in words
        assert "9 random masks" in words
        assert "9 placebo masks" in words
        assert "about" in words
        await pilot.press("escape")
        assert pilot.app.screen is screen
        assert not started
        await asked(pilot)
        # The key that opened it.
        await pilot.press("T")
        await until(pilot, lambda: bool(started))
        assert started == [["arms", "q", "--headless"]]
        assert "process 4711" in "".join(note.message for note in pilot.app._notifications)


async def test_a_key_pressed_twice_asks_one_question(
    done: RunFolder, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, counts = threading.Event(), threading.Event(), list[str]()

    def slow(run: RunFolder) -> Missing:
        counts.append(run.name)
        begun.set()
        go_on.wait(SECONDS)
        return missing(run)

    monkeypatch.setattr("xsample_tui.tui.stack.train_controls_dialog.missing", slow)
    async with stacked(done) as (pilot, screen):
        await pilot.press("T")
        await until(pilot, begun.is_set)
        await pilot.press("T")
        go_on.set()
        await until(pilot, lambda: isinstance(pilot.app.screen, TrainControlsDialog) and len(counts) == 2)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert not any(isinstance(node, TrainControlsDialog) for node in pilot.app.screen_stack)


async def test_with_all_arms_trained_there_is_nothing_to_ask(done: RunFolder, started: list[list[str]]) -> None:
    with_controls(done)
    async with stacked(done) as (pilot, screen):
        await pilot.press("T")
        await until(pilot, lambda: bool(pilot.app._notifications))
        assert pilot.app.screen is screen
        assert "all arms are trained" in next(iter(pilot.app._notifications)).message
        assert not started


@one_size
def test_the_question_before_training_the_controls(
    done: RunFolder, snap_compare: Compare, size: tuple[int, int]
) -> None:
    async def ask(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: session_of(app).opened)
        await pilot.press("b")
        await at_rest(pilot)
        await asked(pilot)

    app = app_on(done, work=False, clock=lambda: NOW)
    assert snap_compare(app, terminal_size=size, run_before=ask)
