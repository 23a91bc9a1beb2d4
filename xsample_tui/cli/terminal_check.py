"""Refuses to open the interface where there is no terminal that can show it, and says what works there."""

from __future__ import annotations

import os
import sys

from ..core.errors import InputError
from ..core.shell_command import PROGRAM, as_entered

# What these name moves no cursor and shows no colours: a pipe with a person at its end, as in editors.
_CANNOT_DRAW = ("dumb", "unknown")
WITHOUT = "add --headless to train without it"


def need_terminal(command: str, remedy: str = WITHOUT) -> None:
    """Refuse to open the interface where there is no terminal, or one that cannot draw it.

    Args:
        command: what was entered, for the message: ``xsample-tui run``.
        remedy: what does the same without the interface.

    Raises:
        InputError: stdin or stdout is no terminal, or ``TERM`` is ``dumb``.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputError(command, "no terminal", f"the interface needs one; {remedy}")
    kind = os.environ.get("TERM", "")
    if kind in _CANNOT_DRAW:
        raise InputError(command, f"TERM={kind}", f"the interface needs a terminal that moves its cursor; {remedy}")


def entered_command(*without: str) -> str:
    """Return the command line that this process was started with, as it can be entered again.

    Args:
        without: options that are left out with their values, as ``--until``.
    """
    words: list[str] = []
    value = False
    for word in sys.argv[1:]:
        if not value and word.partition("=")[0] not in without:
            words.append(word)
        value = word in without
    return as_entered((PROGRAM, *words))
