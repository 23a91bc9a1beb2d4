"""Copying: what reaches the terminal through tmux and GNU screen."""

import base64
import re

import pytest

from xsample_tui.tui.terminal.clipboard import passed_on

PLAIN = "\x1b]52;c;{}\x07"


def encoded(text: str) -> str:
    return PLAIN.format(base64.b64encode(text.encode()).decode())


def test_outside_of_a_multiplexer_nothing_is_wrapped() -> None:
    assert passed_on("r", {}) == ""


def test_tmux_gets_one_string_with_its_escapes_doubled() -> None:
    found = passed_on("r \u2212\u2212", {"TMUX": "/tmp/x", "STY": "1"})
    assert found == "\x1bPtmux;" + encoded("r \u2212\u2212").replace("\x1b", "\x1b\x1b") + "\x1b\\"


@pytest.mark.parametrize("length", [1, 179, 5000])
def test_screen_gets_parts_that_its_buffer_holds(length: int) -> None:
    found = passed_on("x" * length, {"STY": "1.pts"})
    parts = re.findall(r"\x1bP(.*?)\x1b\\", found, re.DOTALL)
    assert max(map(len, parts)) < 700
    assert "".join(parts) == encoded("x" * length)
    assert sum(map(len, parts)) + 4 * len(parts) == len(found)
