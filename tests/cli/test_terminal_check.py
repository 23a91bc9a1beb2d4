"""The command line that a session was started with, as it can be entered again."""

from __future__ import annotations

import sys

import pytest

from xsample_tui.cli.terminal_check import entered_command


def test_options_are_left_out_with_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["arms", "r", "--until", "07:00", "--k", "3", "--max-hours=2", "--headless"]
    monkeypatch.setattr(sys, "argv", ["x", *words])
    assert entered_command("--until", "--max-hours") == "xsample-tui arms r --k 3 --headless"
    assert entered_command() == "xsample-tui arms r --until 07:00 --k 3 --max-hours=2 --headless"
