"""Builds the commands that messages name, so that each works when it is pasted into a shell."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path

PROGRAM = "xsample-tui"
# The default of --runs-dir.
RUNS = Path("runs")


def quoted(word: str) -> str:
    """Return a word as a shell reads it back: in quotes where needed, control characters escaped.

    Args:
        word: any text.
    """
    if word.isprintable():
        return shlex.quote(word)
    # Control characters would reach the terminal that the message is printed on.
    escaped = "".join(_escaped(character) for character in word)
    return f"$'{escaped}'"


def _escaped(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    if character.isprintable():
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))


def shell_command(*words: str, runs: Path = RUNS) -> str:
    """Return a command of this program that works when it is pasted, from the folder where the user is.

    Args:
        words: the command and what follows it, unquoted: ``resume``, the run's name, ``--headless``.
        runs: the runs folder; it is named where it is not the default.
    """
    where = [] if runs == RUNS else ["--runs-dir", str(runs)]
    return as_entered((PROGRAM, *words, *where))


def as_entered(words: Iterable[str]) -> str:
    """Return words as one line that a shell splits into them again.

    Args:
        words: the program and its arguments.
    """
    return " ".join(map(quoted, words))
