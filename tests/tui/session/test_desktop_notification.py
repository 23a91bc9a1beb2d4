"""Notices."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.harness.interface import app_on, beat, session_of, until
from xsample_tui.core.interface_settings import NOTIFY
from xsample_tui.core.run_state.run_progress import Progress
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.session.desktop_notification import Watcher, sequence, way_of
from xsample_tui.tui.theme.symbols import ViewState


@pytest.mark.parametrize(
    ("environment", "way"),
    [
        ({"TERM": "xterm-256color"}, "bell"),
        ({"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1"}, "osc9"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7000"}, "osc777"),
        ({"TERM": "screen", "STY": "1.x", "KITTY_WINDOW_ID": "1"}, "bell"),
        ({"TERM": "linux"}, "bell"),
        ({"TERM": "linux", "XSAMPLE_NOTIFY": "osc9"}, "osc9"),
        ({"TERM": "xterm", "XSAMPLE_NOTIFY": "nonsense"}, "bell"),
    ],
)
def test_the_way_is_what_the_terminal_understands_unless_it_is_set(environment: dict[str, str], way: str) -> None:
    assert way_of(environment) == way


def test_sequences_hold_no_control_characters_of_the_message() -> None:
    words = "a\x1b]0;b\x07c;d"
    assert sequence(words, {"XSAMPLE_NOTIFY": "osc9"}) == "\x1b]9;a\\x1b]0;b\\x07c;d\x07"
    assert sequence(words, {"XSAMPLE_NOTIFY": "osc777"}) == "\x1b]777;notify;xsample-tui;a\\x1b]0,b\\x07c,d\x07"
    assert sequence(words, {"XSAMPLE_NOTIFY": "bell"}) == "\x07"
    assert sequence(words, {"XSAMPLE_NOTIFY": "off"}) == ""


@pytest.mark.parametrize("way", ["osc9", "osc777"])
def test_inside_tmux_it_is_one_passthrough_with_doubled_escapes(way: str) -> None:
    found = sequence("done", {"XSAMPLE_NOTIFY": way, "TMUX": "/tmp/tmux"})
    match = re.fullmatch(r"\x1bPtmux;(.*)\x1b\\", found, re.DOTALL)
    assert match is not None
    inner = match[1].replace("\x1b\x1b", "\x1b")
    assert inner == sequence("done", {"XSAMPLE_NOTIFY": way})
    assert "\x1b" not in match[1].replace("\x1b\x1b", "")


def test_each_event_is_told_once_and_a_stop_is_none(run: RunFolder) -> None:
    progress = Progress(run.spec, run.document.trials)
    watcher = Watcher()
    states: list[ViewState] = ["finished", "running", "stalled", "stalled", "running", "stopped", "running"]
    states += ["crashed", "crashed", "running", "finished", "finished"]
    told = [words for state in states if (words := watcher.check("r", state, progress))]
    assert [words.split(",")[0] for words in told] == ["r: stalled", "r: crashed", "r: finished"]


async def checked_twice(pilot: Pilot[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait until the interface has checked twice for news."""
    check = Watcher.check
    checks: list[str] = []

    def noted(self: Watcher, name: str, *rest: Any) -> str | None:
        checks.append(name)
        return check(self, name, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(Watcher, "check", noted)
        await until(pilot, lambda: len(checks) >= 2)


async def test_the_interface_tells_the_terminal_when_a_sweep_ends(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XSAMPLE_NOTIFY", "osc9")
    monkeypatch.setenv("TMUX", "")
    app = app_on(run)
    written: list[str] = []
    async with app.run_test(size=(80, 24)) as pilot:
        driver: Any = app._driver
        monkeypatch.setattr(driver, "write", written.append)
        await until(pilot, lambda: session_of(app).state == "finished" and not session_of(app).working)
        await until(pilot, lambda: any("]9;" in text for text in written))
        await checked_twice(pilot, monkeypatch)
    notices = [text for text in written if "]9;" in text]
    assert notices == ["\x1b]9;sweep: finished, 11 of 11 trials done\x07"]


async def test_a_watched_run_whose_heartbeat_stops_is_told_of(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XSAMPLE_NOTIFY", "bell")
    now = [1_790_000_000.0]
    owner = RunLock(run.path)
    beat(run, "running", at=now[0])
    app = app_on(run, clock=lambda: now[0])
    written: list[str] = []
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            driver: Any = app._driver
            monkeypatch.setattr(driver, "write", written.append)
            await until(pilot, lambda: session_of(app).state == "running")
            await checked_twice(pilot, monkeypatch)

            def rung() -> bool:
                now[0] += 1
                return "\x07" in written

            await until(pilot, rung)
    finally:
        owner.release()
    assert written.count("\x07") == 1


def test_the_command_line_names_the_same_ways_and_leaves_the_wish_for_the_interface(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from xsample_tui.cli import command_options
    from xsample_tui.core.errors import InputError

    monkeypatch.setenv(NOTIFY, "bell")
    assert command_options._use_notify(None) is None
    assert os.environ[NOTIFY] == "bell"
    command_options._use_notify("osc777")
    assert way_of(os.environ) == "osc777"
    with pytest.raises(InputError, match="notify: loud: choose one of auto, osc9, osc777, bell, off"):
        command_options._use_notify("loud")
