"""A finished run in the stack screen."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.harness.finished_runs import finish, finished_run
from tests.harness.interface import NOW, app_on, session_of, until
from tests.harness.screens import at_rest, strength
from xsample_tui.stacking.pool.control_runs import lay_out_control_runs
from xsample_tui.stacking.pool.member_selection import best_windows
from xsample_tui.stacking.pool.model_pool import open_pool
from xsample_tui.store.control_run_names import ControlKind
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.stack.stack_screen import StackScreen


@pytest.fixture
def done(runs: Path) -> RunFolder:
    """A finished run of 3 baselines and 9 windows on 80 select images."""
    return finished_run(runs, "q", strength=strength)


def with_controls(run: RunFolder) -> None:
    """Finish what ``xsample-tui arms`` would train."""
    kinds: tuple[ControlKind, ...] = ("seeds", "replicates", "random", "placebo")
    for kind in kinds:
        best = best_windows(open_pool(run), 10) if kind == "replicates" else []
        (folder,) = lay_out_control_runs(run, kind, 9, replicated=best)
        for trial in folder.document.trials:
            finish(folder, trial, strength(trial))


@asynccontextmanager
async def stacked(run: RunFolder, size: tuple[int, int] = (80, 24)) -> Any:
    """Show a run's stack screen."""
    app = app_on(run, work=False, clock=lambda: NOW)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await pilot.press("b")
        yield pilot, await at_rest(pilot)


def text_of(screen: StackScreen, panel: type[Any]) -> str:
    """Return what a panel shows, as plain text."""
    widget = screen.query_one(panel)
    lines = [widget.render_line(y).text for y in range(widget.size.height)]
    return "\n".join(line.rstrip() for line in lines)
