"""Records which trials the user has marked, pinned and filtered, for the grid."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from .heatmap_cell import HeatmapCell

MARK = "●"
# The character of a hidden window where no colour can be faint.
HIDDEN = "░"


def letter(number: int) -> str:
    """Return the letter of a pinned trial by its index among the pins: A for the first."""
    return chr(ord("A") + number)


@dataclass(frozen=True)
class TrialMarks:
    """The trials that are marked, pinned and hidden by the filter.

    Attributes:
        marked: names.
        pins: names, in the order of their letters.
        hidden: names of those that the table's filter hides.
    """

    marked: frozenset[str] = frozenset()
    pins: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()

    def badges(self, trial: str) -> str:
        """Return the symbols of a trial: its mark, then its pin; empty for neither."""
        mark = MARK if trial in self.marked else ""
        return mark + (letter(self.pins.index(trial)) if trial in self.pins else "")

    def on(self, cell: HeatmapCell, trial: str) -> HeatmapCell:
        """Return a trial's cell with its marks."""
        badges, hidden = self.badges(trial), trial in self.hidden
        return dataclasses.replace(cell, badges=badges, hidden=hidden) if badges or hidden else cell

    def differing(self, other: TrialMarks) -> set[str]:
        """Return the trials whose marks differ between the two."""
        pinned = {name for name in (*self.pins, *other.pins) if self.badges(name) != other.badges(name)}
        return pinned | (self.marked ^ other.marked) | (self.hidden ^ other.hidden)
