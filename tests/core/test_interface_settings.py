"""The variables by which options reach the interface: the help names them, options set them, it reads them."""

from __future__ import annotations

import os
from typing import Any, get_args

import pytest

from xsample_tui.cli.command_options import Ascii, Notify
from xsample_tui.core.interface_settings import ASCII, NOTIFY, WAYS
from xsample_tui.tui.session.desktop_notification import way_of
from xsample_tui.tui.terminal.capabilities import wants_ascii


@pytest.mark.parametrize("way", WAYS)
def test_each_way_of_the_option_is_read_back(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NOTIFY, "")
    option: Any = get_args(Notify)[1]
    assert way in option.help
    assert NOTIFY in option.help
    option.callback(way)
    assert os.environ[NOTIFY] == way
    found = way_of({NOTIFY: os.environ[NOTIFY], "KITTY_WINDOW_ID": "1", "TERM": "xterm"})
    assert found == ("osc9" if way == "auto" else way)


def test_the_option_for_ascii_is_read_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ASCII, "")
    option: Any = get_args(Ascii)[1]
    assert ASCII in option.help
    assert not wants_ascii({ASCII: os.environ[ASCII], "TERM": "xterm"}, "utf-8")
    option.callback(True)
    assert wants_ascii({ASCII: os.environ[ASCII], "TERM": "xterm"}, "utf-8")
