"""Other runs are shown, and a second sweep is begun, while one trains in this process."""

from pathlib import Path

import pytest

from tests.harness.interface import app_on, commit, make_shown_run, session_of, until
from tests.harness.screens import rows, screen_text
from xsample_tui.core.errors import XSampleError
from xsample_tui.store.control.run_lock import held
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.start.start_screen import StartScreen
from xsample_tui.tui.sweep.summary_dialog import SummaryDialog
from xsample_tui.tui.sweep.sweep_screen import SweepScreen
from xsample_tui.tui.sweep.trial_table import TrialTable
from xsample_tui.tui.widgets.quit_dialogs import QuitDialog

SIZE = (120, 40)


@pytest.fixture
def other(runs: Path) -> RunFolder:
    """A run that is half done and that nobody trains."""
    run = make_shown_run(runs, "other")
    for trial in run.document.trials[:4]:
        commit(run, trial.name, 3)
    return run


class Beside:
    """Stands for the process that trains the second sweep."""

    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.begun: list[str] = []

    def __call__(self, run: RunFolder, *, allow_drift: bool = False) -> int:
        self.begun.append(run.name)
        if self.fault:
            raise XSampleError(self.fault)
        return 4711


def shown(app: XSampleApp) -> str:
    return app.screen.run_session.run.name if isinstance(app.screen, SweepScreen) else ""


def choose(app: XSampleApp, name: str) -> None:
    table = app.screen.query_one("RunsTable")
    table.move_cursor(row=[row[0].split()[-1] for row in rows(app)].index(name))  # type: ignore[attr-defined]


async def test_another_run_is_looked_at_while_one_trains_and_esc_goes_back(
    run: RunFolder, other: RunFolder, gate: Path
) -> None:
    app = app_on(run)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: session_of(app).state == "running")
        training, training_session = app.screen, session_of(app)
        training.query_one(TrialTable).mark([run.document.trials[-1].name])
        # The first takes back the mark.
        await pilot.press("escape")
        assert app.screen is training
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, StartScreen) and len(rows(app)) == 2)
        assert app.training_beneath == "sweep"
        choose(app, "other")
        await until(pilot, lambda: "sweep trains here; Esc goes back to it" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: shown(app) == "other")
        assert held(run.path)
        assert training_session.working
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, StartScreen))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is training)
        # Enter on its row goes back too.
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, StartScreen) and len(rows(app)) == 2)
        choose(app, "sweep")
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is training)
        assert app.training_beneath is None
        # It ends beneath, and says so when it is shown again.
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, StartScreen))
        gate.touch()
        await until(pilot, lambda: training_session.state == "finished")
        assert isinstance(app.screen, StartScreen)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, SummaryDialog) and app.screen.query("#summary-answer"))
    assert app.exit_code == 0


async def test_a_second_sweep_trains_in_the_background(run: RunFolder, other: RunFolder, gate: Path) -> None:
    beside = Beside()
    app = app_on(run, start_beside=beside)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: session_of(app).state == "running")
        training = session_of(app)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, StartScreen) and len(rows(app)) == 2)
        choose(app, "other")
        await pilot.press("r")
        await until(pilot, lambda: shown(app) == "other" and beside.begun == ["other"])
        await until(pilot, lambda: any("as sweep trains here" in one.message for one in app._notifications))
        assert training.working
        # The question comes for the sweep that trains here, and its screen shows the stop.
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, QuitDialog))
        await pilot.press("s")
        await until(pilot, lambda: shown(app) == "sweep" and "then quits" in screen_text(app))
        gate.touch()
        await until(pilot, lambda: not app._running)
    assert app.exit_code == 3
    assert not held(run.path)


async def test_why_a_second_sweep_cannot_begin_is_shown(run: RunFolder, other: RunFolder, gate: Path) -> None:
    app = app_on(run, start_beside=Beside("the process ended: no room"))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: session_of(app).state == "running")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, StartScreen) and len(rows(app)) == 2)
        choose(app, "other")
        await pilot.press("r")
        await until(pilot, lambda: any("no room" in one.message for one in app._notifications))
        app.action_interrupt()
        await until(pilot, lambda: isinstance(app.screen, QuitDialog))
        app.action_interrupt()
        gate.touch()
    assert app.exit_code == 130


async def test_a_sweep_that_has_ended_beneath_leaves_its_place(run: RunFolder, other: RunFolder, gate: Path) -> None:
    app = app_on(run, start_beside=Beside())
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: session_of(app).state == "running")
        training = session_of(app)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, StartScreen) and len(rows(app)) == 2)
        gate.touch()
        await until(pilot, lambda: not training.working)
        choose(app, "other")
        await pilot.press("r")
        # Here, as nothing else trains here any more.
        await until(pilot, lambda: session_of(app).run.name == "other" and session_of(app).state == "finished")
        assert app.training_beneath is None
        await until(pilot, lambda: app.screen.query("#summary-answer"))
    assert app.exit_code == 0
