"""What a terminal sends, whole and torn."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from textual import events
from textual.message import Message

from tests.terminal import Terminal
from tests.tui.made import make_run
from tests.until import SECONDS, until
from xsample_tui.tui.terminal_input import InputParser, escape_delay

LONG, SHORT = 600.0, 0.02


def names(found: Iterable[Message]) -> list[str]:
    """Return keys by name, and what is no key by its class."""
    return [message.key if isinstance(message, events.Key) else type(message).__name__ for message in found]


def waited(parser: InputParser, count: int = 1) -> list[str]:
    """Return what time alone brings."""
    found: list[str] = []

    def some() -> bool:
        found.extend(names(parser.tick()))
        return len(found) >= count

    until(some)
    return found


@pytest.mark.parametrize(
    ("sent", "means"),
    [
        ("\x1b[<35;10;5M", ["MouseMove"]),
        ("\x1b[<0;10;5M", ["MouseDown"]),
        ("\x1b[A", ["up"]),
        ("\x1b[1;5C", ["ctrl+right"]),
        ("\x1b[15~", ["f5"]),
        ("\x1bOP", ["f1"]),
        ("\x1b[27u", ["escape"]),
        ("\x1b[48;24;80;384;640t", ["Resize"]),
    ],
)
def test_a_sequence_is_the_same_wherever_it_is_torn(sent: str, means: list[str]) -> None:
    for place in range(1, len(sent)):
        parser = InputParser(delay=LONG)
        found = [*parser.feed(sent[:place]), *parser.tick(), *parser.feed(sent[place:])]
        assert names(found) == means, place
    parser = InputParser(delay=LONG)
    assert names(message for character in sent for message in parser.feed(character)) == means


@pytest.mark.parametrize("rest", ["[<35;10;5M", "[<0;120;50m", "[1;5C", "[15~", "[A", "OP"])
def test_the_rest_of_a_sequence_is_no_key_even_when_escape_was_taken_for_one(rest: str) -> None:
    parser = InputParser(delay=SHORT)
    list(parser.feed("\x1b"))
    assert waited(parser) == ["escape"]
    assert names(parser.feed(rest)) == []
    assert names(parser.feed("x")) == ["x"]


def test_a_key_that_comes_with_the_rest_of_a_sequence_counts() -> None:
    parser = InputParser(delay=SHORT)
    list(parser.feed("\x1b"))
    assert waited(parser) == ["escape"]
    assert names(parser.feed("[<35;10;5Mx")) == ["x"]


def test_what_is_typed_after_escape_is_typed() -> None:
    parser = InputParser(delay=SHORT)
    list(parser.feed("\x1b"))
    assert waited(parser) == ["escape"]
    assert names(parser.feed("a")) == ["a"]
    list(parser.feed("\x1b"))
    assert waited(parser) == ["escape"]
    # A bracket may be the beginning of more; it is a key as soon as nothing follows.
    assert names(parser.feed("[")) == []
    assert waited(parser) == ["left_square_bracket"]
    assert names(parser.feed("A")) == ["A"]


def test_alt_and_a_key_stay_one_key() -> None:
    parser = InputParser(delay=SHORT)
    list(parser.feed("\x1bx"))
    assert waited(parser) == ["alt+x"]
    list(parser.feed("\x1b["))
    # Textual knows no Alt with a sign.
    assert waited(parser) == ["left_square_bracket"]


def test_a_sequence_that_is_never_finished_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xsample_tui.tui.terminal_input._REST_WITHIN", 0.05)
    parser = InputParser(delay=SHORT)
    assert names(parser.feed("\x1b[<35;1")) == []
    until(lambda: not [*parser.tick()] and not parser._held)
    assert names(parser.feed("q")) == ["q"]
    # And one that the next cuts short.
    assert names([*parser.feed("\x1b[<35;1"), *parser.feed("\x1b[A")]) == ["up"]


def test_pasted_text_may_hold_whatever_it_likes() -> None:
    parser = InputParser(delay=LONG)
    found = [*parser.feed("\x1b[200~[<35;10;5M [A"), *parser.feed("[12;3\x1b[201~"), *parser.feed("x")]
    pasted = [message.text for message in found if isinstance(message, events.Paste)]
    assert pasted == ["[<35;10;5M [A[12;3"]


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, 0.1),
        ({"SSH_CONNECTION": "192.0.2.1 5000 192.0.2.2 22"}, 1.0),
        ({"SSH_TTY": "/dev/pts/3"}, 1.0),
        ({"SSH_TTY": "/dev/pts/3", "ESCDELAY": "250"}, 0.25),
        ({"ESCDELAY": "soon"}, 0.1),
        ({"ESCDELAY": "0"}, 0.1),
    ],
)
def test_escape_waits_longer_over_ssh_unless_the_user_says_how_long(
    environment: dict[str, str], seconds: float
) -> None:
    assert escape_delay(environment) == seconds


def test_over_ssh_a_mouse_report_that_comes_in_two_pieces_leaves_nothing(tmp_path: Path) -> None:
    run = make_run(tmp_path, epochs=40)
    command = [sys.executable, "-m", "tests.tui.program", str(tmp_path.resolve()), run.name]
    # Longer than by default, so that a busy machine does not turn the pause between the pieces into a key.
    environment = {"FAKE_LEASE_SECONDS": "0.5", "SSH_CONNECTION": "192.0.2.1 5000 192.0.2.2 22"}
    terminal = Terminal(command, Path(__file__).parents[2], environment=environment)
    try:
        terminal.wait_for("running", SECONDS)
        terminal.press("?")
        terminal.wait_for("Help", SECONDS)
        terminal.press("\x1b")
        time.sleep(0.4)
        terminal.press("[<35;10;5M")
        terminal.press("\x03")
        terminal.wait_for("Quit?", SECONDS)
        terminal.press("c")
        terminal.wait_for(lambda: "Quit?" not in terminal.text, SECONDS)
        assert "Help" in terminal.text
    finally:
        terminal.close()
