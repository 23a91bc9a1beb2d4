"""An input that completes names and paths; the right arrow at its end takes what is proposed."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from textual.suggester import Suggester, SuggestionReady
from textual.widgets import Input

from ...services.data_facts import KNOWN
from ..latest_only import Latest, LatestOnly
from .form_validation import Field

# A folder of so many files or more is not read to its end.
_MOST = 10_000


def completion(text: str, names: Sequence[str] = ()) -> str | None:
    """Return a text completed to the first name, else to the first path, that begins with it; None where none does.

    Args:
        text: what was typed: a name, or a path, ``~`` allowed.
        names: come before paths.

    Returns:
        The text with its end; a folder ends with a slash. Hidden files need their dot.
    """
    if not text:
        return None
    for name in names:
        if name.startswith(text) and name != text:
            return name
    tail = text.rpartition("/")[2]
    head = text[: len(text) - len(tail)]
    try:
        with os.scandir(Path(head or ".").expanduser()) as entries:
            found = sorted(
                entry.name + "/" * entry.is_dir()
                for entry in islice(entries, _MOST)
                if entry.name.startswith(tail) and (tail or not entry.name.startswith("."))
            )
    except (OSError, ValueError, RuntimeError):
        return None
    # What the form would refuse is not proposed either.
    proposed = next((head + name for name in found if name.isprintable()), None)
    return None if proposed == text else proposed


class _Asking(Suggester):
    """Hands on what was typed: folders may be slow to read, so the answer comes from a thread."""

    def __init__(self, ask: Callable[[str], None]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._ask = ask

    async def get_suggestion(self, value: str) -> str | None:
        """Ask for it; the answer is posted to the input."""
        self._ask(value)
        return None


class PathInput(Input):
    """An input for a name or a path.

    Args:
        value: what is in it at first.
        field: the id of the widget.
        names: what is completed before paths.
    """

    def __init__(self, value: str, *, field: str, names: Sequence[str] = ()) -> None:
        self._names = names
        self._completer: LatestOnly[str] = LatestOnly(self, "complete", self._complete)
        super().__init__(value, id=field, compact=True, select_on_focus=True, suggester=_Asking(self._completer.ask))

    def _complete(self, text: str, latest: Latest) -> None:
        proposed = completion(text, self._names)
        if proposed is not None and latest():
            self.post_message(SuggestionReady(text, proposed))


def field_input(field: Field, text: str) -> Input:
    """Return the input of a field, which completes what may be a path."""
    names = {"data": tuple(KNOWN), "network": ("article",)}.get(field)
    if names is None:
        return Input(text, id=field, compact=True, select_on_focus=True)
    return PathInput(text, field=field, names=names)
