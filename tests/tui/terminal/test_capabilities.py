"""What terminals can show, asked of their variables and in terminals."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.interface import make_shown_run
from tests.harness.pty_terminal import open_terminal
from tests.harness.until import SECONDS
from xsample_tui.core.errors import InputError
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.terminal.capabilities import color_system, wants_ascii

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("environment", "encoding", "ascii_only"),
    [
        ({"TERM": "xterm-256color", "LANG": "en_US.UTF-8"}, "utf-8", False),
        ({"TERM": "xterm-256color"}, "utf-8", False),
        ({"TERM": "xterm-256color", "LC_ALL": "C"}, "utf-8", False),
        ({"TERM": "xterm-256color", "LANG": "de_DE.utf8@euro"}, "utf-8", False),
        ({"TERM": "xterm-256color", "LANG": "de_DE.no-such-thing"}, "utf-8", False),
        ({"TERM": "xterm-256color"}, "latin-1", True),
        ({"TERM": "xterm-256color"}, "ascii", True),
        ({"TERM": "xterm-256color"}, None, False),
        ({"TERM": "xterm-256color", "LC_ALL": "en_US.ISO-8859-1", "LANG": "en_US.UTF-8"}, "utf-8", True),
        ({"TERM": "xterm-256color", "LC_ALL": "en_US.UTF-8", "LANG": "en_US.ISO-8859-1"}, "utf-8", False),
        ({"TERM": "linux", "LANG": "en_US.UTF-8"}, "utf-8", True),
        ({"TERM": "dumb", "LANG": "en_US.UTF-8"}, "utf-8", True),
        ({"TERM": "linux", "XSAMPLE_TUI_ASCII": "0"}, "latin-1", False),
        ({"TERM": "xterm-256color", "XSAMPLE_TUI_ASCII": "1"}, "utf-8", True),
        ({"TERM": "xterm-256color", "XSAMPLE_TUI_ASCII": ""}, "utf-8", False),
        # In a browser, from a server that was started on the console.
        ({"TERM": "linux", "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver"}, "utf-8", False),
    ],
)
def test_ascii_comes_by_itself_where_nothing_else_can_be_shown(
    environment: dict[str, str], encoding: str | None, ascii_only: bool
) -> None:
    assert wants_ascii(environment, encoding) is ascii_only


@pytest.mark.parametrize(
    ("environment", "colors"),
    [
        ({"COLORTERM": "truecolor"}, None),
        ({"COLORTERM": "truecolor", "STY": "1.tty"}, "256"),
        ({"COLORTERM": "truecolor", "STY": "1.tty", "TMUX": "/tmp/tmux"}, None),
        ({"COLORTERM": "truecolor", "STY": "1.tty", "XSAMPLE_TUI_COLORS": "truecolor"}, "truecolor"),
        ({"COLORTERM": "truecolor", "STY": "1.tty", "XSAMPLE_TUI_COLORS": "auto"}, "256"),
        ({"COLORTERM": "truecolor", "STY": "1.tty", "TEXTUAL_COLOR_SYSTEM": "truecolor"}, None),
        ({"XSAMPLE_TUI_COLORS": "16"}, "standard"),
    ],
)
def test_inside_screen_there_are_256_colours_unless_more_are_asked_for(
    environment: dict[str, str], colors: str | None
) -> None:
    assert color_system(environment) == colors


def test_a_number_of_colours_that_is_none_is_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XSAMPLE_TUI_COLORS", "many")
    with pytest.raises(InputError, match=r"XSAMPLE_TUI_COLORS: many: choose one of auto, truecolor, 256, 16"):
        XSampleApp(tmp_path)


def drawn(tmp_path: Path, **environment: str) -> bytes:
    """Return what the interface writes to a terminal until it shows the sweep at work."""
    run = make_shown_run(tmp_path, epochs=40)
    command = [sys.executable, "-m", "tests.tui.program", str(tmp_path.resolve()), run.name]
    process, master = open_terminal(
        command,
        ROOT,
        environment={"FAKE_SECONDS": "0.5", "COLORTERM": "truecolor"} | environment,
    )
    output = b""
    try:
        while b"running" not in output or b"pending" not in output:
            output += os.read(master, 65536)
    finally:
        process.kill()
        process.wait(SECONDS)
        os.close(master)
    return output


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "en_US.ISO-8859-1"},
        {"TERM": "linux"},
        {"TERM": "dumb"},
    ],
    ids=["latin-1 stream", "latin-1 locale", "linux", "dumb"],
)
def test_a_terminal_without_unicode_is_sent_none(tmp_path: Path, environment: dict[str, str]) -> None:
    output = drawn(tmp_path, **environment)
    assert output.isascii()
    assert b"\\u" not in output


def test_a_terminal_with_unicode_is_sent_it(tmp_path: Path) -> None:
    output = drawn(tmp_path, PYTHONIOENCODING="utf-8", LC_ALL="C.UTF-8")
    assert "▸".encode() in output


@pytest.mark.parametrize(("screen", "colors"), [("1.pts-0.host", b"48;5;"), ("", b"48;2;")])
def test_colours_that_screen_would_drop_are_not_sent(tmp_path: Path, screen: str, colors: bytes) -> None:
    output = drawn(tmp_path, STY=screen, TMUX="", TERM="screen-256color")
    assert colors in output
    assert (b";48;2;" in output) == (colors == b"48;2;")
    assert (b"38;2;" in output) == (colors == b"48;2;")


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "ascii:strict", "cp437", "utf-8"])
def test_commands_print_what_their_streams_can(tmp_path: Path, encoding: str) -> None:
    runs = tmp_path / "läufe Ωμ"
    runs.mkdir()
    make_shown_run(runs, "mine")
    environment = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "xsample_tui", "status", "no-such-run-Ω", "--runs-dir", str(runs)],
        capture_output=True,
        env=environment,
        timeout=SECONDS,
        check=False,
    )
    said = done.stderr.decode(encoding.partition(":")[0])
    assert done.returncode == 2
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    assert "\\u" not in said
    assert ("Ω" in said) == (encoding in ("utf-8", "cp437"))
