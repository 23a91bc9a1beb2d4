"""Keeps what the user sets, and how each run is looked at, over screens and starts."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from textual.css.query import NoMatches

from ..core.errors import InputError
from ..store.files.interface_state import InterfaceState, KeptView, keep_state
from .heatmap.heatmap import Heatmap
from .heatmap.heatmap_metrics import METRICS
from .session.desktop_notification import NOTIFY, Way
from .shutdown import Shutdown
from .sweep.filter_bar import FilterBar
from .sweep.learning_curve import LearningCurve
from .sweep.sweep_screen import SweepScreen
from .sweep.trial_columns import FACTS
from .sweep.trial_table import TrialTable
from .theme.themes import DARK_NAME
from .view_models.sort_order import Order


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
    """Show a run as it was looked at before; trials and settings that do not exist any more are left out."""
    table, known = screen.query_one(TrialTable), screen.run_session.progress.trials
    if view.metric in METRICS:
        screen.show_metric(view.metric)
    if view.sort in FACTS.values():
        table.sort_by(Order(view.sort, turned=view.turned))
    if marked := [name for name in view.marked if name in known]:
        table.mark(marked, on=True)
    for name in view.pinned:
        if name in known:
            screen.query_one(LearningCurve).pin(name)
    if view.filter:
        # A later version may have other words.
        with contextlib.suppress(InputError):
            screen.query_one(FilterBar).put(view.filter)
    screen.show_flags()
    if view.selected in known:
        screen.select(view.selected)


class ViewMemory(Shutdown):
    """An application that keeps settings and views.

    Args:
        runs: the runs folder.
        kept: what was kept before.

    Attributes:
        kept: the same.
        changes: what was set since the start, by the name of the setting.
        views: how runs were looked at, by the path of their folder; the latest is the last.
    """

    def __init__(self, runs: Path, kept: InterfaceState) -> None:
        super().__init__(runs)
        self.kept = kept
        self.changes: dict[str, object] = {}
        self.views = dict(kept.views)
        self._looked_at: set[str] = set()

    def use_notification(self, way: Way) -> None:
        """Choose how the terminal notifies."""
        os.environ[NOTIFY] = way
        self.changes["notify"] = way

    def restore_view(self, screen: SweepScreen) -> None:
        """Show a run as it was looked at before, once its screen is there; a replay begins as it is."""
        if self._local is not None:
            path = str(screen.run_session.run.path.resolve())
            metric = self.changes.get("metric", self.kept.metric)
            view = self.views.get(path, KeptView(metric=str(metric) if metric else None))
            screen.call_later(restore_view, screen, view)

    def remember_view(self) -> None:
        """Take down how the run is looked at that is shown."""
        if (screen := self._sweep) is None or self._local is None or not screen.is_mounted:
            return
        with contextlib.suppress(NoMatches):
            view, path = view_of(screen), str(screen.run_session.run.path.resolve())
            if view.metric != self.views.get(path, KeptView(metric=self.kept.metric)).metric:
                self.changes["metric"] = view.metric
            self.views.pop(path, None)
            self.views[path] = view
            self._looked_at.add(path)

    def exit(self, *arguments: Any, **options: Any) -> None:
        """End, and take down how the run is looked at."""
        self.remember_view()
        super().exit(*arguments, **options)

    def keep(self) -> None:
        """Keep what was set, after the end, in the user's settings.

        Raises:
            OSError: they cannot be written.
        """
        if self.theme != (self.kept.theme or DARK_NAME):
            self.changes["theme"] = self.theme
        keep_state(self.changes, {path: self.views[path] for path in self.views if path in self._looked_at})
