"""Keeps what the user sets, and how each run is shown, over screens and starts."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

from textual.app import App
from textual.css.query import NoMatches

from ..core.errors import InputError
from ..store.files.interface_state import InterfaceState, KeptView, keep_state
from .heatmap.heatmap import Heatmap
from .heatmap.heatmap_metrics import METRICS
from .latest_only import Latest, LatestOnly
from .open_runs import OpenRuns
from .session.local_session import LocalSession
from .sweep.filter_bar import FilterBar
from .sweep.learning_curve import LearningCurve
from .sweep.sweep_screen import SweepScreen
from .sweep.trial_columns import fields
from .sweep.trial_table import TrialTable
from .theme.themes import DARK_NAME
from .view_models.sort_order import Order

# Seconds from one look for changes to the next.
LOOK_EVERY = 1.0
# Settings by name, and views by the path of the run's folder.
_Changes = tuple[dict[str, object], dict[str, KeptView]]


def view_of(screen: SweepScreen) -> KeptView:
    """Return how a screen shows its run."""
    table = screen.query_one(TrialTable)
    return KeptView(
        selected=screen.selected,
        metric=screen.query_one(Heatmap).metric.name,
        filter=screen.query_one(FilterBar).text,
        sort=table.order.fact,
        turned=table.order.turned,
        marked=tuple(sorted(table.marked)),
        pinned=tuple(screen.query_one(LearningCurve).pins),
    )


def restore_view(screen: SweepScreen, view: KeptView) -> None:
    """Show a run as it was shown before; trials and settings that do not exist any more are left out."""
    table, known = screen.query_one(TrialTable), screen.run_session.progress.trials
    if view.metric in METRICS:
        screen.view.show_metric(view.metric)
    if view.sort in fields():
        table.sort_by(Order(view.sort, turned=view.turned), first=False)
    if marked := [name for name in view.marked if name in known]:
        table.mark(marked, on=True)
    for name in view.pinned:
        if name in known:
            screen.query_one(LearningCurve).pin(name)
    if view.filter:
        # A later version may have other words.
        with contextlib.suppress(InputError):
            screen.query_one(FilterBar).put(view.filter)
    screen.view.show_flags()
    if view.selected in known:
        screen.select(view.selected)


class ViewMemory:
    """What the user sets and how runs are shown, from what was kept before until it is kept again.

    Args:
        owner: the application.
        open_runs: the runs whose views it keeps.
        kept: what was kept before.

    Attributes:
        kept: the same.
        changes: what was set since the start, by the name of the setting.
        views: how runs were shown, by the path of their folder; the latest is the last.
    """

    def __init__(self, owner: App[Any], open_runs: OpenRuns, kept: InterfaceState) -> None:
        self._owner, self._open = owner, open_runs
        self.kept = kept
        self.changes: dict[str, object] = {}
        self.views = dict(kept.views)
        self._looked_at: set[str] = set()
        # Those whose screens show what was kept; until then they say nothing of what the user wants.
        self._restored: set[str] = set()
        self._noted: _Changes = ({}, {})
        self._written: _Changes = ({}, {})
        self._writing = threading.Lock()
        self._ended = False
        self._writer: LatestOnly[_Changes] = LatestOnly(owner, "keep", self._write)

    def watch(self) -> None:
        """Look now and then for what has changed: not at each key, which would have to wait for it."""
        self._owner.set_interval(LOOK_EVERY, self.keep_changed)

    def restore(self, screen: SweepScreen) -> None:
        """Show a run as it was shown before, once its screen is there; a replay begins as it is."""
        if isinstance(screen.run_session, LocalSession):
            path = _place(screen)
            metric = self.changes.get("metric", self.kept.metric)
            view = self.views.get(path, KeptView(metric=str(metric) if metric else None))
            self._restored.discard(path)
            screen.call_later(self._restore, screen, view)

    def _restore(self, screen: SweepScreen, view: KeptView) -> None:
        restore_view(screen, view)
        self._restored.add(_place(screen))

    def remember(self) -> None:
        """Take down how the open runs are shown."""
        for screen in self._open.sweep_screens:
            if screen.is_mounted and (place := _place(screen)) in self._restored:
                with contextlib.suppress(NoMatches):
                    self._remember(place, view_of(screen))

    def _remember(self, path: str, view: KeptView) -> None:
        if view.metric != self.views.get(path, KeptView(metric=self.kept.metric)).metric:
            self.changes["metric"] = view.metric
        self._looked_at.add(path)
        if view != self.views.get(path) or path != next(reversed(self.views)):
            self.views.pop(path, None)
            self.views[path] = view

    def _changed(self) -> _Changes:
        if self._owner.theme != (self.kept.theme or DARK_NAME):
            self.changes["theme"] = self._owner.theme
        return dict(self.changes), {path: self.views[path] for path in self.views if path in self._looked_at}

    def keep_changed(self) -> None:
        """Keep what has changed, in a thread, once it was the same at two looks."""
        self.remember()
        before, self._noted = self._noted, self._changed()
        if self._noted == before and self._noted != self._written:
            self._written = self._noted
            self._writer.ask(self._noted)

    def _write(self, changes: _Changes, latest: Latest) -> None:
        # What cannot be written is tried, and complained of, at the end.
        with self._writing, contextlib.suppress(OSError):
            if not self._ended:
                keep_state(*changes)

    def keep(self) -> None:
        """Keep what was set, after the end, in the user's settings.

        Raises:
            OSError: they cannot be written.
        """
        with self._writing:
            self._ended = True
            keep_state(*self._changed())


def _place(screen: SweepScreen) -> str:
    """Return what the view of a screen's run is kept under."""
    return str(screen.run_session.run.path.resolve())
