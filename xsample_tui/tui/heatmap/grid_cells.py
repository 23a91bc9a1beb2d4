"""Keeps what each cell of the grid shows, and finds which cells a change of the run changes."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable
from dataclasses import replace

from ...core.scout.scout_map_text import level_of_rank
from ..session.run_session import RunSession
from ..theme.colors import LEVELS, Tone, level_of, step_of
from ..view_models.window_estimates import expected_values
from .grid_places import GridPlaces
from .heatmap_cell import HeatmapCell, cell_of, survivors
from .heatmap_metrics import FIRST, METRICS, Metric
from .heatmap_scale import Scale, scale_for
from .trial_marks import TrialMarks

# As many as the blend of the stack screen begins with.
BEST = 5
# At most one in so many finished windows is among the best.
_SHARE = 3


class GridCells:
    """The cells of a run's windows, by metric, scale and marks.

    Args:
        run_session: the run's session.

    Attributes:
        grid: the windows' places.
        by_name: what each window's cell shows.
        metric: what the colours show.
        switched: whether the user wants the other kind of scale.
        scale: the range of the colours.
        best: the best finished windows, which have a ring, the best first.
        flags: which windows are marked, pinned and hidden by the filter.
        ranked: whether the colours of windows that wait are the scout's ranks alone, as too few have a value.
    """

    def __init__(self, run_session: RunSession) -> None:
        self._run_session = run_session
        self.grid = GridPlaces(run_session.progress.windows)
        self.by_name: dict[str, HeatmapCell] = {}
        self.metric: Metric = FIRST
        self.switched = False
        self.scale = Scale(FIRST, "level", 0.0, 0.0, known=False)
        self.best: tuple[str, ...] = ()
        self.flags = TrialMarks()
        self.ranked = False
        self._sure: frozenset[str] = frozenset()
        # The nearest finished window of each that has no result yet.
        self._lent: dict[str, str] = {}
        self._lenders: frozenset[str] = frozenset()
        self._expected: dict[str, tuple[Tone, int]] = {}

    @property
    def lends(self) -> bool:
        """Whether any cell has the colour of the nearest finished window."""
        return any(name not in self._expected for name in self._lent)

    @property
    def estimated(self) -> int:
        """How many cells show what the scout expects of their windows."""
        return sum(cell.estimate is not None for cell in self.by_name.values())

    def renew_places(self) -> bool:
        """Make room for windows that have joined the run's; return whether there are any."""
        windows = self._run_session.progress.windows
        if self.grid.places.keys() == {entry.trial.name for entry in windows}:
            return False
        self.grid, self.by_name = GridPlaces(windows), {}
        self._lent, self._lenders, self._expected = {}, frozenset(), {}
        return True

    def refresh(self, names: Iterable[str] | None = None) -> tuple[bool, set[int]]:
        """Update the cells of these trials, or all cells; return whether the scale changed, and which rows did."""
        run_session, places = self._run_session, self.grid.places
        scale = scale_for(run_session, self.metric, switched=self.switched)
        rescaled, self.scale = scale != self.scale, scale
        # One more finished window makes the correction stricter for all the others, and can be one of the best.
        sure, best = survivors(run_session, self.metric), best_windows(run_session, self.metric)
        before = {*self._sure, *self.best}
        moved = self._lend() | self._expect(scale)
        renewed: Iterable[str] = places
        if names is not None and not rescaled:
            renewed = {*names, *moved, *(before ^ {*sure, *best})} & places.keys()
        self._sure, self.best = sure, best
        ringed, lent, trials = frozenset(best), self._lent, run_session.progress.trials
        rows: set[int] = set()
        # Those that lend a colour come before those that get it.
        for name in sorted(renewed, key=lent.__contains__) if lent else renewed:
            cell = cell_of(run_session, trials[name], scale)
            if name in ringed:
                cell = replace(cell, best=True)
            elif cell.step is None and name in self._expected:
                cell = self._with_estimate(cell, name)
            elif cell.step is None and (lender := self.by_name.get(lent.get(name, ""))) is not None:
                cell = replace(cell, lent=lender.step)
            cell = self.flags.on(cell, name)
            if cell != self.by_name.get(name):
                self.by_name[name] = cell
                rows.add(places[name][0])
        return rescaled, rows

    def _expect(self, scale: Scale) -> set[str]:
        """Find the colours that the scout lets one expect; return the windows for which they have changed."""
        self.ranked = False
        before, self._expected = self._expected, self._colours_expected(scale)
        names = before.keys() | self._expected.keys()
        return {name for name in names if before.get(name) != self._expected.get(name)}

    def _colours_expected(self, scale: Scale) -> dict[str, tuple[Tone, int]]:
        progress, metric = self._run_session.progress, scale.metric
        if progress.estimate is None or not metric.compared:
            return {}
        waiting = {entry.trial.name for entry in progress.windows if entry.status in ("pending", "running", "paused")}
        if not waiting:
            return {}
        of = metric.value if scale.tone == "level" else metric.effect
        trained = {
            entry.trial.name: found
            for entry in progress.windows
            if entry.status == "done" and (found := of(self._run_session, entry)) is not None and math.isfinite(found)
        }
        values = expected_values(progress.estimate.loss, trained)
        if not values or not scale.known:
            rank = progress.estimate.rank
            self.ranked = True
            return {name: ("level", level_of_rank(rank[name], len(rank), LEVELS)) for name in rank if name in waiting}
        if scale.tone == "level":
            steps = {name: level_of(value, scale.low, scale.high) for name, value in values.items()}
        else:
            # What trained windows show as noise is no more than noise where it is only expected.
            noise = max((abs(trained[name]) for name in trained if self._grey(scale, name)), default=0.0)
            steps = {name: step_of(value, scale.high) if abs(value) > noise else 0 for name, value in values.items()}
        return {name: (scale.tone, step) for name, step in steps.items() if name in waiting}

    def _grey(self, scale: Scale, name: str) -> bool:
        return scale.step(self._run_session, self._run_session.progress.trials[name]) == 0

    def _with_estimate(self, cell: HeatmapCell, name: str) -> HeatmapCell:
        """Return a cell without a result in the colour that the scout lets one expect, marked as an estimate."""
        estimate = self._run_session.progress.estimate
        assert estimate is not None
        tone, step = self._expected[name]
        tenth = level_of_rank(estimate.rank[name], len(estimate.rank))
        return replace(cell, tone=tone, lent=step, estimate=tenth)

    def _lend(self) -> set[str]:
        """Find the nearest finished window of each that has no result; return those for which it has changed."""
        windows = self._run_session.progress.windows
        compared = self.metric.compared
        lenders = frozenset(
            entry.trial.name for entry in windows if compared and entry.status == "done" and entry.kept
        )
        if lenders == self._lenders:
            return set()
        before, self._lenders = self._lent, lenders
        # Those that are parked have a value of their own.
        without = [entry for entry in windows if entry.status != "parked"]
        waiting = [entry.trial.name for entry in without if entry.trial.name not in lenders]
        self._lent = self.grid.nearest(lenders, waiting)
        return {name for name in {*before, *self._lent} if before.get(name) != self._lent.get(name)}


def best_windows(
    run_session: RunSession, metric: Metric, count: int = BEST, *, worst: bool = False
) -> tuple[str, ...]:
    """Return the names of the best finished windows, the best first; fewer while few windows are finished.

    Args:
        run_session: the run's session.
        metric: what they are best by; metrics that are not compared with the baselines leave it to the gain.
        count: how many, at least 0.
        worst: whether the worst are wanted instead, the worst first.
    """
    ranked = metric if metric.compared else METRICS["gain"]
    found = [
        (effect, entry.trial.name)
        for entry in run_session.progress.windows
        if entry.status == "done"
        and (effect := ranked.effect(run_session, entry)) is not None
        and math.isfinite(effect)
    ]
    ends = heapq.nsmallest if worst else heapq.nlargest
    return tuple(name for _, name in ends(min(count, len(found) // _SHARE), found))
