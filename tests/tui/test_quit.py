"""Ways out."""

from __future__ import annotations

import pytest

from tests.tui.fake_lease import PACE
from tests.tui.made import app_on, link_of, sweep_of, until
from xsample_tui.store.folder import RunFolder
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.header import Header
from xsample_tui.tui.quit import QuitQuestion

SMALL = (80, 24)


@pytest.fixture(autouse=True)
def _slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PACE, "0.4")


def epochs(run: RunFolder) -> int:
    return sum(len(entry.history) for entry in run.progress().trials.values())


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
async def test_the_question_comes_while_training_and_can_be_cancelled(run: RunFolder, key: str) -> None:
    app = app_on(run)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: link_of(app).state == "running")
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, QuitQuestion))
        for cancel in ("c", "escape", "q"):
            await pilot.press(cancel)
            await until(pilot, lambda: app.screen is sweep_of(app))
            assert link_of(app).working
            await pilot.press("q")
            await until(pilot, lambda: isinstance(app.screen, QuitQuestion))
        await pilot.press("n")
        await until(pilot, lambda: not app._running)


async def test_stop_after_this_epoch_and_quit(run: RunFolder) -> None:
    app = app_on(run)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: link_of(app).state == "running")
        before = sum(len(entry.history) for entry in link_of(app).progress.trials.values())
        await pilot.press("q", "s")
        await until(pilot, lambda: app.screen is sweep_of(app))
        assert "stopping, then quits" in sweep_of(app).query_one(Header).render().plain
        # It quits by itself, and the epoch under way is on disk.
        await until(pilot, lambda: not app._running)
    assert app.exit_code == 3
    assert before < epochs(run) <= before + 2


async def test_stop_now_and_quit(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PACE, "5")
    app = app_on(run)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: link_of(app).state == "running")
        await pilot.press("q", "n")
        await until(pilot, lambda: not app._running, seconds=2)
    assert app.exit_code == 3
    assert epochs(run) == 0


async def test_enter_takes_the_answer_under_the_cursor(run: RunFolder) -> None:
    app = app_on(run)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: link_of(app).state == "running")
        await pilot.press("q", "down", "down", "enter")
        await until(pilot, lambda: app.screen is sweep_of(app))
        assert link_of(app).working
        await pilot.press("q", "down", "enter")
        await until(pilot, lambda: not app._running)
    assert app.exit_code == 3


async def test_ctrl_c_twice_ends_at_once(run: RunFolder) -> None:
    app = app_on(run)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: link_of(app).state == "running")
        await pilot.press("ctrl+c")
        await until(pilot, lambda: isinstance(app.screen, QuitQuestion))
        await pilot.press("ctrl+c")
        await until(pilot, lambda: not app._running)
    assert app.exit_code == 130


async def test_ctrl_c_while_waiting_for_the_stop_ends_at_once(run: RunFolder) -> None:
    app = app_on(run)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: link_of(app).state == "running")
        await pilot.press("q", "s", "ctrl+c")
        await until(pilot, lambda: not app._running)
    assert app.exit_code == 130


async def test_without_training_q_and_ctrl_c_leave_at_once(run: RunFolder) -> None:
    for key in ("q", "ctrl+c"):
        app = app_on(run, work=False)
        async with app.run_test(size=SMALL) as pilot:
            await until(pilot, lambda app=app: link_of(app).opened)  # type: ignore[misc]
            await pilot.press(key)
            await until(pilot, lambda app=app: not app._running)  # type: ignore[misc]
        assert app.exit_code == 0


async def test_an_interface_that_fails_stops_its_controller(run: RunFolder) -> None:
    app = app_on(run)

    async def fail() -> None:
        async with app.run_test(size=SMALL) as pilot:
            await until(pilot, lambda: link_of(app).state == "running")
            app.call_later(_divide)
            await until(pilot, lambda: not app._running)

    with pytest.raises(ZeroDivisionError):
        await fail()
    link = app._link
    assert link is not None
    assert link._stop_wanted is False


def _divide() -> None:
    _ = 1 / 0


async def test_escape_does_not_leave_a_sweep_that_trains_here(run: RunFolder) -> None:
    app = app_on(run)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: link_of(app).state == "running")
        await pilot.press("escape")
        assert app.screen is sweep_of(app)
        assert isinstance(app, XSampleApp)
        await pilot.press("q", "n")
        await until(pilot, lambda: not app._running)
