"""Errors that a user can act on."""

from __future__ import annotations

from typing import Any

from .exit import BAD_INPUT, FAILED

_SHOWN = 80


def printable(text: object, limit: int = _SHOWN) -> str:
    """Return ``text`` as one safe line for a screen: control characters escaped, at most ``limit`` characters.

    Whatever comes from a file or a command line may hold terminal escape codes; it is shown through this.
    """
    line = "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(text))
    return line if len(line) <= limit else line[: limit - 1] + "…"


class XSampleError(Exception):
    """The root of this project's errors; ``exit_code`` is what the command line ends with.

    Each survives pickling as it is, whatever its constructor takes: workers raise them, and other processes read
    them.
    """

    exit_code: int = FAILED

    def __reduce__(self) -> tuple[Any, ...]:
        # Python's own way calls the class with ``args``, which is the message alone.
        return _remade, (type(self), self.args, self.__dict__)


class InputError(XSampleError):
    """Bad input from outside: names the field, the value and the remedy in one line (exit code 2).

    Args:
        field: what was given wrongly, in the user's words: an option, a file's key, a column.
        value: the value as given; shown with control characters escaped and cut at 80 characters.
        remedy: what to do instead.
    """

    exit_code = BAD_INPUT

    def __init__(self, field: str, value: object, remedy: str) -> None:
        self.field = field
        self.value = value
        self.remedy = remedy
        super().__init__(f"{printable(field)}: {printable(value)}: {printable(remedy, 400)}")


def _remade(kind: type[XSampleError], arguments: tuple[Any, ...], attributes: dict[str, Any]) -> XSampleError:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(attributes)
    return error
