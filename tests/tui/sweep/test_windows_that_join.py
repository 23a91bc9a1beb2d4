"""Windows that join a sweep at a rung appear in grid and table while it is shown, wherever it is trained."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.harness.interface import app_on, controller, make_shown_run, session_of, until
from tests.harness.screens import SMALL, settled
from xsample_tui.core.run_state.run_events import EVENT, Event, WindowsJoined
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.heatmap.heatmap import Heatmap
from xsample_tui.tui.sweep.trial_table import TrialTable

LAID = 4


def refining(runs: Path) -> RunFolder:
    """Make a run of 2 baselines and 4 windows, of which 2 go on after epoch 1 of 6 and others join."""
    return make_shown_run(runs, stride=4, epochs=6, search="refine", halving_factor=3, halving_least=2)


def shown(app: XSampleApp) -> tuple[set[str], int]:
    """Return the windows in the grid, and how many trials the table has."""
    return set(app.screen.query_one(Heatmap).cells.by_name), app.screen.query_one(TrialTable).total


def windows(run: RunFolder) -> set[str]:
    return {trial.name for trial in RunFolder(run.path).document.trials if not trial.is_baseline}


async def test_they_appear_while_this_process_trains(runs: Path) -> None:
    run = refining(runs)
    app = app_on(run)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: len(app.screen_stack) > 2 and session_of(app).complete)
        await pilot.press("escape")
        await settled()(pilot)
        every = windows(run)
        assert len(every) > LAID
        assert shown(app) == (every, len(every) + 2)
        assert set(session_of(app).progress.trials) > every
        # Its images are shown as those of any window.
        new = next(trial.name for trial in run.document.trials if trial.joined)
        assert run.plan.mask(new).any()


async def test_they_appear_where_another_process_trains(runs: Path) -> None:
    run = refining(runs)
    app = app_on(RunFolder(run.path), work=False)
    async with app.run_test(size=SMALL) as pilot:
        await settled()(pilot)
        await pilot.press("down", "right")
        grid = app.screen.query_one(Heatmap)
        chosen = grid.chosen
        assert shown(app) == (windows(run), LAID + 2)
        work = asyncio.create_task(asyncio.to_thread(controller(run, lambda event: None).work))
        await until(pilot, lambda: len(shown(app)[0]) > LAID)
        assert await work == "finished"
        every = windows(run)
        await until(pilot, lambda: shown(app) == (every, len(every) + 2))
        assert grid.chosen == chosen
        # Between windows of the coarser grid there is room, which these fill.
        places = grid.cells.grid
        assert len(places.covered) + len(places.places) == len(places.rows) * len(places.columns)


def test_the_event_is_a_line_of_the_log(runs: Path) -> None:
    run, heard = refining(runs), list[Event]()
    controller(run, heard.append).work()
    (joined,) = [event for event in heard if isinstance(event, WindowsJoined)]
    assert EVENT.validate_json(joined.model_dump_json()) == joined
