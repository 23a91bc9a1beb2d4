"""Knows where each window is in the grid, which places are next to it, and which trained window is nearest."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable

import numpy as np

from ...core.run_state.run_progress import TrialProgress

Place = tuple[int, int]


class GridPlaces:
    """The places of a sweep's windows, counted in cells.

    Args:
        windows: the sweep's windows.

    Attributes:
        rows, columns: the windows' rows and columns in the image, in pixels, in order.
        names: the window at each place; a grid may have gaps.
        places: the place of each window.
        covered: the window around each place that has none, where windows of a finer grid joined a coarser one.
    """

    def __init__(self, windows: Iterable[TrialProgress]) -> None:
        trials = [entry.trial for entry in windows]
        self.rows = sorted({trial.row for trial in trials if trial.row is not None})
        self.columns = sorted({trial.col for trial in trials if trial.col is not None})
        found = {(trial.row, trial.col): trial.name for trial in trials}
        self.names = {
            (i, j): name
            for i, row in enumerate(self.rows)
            for j, column in enumerate(self.columns)
            if (name := found.get((row, column))) is not None
        }
        self.places = {name: place for place, name in self.names.items()}
        self.covered = self._covered() if any(trial.joined for trial in trials) else {}

    @property
    def extent(self) -> tuple[int, int]:
        """How many rows and columns there are."""
        return len(self.rows), len(self.columns)

    def _covered(self) -> dict[Place, str]:
        """Return the nearest window to each place without one, in pixels."""
        held = sorted(self.names)
        at = np.array([(self.rows[i], self.columns[j]) for i, j in held])
        found: dict[Place, str] = {}
        for i, row in enumerate(self.rows):
            for j, column in enumerate(self.columns):
                if (i, j) not in self.names:
                    apart = ((at - (row, column)) ** 2).sum(axis=1)
                    found[i, j] = self.names[held[int(apart.argmin())]]
        return found

    def ahead(self, place: Place | None, down: int, right: int) -> list[Place]:
        """Return the places in a direction from one, nearest first; from none the first place of all."""
        if place is None:
            return sorted(self.names)[:1]
        row, column = place
        steps = range(1, max(len(self.rows), len(self.columns)))
        return [there for n in steps if (there := (row + n * down, column + n * right)) in self.names]

    def nearest(self, lenders: Collection[str], borrowers: Collection[str]) -> dict[str, str]:
        """Return the nearest of some windows to each of others, where it is near enough to speak for it.

        Near enough is about the distance between lenders that cover the grid evenly, so that what lies far from all
        of them stays empty.

        Args:
            lenders: windows whose result is known.
            borrowers: windows whose result is not.
        """
        if not lenders or not borrowers:
            return {}
        # Of two that are as near the first by place counts, whatever the order of a set.
        known, wanting = sorted(lenders, key=self.places.__getitem__), list(borrowers)
        there = np.array([self.places[name] for name in known])
        here = np.array([self.places[name] for name in wanting])
        apart = ((here[:, None, :] - there[None, :, :]) ** 2).sum(axis=2)
        found = apart.argmin(axis=1)
        reach = math.sqrt(len(self.names) / len(known))
        near = apart[np.arange(len(wanting)), found] <= reach**2
        return {wanting[i]: known[found[i]] for i in np.nonzero(near)[0]}
