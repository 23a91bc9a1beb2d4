"""F1: the help of the panel in front."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.interface import NOW, app_on, opened, still
from tests.tui.keys.shown_keys import sheet
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.help.help_screen import Help, PanelHelp

SMALL, LARGE = (80, 24), (200, 50)


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        (("t",), ["Panel: trials", "One row per trial", "\nshift+→ ", "\nshift+↓ "]),
        (("g",), ["Panel: windows", "Every window at its place"]),
        (("L",), ["Panel: log", "Messages of the controller"]),
        (("c",), ["Panel: learning curve", "the baselines' mean", "\n+, = "]),
        (("c", "tab"), ["Panel: what the network sees", "A selection image as the chosen trial", "\n→ "]),
        (("slash",), ["Panel: filter", "acc>0.98 row<5", "accuracy on selection images", "\nenter "]),
    ],
)
async def test_f1_explains_the_panel_in_front(mid_run: RunFolder, keys: tuple[str, ...], says: list[str]) -> None:
    async with app_on(mid_run, clock=lambda: NOW).run_test(size=LARGE) as pilot:
        app = await opened(pilot)
        await pilot.press(*keys)
        await pilot.pause()
        await pilot.press("f1")
        assert isinstance(app.screen, PanelHelp)
        for words in says:
            assert words in sheet(app)
        await pilot.press("f1")
        assert not isinstance(app.screen, PanelHelp)


async def test_f1_without_a_panel_is_the_screens_help(runs: Path) -> None:
    app = XSampleApp(runs)
    async with app.run_test(size=SMALL) as pilot:
        await still(pilot)
        app.screen.set_focus(None)
        await pilot.press("f1")
        assert isinstance(app.screen, Help)
        await pilot.press("escape")
