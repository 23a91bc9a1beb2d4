"""Every word on every screen can be read: its contrast with what is behind it, as the terminal draws both."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from rich.style import Style
from textual.color import Color
from textual.pilot import Pilot

from tests.harness.drawn_colors import drawn
from tests.harness.finished_runs import finished_run
from tests.harness.interface import NOW, app_on, beat, commit, make_shown_run, still, two_runs, until
from tests.harness.screens import (
    LARGE,
    SMALL,
    at_rest,
    compared,
    half_way,
    settled,
    strength,
    summed_up,
    trained,
)
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run_removal import Holdings
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.start.delete_dialog import DeleteDialog
from xsample_tui.tui.terminal.capabilities import COLORS
from xsample_tui.tui.theme.colors import contrast
from xsample_tui.tui.theme.drawing_app import depth_of
from xsample_tui.tui.theme.ramps import Depth
from xsample_tui.tui.widgets.quit_dialogs import QuitDialog

LOOKS = [(depth, theme) for depth in ("truecolor", "256", "16") for theme in ("xsample-dark", "xsample-light")]
each_look = pytest.mark.parametrize(("depth", "theme"), LOOKS, ids=[f"{depth}-{theme[8:]}" for depth, theme in LOOKS])
LEAST = 4.5
Step = Callable[[Pilot[Any]], Awaitable[object]]


def is_word(text: str) -> bool:
    """Whether text is to be read: lines, blocks, bars and curves are not."""
    return any(not 0x2500 <= ord(sign) < 0x2600 and not 0x2800 <= ord(sign) < 0x2900 and sign > " " for sign in text)


def faint(app: XSampleApp) -> list[str]:
    """Return the words on the screen that cannot be read, with their contrast: of a dialog where there is one."""
    depth = depth_of(app.console)
    found: dict[tuple[Style, str], str] = {}
    strips = app.screen._compositor.render_strips()
    if app.screen.is_modal:
        region = app.screen.children[0].region
        strips = [strip.crop(region.x, region.right) for strip in strips[region.y : region.bottom]]
    for strip in strips:
        for text, style, _ in strip:
            if style is None or style.color is None or style.bgcolor is None or not is_word(text):
                continue
            front, below = (drawn(Color.from_rich_color(c), depth) for c in (style.color, style.bgcolor))
            if (ratio := contrast(front, below)) < LEAST - 0.005:
                found[style, text] = f"{text.strip()!r} {front.hex} on {below.hex}: {ratio:.2f}"
    return list(found.values())


async def check(app: XSampleApp, theme: str, *steps: Step | str, size: tuple[int, int] = SMALL) -> None:
    """Go through some states of the interface and look for words that cannot be read.

    Args:
        app: the program.
        theme: its theme.
        steps: what brings up the next state: a function, or a key.
        size: of the terminal.
    """
    wrong: list[str] = []
    async with app.run_test(size=size) as pilot:
        app.theme = theme
        for step in steps:
            if isinstance(step, str):
                await pilot.press(step)
                await still(pilot)
            else:
                await step(pilot)
            words = [*faint(app)]
            wrong += [f"after {getattr(step, '__qualname__', step)}: {word}" for word in words]
    assert not wrong, "\n".join(dict.fromkeys(wrong))


@pytest.fixture
def _depth(depth: Depth, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(COLORS, depth)


@pytest.mark.usefixtures("_depth")
@each_look
@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "200x50"])
async def test_sweep_and_its_dialogs(mid_run: RunFolder, depth: Depth, theme: str, size: tuple[int, int]) -> None:
    keys = ["u", "p", "a", "m", "i", "i", "v", "c", "t", "L", "w", "escape", "question_mark", "escape", "slash"]
    if size == LARGE:
        keys = ["u", "a", "i", "slash"]
    app = app_on(mid_run, clock=lambda: NOW + 0.4)
    await check(app, theme, settled("down", "right"), *keys, "r", "o", "w", "greater_than_sign", "9", size=size)


@pytest.mark.usefixtures("_depth")
@each_look
async def test_start_form_and_questions(runs: Path, depth: Depth, theme: str) -> None:
    for name, count in (("done", 11), ("half-way", 5), ("new", 0)):
        run = make_shown_run(runs, name)
        for trial in run.document.trials[:count]:
            commit(run, trial.name, 3)
    beat(RunFolder.open(runs, "half-way"), "running")
    app = XSampleApp(runs, clock=lambda: RunFolder.open(runs, "done").document.created + 3 * 3600)

    async def ask(pilot: Pilot[Any]) -> None:
        app.push_screen(DeleteDialog(Holdings("done", 9, 137_200_000, 1, 11, 4800.0, ("done-seeds",))))
        await still(pilot)

    async def leave(pilot: Pilot[Any]) -> None:
        await pilot.press("escape")
        app.push_screen(QuitDialog())
        await still(pilot)

    async def form(pilot: Pilot[Any]) -> None:
        await pilot.press("escape")
        await settled("n")(pilot)

    await check(app, theme, settled("down"), ask, leave, form, "tab", "tab", "tab", "x", "ctrl+p")


@pytest.mark.usefixtures("_depth")
@each_look
async def test_comparison(runs: Path, depth: Depth, theme: str) -> None:
    two_runs(runs)
    await check(XSampleApp(runs), theme, compared)


@pytest.mark.usefixtures("_depth")
@each_look
async def test_replay_and_summary(ended: XSampleApp, runs: Path, depth: Depth, theme: str) -> None:
    await check(ended, theme, summed_up)
    await check(XSampleApp(runs, trained(runs), work=False, replay=1.0), theme, half_way)


@pytest.mark.usefixtures("_depth")
@each_look
async def test_stack(runs: Path, depth: Depth, theme: str) -> None:
    run = finished_run(runs, "q", strength=strength)
    beat(run, "finished")
    app = app_on(run, work=False, clock=lambda: NOW)

    async def open_stack(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: app.screen.is_mounted)
        await settled("b")(pilot)
        await at_rest(pilot)

    await check(app, theme, open_stack, "2", "3", "4", "5")
