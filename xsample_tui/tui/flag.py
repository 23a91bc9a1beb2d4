"""Flags: what the user has made of trials, as the grid shows it: marked, pinned, filtered out."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from .cell import Cell

MARK = "●"
# What a window that is filtered out is drawn with where no colour can be faint.
HIDDEN = "░"


def letter(number: int) -> str:
    """Return the letter of a pinned trial, by its place among the pins: A for the first."""
    return chr(ord("A") + number)


@dataclass(frozen=True)
class Flags:
    """Which trials are marked, pinned and filtered out.

    Attributes:
        marked: names.
        pins: names, in the order of their letters.
        hidden: names of those that the table's filter hides.
    """

    marked: frozenset[str] = frozenset()
    pins: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()

    def badges(self, trial: str) -> str:
        """Return the signs of a trial: of its mark, then of its pin; empty for neither."""
        mark = MARK if trial in self.marked else ""
        return mark + (letter(self.pins.index(trial)) if trial in self.pins else "")

    def on(self, cell: Cell, trial: str) -> Cell:
        """Return a trial's cell with its flags."""
        badges, hidden = self.badges(trial), trial in self.hidden
        return dataclasses.replace(cell, badges=badges, hidden=hidden) if badges or hidden else cell

    def differing(self, other: Flags) -> set[str]:
        """Return the trials whose flags are not the same in both."""
        pinned = {name for name in (*self.pins, *other.pins) if self.badges(name) != other.badges(name)}
        return pinned | (self.marked ^ other.marked) | (self.hidden ^ other.hidden)
