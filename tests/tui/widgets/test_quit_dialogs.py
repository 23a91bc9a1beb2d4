"""Ways out."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from textual.widgets import OptionList

from tests.harness.failing_folder import FailingFolder
from tests.harness.interface import NOW, app_on, beat, requests, session_of, sweep_of, until
from xsample_tui.store.control.run_lock import RunLock, held
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.detached_sweep import BackgroundFailed
from xsample_tui.tui import shutdown
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.sweep.run_header import RunHeader
from xsample_tui.tui.widgets.quit_dialogs import QuitDialog

SMALL = (80, 24)


@pytest.fixture(autouse=True)
def _gated(gate: Path) -> None:
    """An epoch lasts until a test lets it end."""


def epochs(run: RunFolder) -> int:
    return sum(len(entry.history) for entry in run.progress().trials.values())


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
async def test_the_question_comes_while_training_and_can_be_cancelled(run: RunFolder, key: str) -> None:
    app = app_on(run)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).state == "running")
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, QuitDialog))
        for cancel in ("c", "escape", "q"):
            await pilot.press(cancel)
            await until(pilot, lambda: app.screen is sweep_of(app))
            assert session_of(app).working
            await pilot.press("q")
            await until(pilot, lambda: isinstance(app.screen, QuitDialog))
        await pilot.press("n")
        await until(pilot, lambda: not app._running)


async def test_stop_after_this_epoch_and_quit(run: RunFolder, gate: Path) -> None:
    app = app_on(run)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).state == "running")
        before = sum(len(entry.history) for entry in session_of(app).progress.trials.values())
        await pilot.press("q", "s")
        await until(pilot, lambda: app.screen is sweep_of(app))
        await until(pilot, lambda: "then quits" in sweep_of(app).query_one(RunHeader).render().plain)
        gate.touch()
        # It quits by itself, and the current epoch is on disk.
        await until(pilot, lambda: not app._running)
    assert app.exit_code == 3
    assert before < epochs(run) <= before + 2


async def test_the_dialog_says_how_long_new_workers_take(run: RunFolder, gate: Path) -> None:
    app = app_on(run)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).state == "running")
        session = session_of(app)
        assert session.startup is None
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, QuitDialog))
        assert "(with new workers; attach" in str(app.screen.query_one(OptionList).get_option("keep").prompt)
        await pilot.press("escape")
        session.startup = 8.4
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, QuitDialog))
        assert "(with new workers, about 8 s)" in str(app.screen.query_one(OptionList).get_option("keep").prompt)
        await pilot.press("escape")
        session.startup = None
        gate.touch()
        # From the begin until the first epoch began.
        await until(pilot, lambda: session.startup is not None)
        assert 0 <= (session.startup or 0) < 600


class Background:
    """Stands for the process that takes a sweep over."""

    def __init__(self, refusal: str = "") -> None:
        self.refusal = refusal
        self.taken: list[tuple[bool, int, bool]] = []

    def __call__(self, run: RunFolder, *, paused: bool = False, allow_drift: bool = False) -> int:
        self.taken.append((paused, epochs(run), held(run.path)))
        if self.refusal:
            raise BackgroundFailed(self.refusal)
        return 4711


@pytest.mark.parametrize("paused", [False, True])
async def test_keep_training_in_the_background_and_quit(
    run: RunFolder, paused: bool, gate: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutdown, "ended_by_logout", lambda: "it ends with you" if paused else "")
    background = Background()
    app = app_on(run, hand_over=background)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).state == "running")
        if paused:
            await pilot.press("space")
            gate.touch()
            await until(pilot, lambda: session_of(app).state == "paused")
        shown = sum(len(entry.history) for entry in session_of(app).progress.trials.values())
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, QuitDialog))
        words = str(app.screen.query_one(OptionList).get_option("keep").prompt)
        assert ("keep it paused in the background" in words) == paused
        await pilot.press("enter")
        if not paused:
            await until(pilot, lambda: app.screen is sweep_of(app))
            assert "then continues in the background" in sweep_of(app).query_one(RunHeader).render().plain
            gate.touch()
        await until(pilot, lambda: not app._running)
    # The current epoch was stored, and nobody held the run any more, when it was handed over.
    assert len(background.taken) == 1
    was_paused, stored, taken = background.taken[0]
    assert (was_paused, taken) == (paused, False)
    assert shown <= stored <= shown + 2
    assert stored == epochs(run) > 0
    assert app.exit_code == 0
    said = capsys.readouterr().err
    assert f"run {run.name} trains in process 4711; watch it with: xsample-tui attach {run.name}" in said
    assert ("warning: it ends with you" in said) == paused


async def test_where_it_cannot_go_on_in_the_background_the_interface_stays(run: RunFolder, gate: Path) -> None:
    background = Background("the process ended: no \x1b[2Jroom")
    app = app_on(run, hand_over=background)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).state == "running")
        await pilot.press("q", "k")
        gate.touch()
        await until(pilot, lambda: background.taken)
        await until(pilot, lambda: session_of(app).state == "stopped" and not session_of(app).working)
        await until(pilot, lambda: [n for n in app._notifications if "no \\x1b[2Jroom" in n.message])
        assert "then continues in the background" not in sweep_of(app).query_one(RunHeader).render().plain
        # It is no dead end: training goes on here.
        gate.unlink()
        await pilot.press("space")
        await until(pilot, lambda: session_of(app).state == "running")
        await pilot.press("q", "n")
        await until(pilot, lambda: not app._running)
    assert app.exit_code == 3


async def test_who_then_cannot_wait_stops_at_once_and_hands_nothing_over(run: RunFolder) -> None:
    background = Background()
    app = app_on(run, hand_over=background)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).state == "running")
        await pilot.press("q", "k")
        await until(pilot, lambda: app.screen is sweep_of(app))
        await pilot.press("ctrl+c")
        await until(pilot, lambda: not app._running)
    assert app.exit_code == 130
    assert background.taken == []


async def test_leaving_a_sweep_that_trains_elsewhere_says_how_to_get_back(
    run: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    owner = RunLock(run.path)
    app = app_on(run, work=False)
    try:
        async with app.run_test(size=SMALL) as pilot:
            await until(pilot, lambda: session_of(app).opened and session_of(app).alive)
            await pilot.press("q")
            await until(pilot, lambda: not app._running)
    finally:
        owner.release()
    assert "is still training; watch it with: xsample-tui attach" in capsys.readouterr().err


async def test_stop_now_and_quit(run: RunFolder) -> None:
    app = app_on(run)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).state == "running")
        await pilot.press("q", "n")
        await until(pilot, lambda: not app._running)
    assert app.exit_code == 3
    assert epochs(run) == 0


async def test_enter_takes_the_answer_under_the_cursor(run: RunFolder) -> None:
    app = app_on(run)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).state == "running")
        await pilot.press("q", "down", "down", "down", "enter")
        await until(pilot, lambda: app.screen is sweep_of(app))
        assert session_of(app).working
        await pilot.press("q", "down", "down", "enter")
        await until(pilot, lambda: not app._running)
    assert app.exit_code == 3


async def test_ctrl_c_twice_ends_at_once(run: RunFolder) -> None:
    app = app_on(run)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).state == "running")
        await pilot.press("ctrl+c")
        await until(pilot, lambda: isinstance(app.screen, QuitDialog))
        await pilot.press("ctrl+c")
        await until(pilot, lambda: not app._running)
    assert app.exit_code == 130


async def test_ctrl_c_while_waiting_for_the_stop_ends_at_once(run: RunFolder) -> None:
    app = app_on(run)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).state == "running")
        await pilot.press("q", "s", "ctrl+c")
        await until(pilot, lambda: not app._running)
    assert app.exit_code == 130


async def test_without_training_q_and_ctrl_c_leave_at_once(run: RunFolder) -> None:
    for key in ("q", "ctrl+c"):
        app = app_on(run, work=False)
        async with app.run_test(size=SMALL) as pilot:
            await until(pilot, lambda app=app: session_of(app).opened)  # type: ignore[misc]
            await pilot.press(key)
            await until(pilot, lambda app=app: not app._running)  # type: ignore[misc]
        assert app.exit_code == 0


async def test_an_interface_that_fails_stops_its_controller(run: RunFolder, gate: Path) -> None:
    app = app_on(run)

    async def fail() -> None:
        async with app.run_test(size=SMALL) as pilot:
            await until(pilot, lambda: session_of(app).state == "running")
            app.call_later(_divide)
            await until(pilot, lambda: not app._running)

    with pytest.raises(ZeroDivisionError):
        await fail()
    gate.touch()
    app.join()
    assert app._open.local is not None
    assert app._open.local.outcome is not None
    assert app._open.local.outcome.state == "stopped"


def _divide() -> None:
    _ = 1 / 0


async def test_no_thread_that_lives_long_is_one_of_asyncios(run: RunFolder) -> None:
    app = app_on(run)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).state == "running")
        names = [thread.name for thread in threading.enumerate()]
        assert names.count("watch a run") == names.count("control a sweep") == 1
        await pilot.press("q", "n")
        await until(pilot, lambda: not app._running)
    app.join()
    assert app.exit_code == 3


@contextmanager
def held_elsewhere(run: RunFolder) -> Iterator[XSampleApp]:
    """Return the interface on a run that another controller trains."""
    owner = RunLock(run.path)
    beat(run, "running")
    try:
        yield app_on(run, work=False, clock=lambda: NOW + 1)
    finally:
        owner.release()


async def test_a_request_that_is_not_written_is_notified_of_and_not_shown_as_heard(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with held_elsewhere(run) as app:
        async with app.run_test(size=SMALL) as pilot:
            await until(pilot, lambda: session_of(app).opened and session_of(app).state == "running")
            folder = FailingFolder(run.path, monkeypatch, errno.EIO)
            folder.failing = lambda access: True
            await pilot.press("space")
            await until(pilot, lambda: any("pause cannot be written" in n.message for n in app._notifications))
            await until(pilot, lambda: "running" in sweep_of(app).query_one(RunHeader).render().plain)
            folder.failing = lambda access: False
            await until(pilot, lambda: not session_of(app).unsent)
            assert requests(run) == [("pause", ())]


async def test_a_request_that_was_never_written_is_named_at_the_end(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with held_elsewhere(run) as app:
        async with app.run_test(size=SMALL) as pilot:
            await until(pilot, lambda: session_of(app).opened and session_of(app).state == "running")
            FailingFolder(run.path, monkeypatch, errno.EIO).failing = lambda access: True
            await pilot.press("space")
            await until(pilot, lambda: any("pause cannot be written" in n.message for n in app._notifications))
            await pilot.press("q")
            await until(pilot, lambda: not app._running)
        app.join()
        assert f"run {run.name}: pause was not sent" in capsys.readouterr().err


async def test_where_the_system_gives_no_thread_it_is_said(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start

    def refuse(self: threading.Thread) -> None:
        if self.name == "control a sweep":
            raise RuntimeError("can't start new thread")
        start(self)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    app = app_on(run)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).fault)
        assert session_of(app).fault == "cannot start a controller: can't start new thread"
        assert not session_of(app).working
        await pilot.press("q")
        await until(pilot, lambda: not app._running)
    assert app.exit_code == 1
