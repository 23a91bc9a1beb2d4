"""Reads runs for a screen that compares them, in a thread, and shows what was found or why nothing can be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from textual.content import Content
from textual.screen import Screen
from textual.widgets import DataTable, Static

from ...core.errors import XSampleError, printable
from ..latest_only import Latest, LatestOnly

Runs = TypeVar("Runs")
Found = TypeVar("Found")


class ComparisonReader(Generic[Runs, Found]):
    """What a comparing screen reads; of several requests the last one counts.

    Args:
        screen: the screen; it has one table.
        read: reads runs; called in a thread. It may raise XSampleError.
        show: shows what was found.
        where: the selector of the text that shows why nothing was.

    Attributes:
        found: what was found last; None before.
    """

    def __init__(
        self, screen: Screen[None], read: Callable[[Runs], Found], show: Callable[[], None], where: str
    ) -> None:
        self._screen, self._read, self._show, self._where = screen, read, show, where
        self._reading: LatestOnly[Runs] = LatestOnly(screen, "comparison", self._in_thread)
        self.found: Found | None = None

    def ask(self, runs: Runs) -> None:
        """Read these runs, in place of those that are waited for."""
        self._reading.ask(runs)

    def close(self) -> None:
        """Read no more."""
        self._reading.close()

    def _in_thread(self, runs: Runs, latest: Latest) -> None:
        try:
            found: Found | XSampleError = self._read(runs)
        except XSampleError as error:
            found = error
        if latest():
            self._screen.call_later(self._take, found)

    def _take(self, found: Found | XSampleError) -> None:
        if not self._screen.is_attached:
            return
        if isinstance(found, XSampleError):
            words = Content.styled(f"✗ {printable(found, 400)}", "$error")
            self._screen.query_one(self._where, Static).update(words)
            return
        self.found = found
        self._show()
        self._screen.query_one(DataTable).focus()
