"""Errors that a user can act on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .exit_codes import BAD_INPUT, FAILED
from .near_words import did_you_mean
from .table_text import shortened

_SHOWN = 80
NOT_UTF8 = "is not UTF-8; rename it, or write it in UTF-8"


def printable(text: object, limit: int = _SHOWN) -> str:
    """Return ``text`` as one safe line for a screen: control characters escaped, at most ``limit`` characters.

    Whatever comes from a file or a command line may hold terminal escape codes; it is shown through this. A longer
    text loses its end, a path its middle: at its end is the file's name.
    """
    line = "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(text))
    if len(line) <= limit:
        return line
    return shortened(line, limit) if "/" in line and " " not in line else line[: limit - 1] + "…"


class XSampleError(Exception):
    """The root of this project's errors; ``exit_code`` is what the command line ends with.

    Each survives pickling as it is, whatever its constructor takes: workers raise them, and other processes read
    them.
    """

    exit_code: int = FAILED

    def __reduce__(self) -> tuple[Any, ...]:
        # Python's own way calls the class with ``args``, which is the message alone.
        return _remade, (type(self), self.args, self.__dict__)


class InputError(XSampleError, ValueError):
    """Bad input from outside: names the field, the value and the remedy in one line (exit code 2).

    Args:
        field: what was given wrongly, in the user's words: a run, a file's key, a column.
        value: the value as given; shown control characters are escaped, and 80 characters are shown.
        remedy: what to do instead.
        named: the words of the remedy that name an argument of the Python interface, as they stand there:
            ``force=True``.
    """

    exit_code = BAD_INPUT
    is_argument = False

    def __init__(self, field: str, value: object, remedy: str, *, named: Sequence[str] = ()) -> None:
        self.field = field
        self.value = value
        self.remedy = remedy
        self.named = tuple(named)
        super().__init__(self.text())

    def text(self, show: Callable[[str], str] | None = None) -> str:
        """Return the line.

        Args:
            show: returns an argument as the user knows it, given its name in Python, with its value where the
                remedy has one: ``batch_size``, ``force=True``. By default it stays as it is.
        """
        field, remedy = self.field, self.remedy
        if show is not None:
            field = show(field) if self.is_argument else field
            for argument in self.named:
                remedy = re.sub(rf"(?<!\w){re.escape(argument)}(?!\w)", lambda found: show(found[0]), remedy)
        return f"{printable(field)}: {printable(self.value)}: {printable(remedy, 400)}"

    def renamed(self, **names: str) -> InputError:
        """Return the same error about another argument.

        Args:
            names: what an argument is called where the user gave it, by its name in this error.
        """
        if not self.is_argument or self.field not in names:
            return self
        return ArgumentError(names[self.field], self.value, self.remedy, named=self.named)


class ArgumentError(InputError):
    """A bad argument: ``field`` is its name in Python, ``batch_size``; on the command line it is ``--batch-size``."""

    is_argument = True


def check_utf8(field: str, text: str) -> None:
    """Refuse text that could not be stored: a name or an argument whose bytes are no UTF-8, as in old archives.

    Args:
        field: what was given, in the user's words.
        text: as Python reads such bytes, each as a surrogate.

    Raises:
        InputError: it is no UTF-8.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(field, text, NOT_UTF8) from error


def check_choice(field: str, value: str, choices: Iterable[str]) -> None:
    """Refuse an argument that is none of its choices.

    Args:
        field: the argument's name in Python.
        value: what was given.
        choices: what it may be.

    Raises:
        ArgumentError: it is none of them.
    """
    if value not in (allowed := tuple(choices)):
        raise ArgumentError(
            field, value, "; ".join([f"choose one of {', '.join(allowed)}", *did_you_mean(value, allowed)])
        )


def _remade(kind: type[XSampleError], arguments: tuple[Any, ...], attributes: dict[str, Any]) -> XSampleError:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(attributes)
    return error
