"""What a terminal sends, whole and torn."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from textual import events
from textual.message import Message

from tests.harness.fake_lease import GATE
from tests.harness.interface import make_shown_run
from tests.harness.pty_terminal import Terminal
from xsample_tui.tui.terminal.terminal_input import InputParser, escape_delay

# Seconds after which an escape character alone is the key, on the tests' clock.
DELAY = 0.5
# What stands on the sheet of help and nowhere else.
SHEET = "arrows scroll"


class Typing:
    """A parser whose clock the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.parser = InputParser(delay=DELAY, clock=lambda: self.now)

    def feed(self, text: str) -> list[str]:
        """Return what characters bring."""
        return names(self.parser.feed(text))

    def wait(self, seconds: float) -> list[str]:
        """Return what time alone brings."""
        self.now += seconds
        return names(self.parser.tick())


@pytest.fixture
def typing() -> Typing:
    return Typing()


def names(found: Iterable[Message]) -> list[str]:
    """Return keys by name, and what is no key by its class."""
    return [message.key if isinstance(message, events.Key) else type(message).__name__ for message in found]


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
        typing = Typing()
        found = [*typing.feed(sent[:place]), *typing.wait(0.9 * DELAY), *typing.feed(sent[place:])]
        assert found == means, place
    typing = Typing()
    found = []
    for character in sent:
        found += [*typing.feed(character), *typing.wait(0.9 * DELAY)]
    assert found == means


@pytest.mark.parametrize("rest", ["[<35;10;5M", "[<0;120;50m", "[1;5C", "[15~", "[A", "OP"])
def test_the_rest_of_a_sequence_is_no_key_even_when_escape_was_taken_for_one(typing: Typing, rest: str) -> None:
    assert typing.feed("\x1b") == []
    assert typing.wait(0.9 * DELAY) == []
    assert typing.wait(0.1 * DELAY) == ["escape"]
    assert typing.wait(4.0) == []
    assert typing.feed(rest) == []
    assert typing.feed("x") == ["x"]


def test_a_report_in_three_pieces_is_no_key(typing: Typing) -> None:
    typing.feed("\x1b")
    typing.wait(0.9 * DELAY)
    assert typing.feed("[<35;1") == []
    # The escape character was not alone, so that this takes as long as it may.
    assert typing.wait(4.0) == []
    assert typing.feed("0;5M") == ["MouseMove"]


def test_a_key_that_comes_with_the_rest_of_a_sequence_counts(typing: Typing) -> None:
    typing.feed("\x1b")
    assert typing.wait(DELAY) == ["escape"]
    assert typing.feed("[<35;10;5Mx") == ["x"]


def test_what_is_typed_after_escape_is_typed(typing: Typing) -> None:
    typing.feed("\x1b")
    assert typing.wait(DELAY) == ["escape"]
    assert typing.feed("a") == ["a"]
    typing.feed("\x1b")
    assert typing.wait(DELAY) == ["escape"]
    # A bracket may be the beginning of more; it is a key as soon as nothing follows.
    assert typing.feed("[") == []
    assert typing.wait(DELAY) == ["left_square_bracket"]
    assert typing.feed("A") == ["A"]


def test_escape_twice_is_two_keys(typing: Typing) -> None:
    assert [*typing.feed("\x1b"), *typing.feed("\x1b"), *typing.wait(DELAY)] == ["escape", "escape"]
    assert typing.feed("x") == ["x"]
    assert [*typing.feed("\x1b\x1b"), *typing.wait(DELAY)] == ["escape", "escape"]


def test_alt_and_a_key_stay_one_key(typing: Typing) -> None:
    typing.feed("\x1bx")
    assert typing.wait(DELAY) == ["alt+x"]
    typing.feed("\x1b")
    assert [*typing.feed("x"), *typing.wait(DELAY)] == ["alt+x"]
    typing.feed("\x1b[")
    # Textual knows no Alt with a sign.
    assert [*typing.wait(DELAY), *typing.wait(DELAY)] == ["left_square_bracket"]


def test_a_sequence_that_is_never_finished_is_no_key(typing: Typing) -> None:
    assert typing.feed("\x1b[<35;1") == []
    assert typing.wait(6.0) == []
    assert typing.feed("q") == ["q"]
    # And one that the next cuts short.
    assert [*typing.feed("\x1b[<35;1"), *typing.feed("\x1b[A")] == ["up"]


def test_time_in_which_nobody_looked_is_no_silence(typing: Typing) -> None:
    looked = typing.now
    typing.feed("\x1b")
    # The program had no turn; what came meanwhile is not read yet.
    typing.now += 60
    assert names(typing.parser.tick(looked + 0.1)) == []
    assert typing.feed("[<35;10;5M") == ["MouseMove"]


def test_pasted_text_may_hold_whatever_it_likes() -> None:
    parser = InputParser(delay=DELAY)
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


def test_a_mouse_report_that_comes_in_two_pieces_leaves_nothing(tmp_path: Path) -> None:
    run = make_shown_run(tmp_path, epochs=40)
    command = [sys.executable, "-m", "tests.tui.program", str(tmp_path.resolve()), run.name]
    # An hour, so that no pause between the pieces turns the first into a key, however busy the machine is.
    environment = {GATE: str(tmp_path / "never"), "ESCDELAY": "3600000"}
    terminal = Terminal(command, Path(__file__).parents[3], environment=environment)
    try:
        # Only while something is trained does Ctrl-C ask.
        terminal.wait_for("▸ running")
        terminal.press("?")
        terminal.wait_for(SHEET)
        terminal.press("\x1b")
        terminal.wait_for_reader()
        terminal.press("[<35;10;5M", "\x03")
        terminal.wait_for("Quit?")
        terminal.press("c")
        terminal.wait_for(lambda: "Quit?" not in terminal.text)
        assert SHEET in terminal.text
    finally:
        terminal.close()
