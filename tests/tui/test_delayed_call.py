"""Delayed calls come on a machine that is so busy that their time has passed before they can be prepared."""

from __future__ import annotations

import itertools
from functools import partial
from pathlib import Path

import pytest
from textual import _time
from textual.app import App

from tests.harness.interface import app_on, make_shown_run, session_of, until
from xsample_tui.tui.delayed_call import call_after


@pytest.fixture
def behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 5 ms pass between any two readings of Textual's clock."""
    real, looks = _time.get_time, itertools.count()
    monkeypatch.setattr(_time, "get_time", lambda: real() + next(looks) * 0.005)


async def test_every_call_comes_once_unless_cancelled(behind: None) -> None:
    app: App[None] = App()
    calls: list[int] = []
    async with app.run_test() as pilot:
        for number, seconds in enumerate((-1.0, 0.0, 0.001, 0.002)):
            call_after(app, seconds, partial(calls.append, number))
        call_after(app, 0.01, partial(calls.append, 9)).cancel()
        last: list[None] = []
        call_after(app, 0.05, partial(last.append, None))
        await until(pilot, lambda: last)
        call_after(app, 0.05, partial(calls.append, 10))
    assert sorted(calls) == [0, 1, 2, 3]


async def test_a_run_is_shown(behind: None, tmp_path: Path) -> None:
    """What comes first of a run waits a millisecond for more; without it, nothing of the run is shown ever."""
    app = app_on(make_shown_run(tmp_path), work=False)
    async with app.run_test() as pilot:
        await until(pilot, lambda: session_of(app).opened, seconds=60)
