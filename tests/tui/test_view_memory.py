"""What the user sets and how a run is shown, from screen to screen and from start to start."""

from pathlib import Path

import pytest

from tests.harness.finished_runs import finished_run
from tests.harness.interface import app_on, session_of, sweep_of, until
from xsample_tui.core.interface_settings import NOTIFY
from xsample_tui.store.files.interface_state import InterfaceState, KeptView, load_state
from xsample_tui.store.files.user_settings import VARIABLE
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.start.start_screen import StartScreen
from xsample_tui.tui.sweep.sweep_screen import SweepScreen
from xsample_tui.tui.theme.themes import LIGHT_NAME
from xsample_tui.tui.view_memory import view_of


@pytest.fixture
def done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "config"))
    monkeypatch.setenv(NOTIFY, "off")
    return finished_run(tmp_path / "runs")


SIZE = (120, 40)
VIEW = KeptView(
    selected="keep-r02-c04",
    metric="accuracy",
    filter="row>0",
    sort="gain",
    turned=True,
    marked=("keep-r02-c02", "keep-r02-c04"),
    pinned=("keep-r00-c00",),
)


def on(run: RunFolder, kept: InterfaceState | None = None) -> XSampleApp:
    return app_on(run, work=False, kept=kept)


async def test_a_view_comes_back_with_the_run(done: RunFolder) -> None:
    app = on(done, InterfaceState(views={str(done.path.resolve()): VIEW}))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: session_of(app).opened and view_of(sweep_of(app)) == VIEW)
        # Filter and marks are peeled, so that what is kept is what was left.
        await pilot.press("escape", "escape", "escape")
        await until(pilot, lambda: isinstance(app.screen, StartScreen))
        await until(pilot, lambda: app.screen.query("RunsTable").first().row_count > 0)  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, SweepScreen))
        left = VIEW.model_copy(update={"filter": "", "marked": ()})
        await until(pilot, lambda: view_of(sweep_of(app)) == left)
        app.exit()
    app.memory.keep()
    assert load_state().views == {str(done.path.resolve()): left}


async def test_what_is_not_there_any_more_is_left_out(done: RunFolder) -> None:
    view = KeptView(selected="gone", metric="gone", filter="row>", sort="gone", marked=("gone",), pinned=("gone",))
    app = on(done, InterfaceState(theme="gone", ramp="gone", views={str(done.path.resolve()): view}))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await pilot.pause()
        found = view_of(sweep_of(app))
        assert (found.filter, found.sort, found.marked, found.pinned) == ("", None, (), ())
        assert found.selected in session_of(app).progress.trials


async def test_settings_are_kept_and_used_again(done: RunFolder) -> None:
    app = on(done)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        app.theme = LIGHT_NAME
        app.toggle_ascii()
        app.use_notification("bell")
        await pilot.press("m")
        app.exit()
    app.memory.keep()
    kept = load_state()
    assert (kept.theme, kept.ascii, kept.notify, kept.metric) == (LIGHT_NAME, True, "bell", "accuracy")
    # Another run begins with the metric that was chosen last.
    other = finished_run(done.path.parent, "other")
    app = on(other, kept)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await until(pilot, lambda: view_of(sweep_of(app)).metric == "accuracy")
        assert app.theme == LIGHT_NAME
        assert app.ascii_only


async def test_what_changes_is_kept_while_it_runs(done: RunFolder) -> None:
    """So that ``kill -9`` loses nothing: no end is waited for."""
    app = on(done)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await pilot.press("m")
        app.memory.keep_changed()
        # Something that still changes is not written yet.
        assert load_state() == InterfaceState()
        app.memory.keep_changed()
        await until(pilot, lambda: load_state().metric == "accuracy")
        assert load_state().views[str(done.path.resolve())].metric == "accuracy"
        app.exit()
