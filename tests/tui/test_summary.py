"""The summary: it comes by itself once a sweep ends, is reckoned in a thread, and comes back with a key."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from textual.widgets import Static

from tests.tui.made import NOW, app_on, link_of, still, sweep_of, until
from xsample_tui.core.errors import InputError
from xsample_tui.store.folder import RunFolder
from xsample_tui.tui.help import Help
from xsample_tui.tui.summary import SummarySheet

LINES = ["noise floor: SD 2.0 pictures", "10 pictures cannot resolve thousandths"]


def words(app: Any) -> str:
    return "\n".join(str(widget.render()) for widget in app.screen.query(Static))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[threading.Thread]:
    """In which threads the summary was asked for."""
    threads: list[threading.Thread] = []

    def summary(run: RunFolder) -> list[str]:
        threads.append(threading.current_thread())
        return list(LINES)

    monkeypatch.setattr("xsample_tui.stacking.summary.summary", summary)
    return threads


async def test_it_comes_by_itself_at_the_end_and_back_with_a_key(
    run: RunFolder, asked: list[threading.Thread]
) -> None:
    app = app_on(run)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, SummarySheet) and app.screen.found)
        assert link_of(app).state == "finished"
        assert "11 of 11 trials done" in words(app)
        assert "noise floor  SD 2.0 pictures" in words(app)
        assert LINES[1] in words(app)
        await pilot.press("escape")
        assert app.screen is sweep_of(app)
        await pilot.press("e")
        assert isinstance(app.screen, SummarySheet)
        await pilot.pause()
        # It was kept: nothing has changed since.
        assert "noise floor" in words(app)
        assert len(asked) == 1
        assert asked[0] is not threading.main_thread()
        await pilot.press("e")
        assert app.screen is sweep_of(app)


async def test_behind_another_screen_it_waits_until_that_is_closed(
    run: RunFolder, asked: list[threading.Thread]
) -> None:
    app = app_on(run)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: link_of(app).opened)
        await pilot.press("question_mark")
        await until(pilot, lambda: link_of(app).state == "finished")
        await still(pilot)
        assert isinstance(app.screen, Help)
        assert not asked
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, SummarySheet))


async def test_a_run_that_was_finished_before_is_summed_up_only_when_asked(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.tui.made import commit

    def refused(run: RunFolder) -> list[str]:
        raise InputError("run", run.name, "has no finished baseline")

    monkeypatch.setattr("xsample_tui.stacking.summary.summary", refused)
    for trial in run.document.trials:
        commit(run, trial.name, 3)
    app = app_on(run, work=False, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: link_of(app).opened)
        await still(pilot)
        assert app.screen is sweep_of(app)
        await pilot.press("e")
        await until(pilot, lambda: "no summary  run: sweep: has no finished baseline" in words(app))


async def test_there_is_none_of_a_sweep_that_goes_on(mid_run: RunFolder, asked: list[threading.Thread]) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: link_of(app).opened)
        await pilot.press("e")
        assert app.screen is sweep_of(app)
        assert not asked
