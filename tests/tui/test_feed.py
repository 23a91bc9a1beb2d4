"""A busy sweep: 400 trials, and more events a second than a screen can show."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from tests.harness.fake_lease import metrics_of
from tests.harness.interface import NOW, app_on, beat, make_shown_run, session_of, still, sweep_of, tell, until
from tests.harness.until import SECONDS
from xsample_tui.core.run_state.run_events import EpochDone, Event, Logged, TrialChanged
from xsample_tui.store.control.event_log_file import EventLogReader
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.tui.sweep.log_panel import LINES, LogPanel
from xsample_tui.tui.sweep.trial_table import TrialTable

ROUNDS, IN_A_ROUND = 30, 6


@pytest.fixture
def busy(runs: Any) -> Any:
    run = make_shown_run(runs, side=28, window=9, stride=1, epochs=400, baselines=5)
    owner = RunLock(run.path)
    beat(run, "running")
    yield run
    owner.release()


async def test_events_are_handed_over_in_few_messages_and_only_what_changed_is_drawn(busy: Any) -> None:
    app = app_on(busy, clock=lambda: NOW)
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await still(pilot)
        screen, run_session = sweep_of(app), session_of(app)
        table = screen.query_one(TrialTable)
        messages, cells = screen.messages, table.updated_cells
        windows = [trial for trial in busy.document.trials if not trial.is_baseline]
        told = 0
        loop = asyncio.get_running_loop()
        start = loop.time()
        for _ in range(ROUNDS):
            for _ in range(IN_A_ROUND):
                trial = windows[told % 20]
                epoch = told // 20 + 1
                tell(busy, [EpochDone(at=NOW, trial=trial.name, metrics=metrics_of(trial, epoch), seconds=1)])
                told += 1
            # As far apart as those of a busy sweep.
            await pilot.pause(0.1)
        await until(pilot, lambda: sum(len(e.history) for e in run_session.progress.trials.values()) == told)
        spent = loop.time() - start
        assert 1 <= screen.messages - messages <= 8 * (spent + 1)
        # Twelve columns, of which state, name and ink stay as they are, epoch by epoch.
        assert 0 < table.updated_cells - cells <= 9 * told
        # The rows of trials that heard nothing were left alone.
        assert [str(c).strip() for c in table.get_row(windows[300].name)][2] == "0/400"


async def test_the_interface_answers_while_the_feed_is_read(busy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    reading, go_on = threading.Event(), threading.Event()
    readers: set[threading.Thread] = set()
    read = EventLogReader.read

    def slow(self: EventLogReader) -> list[Event]:
        readers.add(threading.current_thread())
        reading.set()
        if threading.current_thread() is not threading.main_thread():
            go_on.wait(SECONDS)
        return read(self)

    app = app_on(busy, clock=lambda: NOW)
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        screen, run_session = sweep_of(app), session_of(app)
        monkeypatch.setattr(EventLogReader, "read", slow)
        trial = busy.document.trials[10]
        tell(busy, [EpochDone(at=NOW, trial=trial.name, metrics=metrics_of(trial, 1), seconds=1)])
        await until(pilot, reading.is_set)
        for key in ("down", "right") * 6:
            await pilot.press(key)
        assert screen.selected == "keep-r06-c06"
        # All the while the event log was being read, and only when it is does what it says arrive.
        assert not run_session.progress.trials[trial.name].history
        go_on.set()
        await until(pilot, lambda: run_session.progress.trials[trial.name].history)
    assert threading.main_thread() not in readers


async def test_the_log_is_bounded(busy: Any) -> None:
    app = app_on(busy, clock=lambda: NOW)
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        panel = sweep_of(app).query_one(LogPanel)
        events: list[Event] = [
            Logged(at=NOW, level="info", text=f"line {n} " + "x" * 300) for n in range(LINES + 500)
        ]
        panel.add(events)
        panel.add([TrialChanged(at=NOW, trial="no-such-trial", status="done")])
        assert len(panel._entries) == LINES
        assert len(panel._rows) == LINES
        assert f"line {LINES + 499} " in panel.text
        assert "line 400 " not in panel.text
        assert max(len(row) for row in panel.text.split("\n")) <= panel.size.width
