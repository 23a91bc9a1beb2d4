"""The palette: every key as a command."""

from __future__ import annotations

from textual.command import CommandPalette

from tests.harness.interface import NOW, app_on, opened, still, sweep_of, until
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.sweep.trial_table import TrialTable

SMALL, LARGE = (80, 24), (200, 50)


async def test_every_key_that_does_something_now_is_a_command_with_its_key(mid_run: RunFolder) -> None:
    async with app_on(mid_run, clock=lambda: NOW).run_test(size=LARGE) as pilot:
        app = await opened(pilot)
        sweep_of(app).select("keep-r19-c19")
        found = {command.title: command for command in app.get_system_commands(app.screen)}
        for title, key in (
            ("Pause", "(space)"), ("Stop", "(s)"), ("Skip", "(x)"), ("Train next", "(f)"), ("Mark", "(u)"),
            ("Filter", "(/)"), ("Stack", "(b)"), ("Panel help", "(f1)"), ("Screenshot", "(f2)"), ("Quit", "(q"),
            ("Reverse order", "(R, in panel trials)"),
        ):  # fmt: skip
            assert key in found[title].help, title
        # What makes no sense now is left out: nothing is paused, and the trial has not failed.
        assert "Resume" not in found
        assert "Retry" not in found
        titles = [command.title for command in app.get_system_commands(app.screen)]
        assert sorted(set(titles)) == sorted(titles), "no two commands are of one name"
        assert (
            sum("curve beside" in str(one.help) or "pin the chosen" in str(one.help) for one in found.values()) == 1
        )
        found["Sort by gain"].callback()
        assert sweep_of(app).query_one(TrialTable).order.fact == "gain"


async def test_a_command_is_found_by_name_and_run(mid_run: RunFolder) -> None:
    async with app_on(mid_run, clock=lambda: NOW).run_test(size=LARGE) as pilot:
        app = await opened(pilot)
        await pilot.press("ctrl+p", *"Mark all")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        await still(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: len(sweep_of(app).query_one(TrialTable).marked) == 405)
