"""The sweep screen: shows one run in a grid, a table, a curve and a log, and keeps one selection in all of them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import ClassVar, cast

from textual import events, on
from textual.app import ComposeResult, SystemCommand
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from ...core.errors import printable
from ...core.run_state.run_events import Event
from ..delayed_call import call_after
from ..details.trial_dialogs import TrialDialogs
from ..gauges.load_watch import LoadRead, LoadWatch
from ..heatmap.heatmap import Heatmap
from ..heatmap.heatmap_legend import HeatmapLegend, TrialDescription
from ..keys.declared_keys import LEAVE, SWEEP, VIEW, panel_keys
from ..keys.key_bar import KeyBar
from ..session.class_maps_thread import ClassMapsThread
from ..session.desktop_notification import AT_WORK
from ..session.messages import InterfaceNote, RunJudged, RunUpdated
from ..session.run_session import RunSession
from ..session.smoothed_map_thread import SmoothedMapThread
from ..theme.symbols import ViewState
from ..widgets.base_screen import BaseScreen, Layout, layout_for
from .filter_bar import FilterBar
from .input_preview import InputPreview
from .learning_curve import LearningCurve
from .log_panel import LogPanel
from .run_controls import Controls, RunControls
from .run_header import RunHeader
from .summary_dialog import SummaryDialog, Summed
from .trial_panel import TrialPanel
from .trial_table import TrialTable
from .view_controls import ViewControls
from .window_judging import WindowJudging
from .workers_dialog import WorkersDialog

# Side by side under the table, in this order.
PANELS: tuple[type[TrialPanel], ...] = (LearningCurve, InputPreview)
_TABLE_LEAST_MEDIUM = 64
# A curve with the legend of its pins, and the preview beside it.
_RIGHT_LEAST_LARGE = 108
_KEY_LEAST, _BORDERS = 44, 2
# Seconds from one drawing of what came to the next.
_FRAME = 0.2
# Lines that legend and description take under the grid.
_KEY_LINES: dict[Layout, int] = {"tiny": 0, "compact": 0, "medium": 7, "large": 4}
# Actions that can be used at times.
_CHANGING = (
    *(("trial", (what,)) for what in ("retry", "skip", "front")),
    *((action, ()) for action in ("leave", "summary", "stop", "pause", "resume")),
)


class _Body(Horizontal):
    """The panels; a warning in the header takes a line of their room."""

    def on_resize(self) -> None:
        """Fit the grid into the available room."""
        cast("SweepScreen", self.screen).fit()


class SweepScreen(BaseScreen):
    """One run: header, grid, table, curve and log, with one selection in all of them.

    Args:
        run_session: the run's session.
        controls: what its keys ask of the run; None where they must not ask for anything.

    Attributes:
        view: what its keys show in the panels.
    """

    # In the footer's order.
    BINDINGS: ClassVar[list[BindingType]] = [
        *(key for key in VIEW if key.show),
        *RunControls.BINDINGS,
        *SWEEP,
        *(key for key in VIEW if not key.show),
        *panel_keys("sweep"),
        LEAVE,
    ]

    def __init__(self, run_session: RunSession, controls: Controls | None) -> None:
        super().__init__()
        self.run_session = run_session
        self.controls = controls
        self.view = ViewControls(self, run_session)
        self._dialogs = TrialDialogs(self, run_session, lambda: self.view.selected)
        self.parts = (self.view, self._dialogs)
        if controls is not None:
            controls.join(self, self.view, self.show_state)
            self.parts = (*self.parts, controls)
        self.messages, self._shown_at = 0, 0.0
        self._possible: tuple[bool | None, ...] = ()
        self._state: ViewState | None = None
        # Whether the sweep has ended and its summary is not shown yet.
        self._ended = False
        self._summary: Summed | None = None
        self._judging = WindowJudging(self, run_session)
        self.load = LoadWatch(self, run_session)

    @property
    def selected(self) -> str | None:
        """The trial that every panel shows."""
        return self.view.selected

    def compose_page(self) -> ComposeResult:
        """Lay out the panels."""
        yield RunHeader(self.run_session, view_only=self.controls is None, load=self.load)
        with _Body(id="body"):
            with Vertical(id="left"):
                yield Heatmap(self.run_session)
                with Vertical(classes="key"):
                    yield HeatmapLegend(self.run_session)
                    yield TrialDescription(self.run_session)
            with Vertical(id="right"):
                yield Static(id="table-note", markup=False)
                yield TrialTable(self.run_session)
                with Vertical(classes="key"):
                    yield HeatmapLegend(self.run_session)
                    yield TrialDescription(self.run_session)
                with Horizontal(id="plots"):
                    yield from (panel(self.run_session) for panel in PANELS)
                yield LogPanel(self.run_session)
        yield Static(id="fault", markup=False)
        yield FilterBar()
        yield KeyBar()

    def on_mount(self) -> None:
        """Choose the first window."""
        grid = self.query_one(Heatmap)
        grid.refresh_trials()
        names = [entry.trial.name for entry in self.run_session.progress.windows] or list(
            self.run_session.progress.trials
        )
        self.select(names[0])
        grid.focus()
        self.view.show_scale()
        self.run_session.connect(self.post_message)
        self.load.start()

    def on_unmount(self) -> None:
        """Stop what reads and computes for it."""
        self.load.close()
        self.view.close()

    def on_click(self, event: events.Click) -> None:
        """Open the details of a trial that is clicked twice."""
        self._dialogs.open_clicked(event)

    @on(LoadRead)
    def _take_load(self, event: LoadRead) -> None:
        self.load.take(event.load)
        self.query_one(RunHeader).update()

    # -- updates -------------------------------------------------------------------------------------------------

    def on_run_updated(self, update: RunUpdated) -> None:
        """Take what came: at once, or, where something was drawn just now, with what comes in the next moment."""
        self.messages += 1
        call_after(self, self._shown_at + _FRAME - time.monotonic(), lambda: self.show_update(update))

    def show_update(self, update: RunUpdated) -> None:
        """Bring the model up to date, and draw what has changed."""
        self._shown_at = time.monotonic()
        change = self.run_session.take(update)
        every = change.all or change.baselines
        names = None if every else change.trials
        with self.app.batch_update():
            self.query_one(RunHeader).update()
            if every or names:
                self.query_one(TrialTable).refresh_trials(names)
                if self.query_one(Heatmap).refresh_trials(names) or every:
                    self.view.show_scale()
                self.view.renew_smoothed()
                self.query_one(LearningCurve).renew_others()
                if every or self.selected in change.trials:
                    self._show_selected()
            self.query_one(LogPanel).add(change.events)
            self._show_fault()
            if newest := self.view.newest_done(change.events):
                self.select(newest)
        self._notify_of(change.events)
        self._show_keys()
        self._judging.renew()
        self._watch_for_the_end()
        if change.all or change.ended is not None:
            self.program.run_changed(self.run_session, change)

    def _notify_of(self, news: Iterable[Event]) -> None:
        """Show what the interface itself could not do: on small terminals the log is hidden."""
        for event in news:
            if isinstance(event, InterfaceNote) and event.level != "info":
                self.notify(printable(event.text, 400), severity=event.level, markup=False)

    @on(RunJudged)
    def _take_judgement(self, event: RunJudged) -> None:
        if self._judging.take(event):
            with self.app.batch_update():
                self.query_one(TrialTable).refresh_trials()
                self.query_one(Heatmap).refresh_trials()
                self.query_one(RunHeader).update()
                self.view.show_scale()
                self._show_selected()

    def _show_keys(self) -> None:
        """Redraw the footer if other keys can be used now."""
        possible = tuple(self.check_action(action, arguments) for action, arguments in _CHANGING)
        if possible != self._possible:
            self._possible = possible
            self.refresh_bindings()

    @on(TrialTable.Arranged)
    def _arranged(self, event: TrialTable.Arranged) -> None:
        """Show what the table shows now; where other trials are marked, other keys may make sense."""
        event.stop()
        self._show_keys()
        self.view.show_count()

    @on(Heatmap.Remapped)
    def _remapped(self, event: Heatmap.Remapped) -> None:
        event.stop()
        self.view.show_scale()

    @on(SmoothedMapThread.Smoothed)
    def _smoothed(self, event: SmoothedMapThread.Smoothed) -> None:
        event.stop()
        self.view.take_smoothed(event.found)

    @on(ClassMapsThread.Counted)
    def _counted(self, event: ClassMapsThread.Counted) -> None:
        event.stop()
        self.view.take_classes(event)

    @on(FilterBar.Filtered)
    def _filtered(self, event: FilterBar.Filtered) -> None:
        event.stop()
        self.query_one(TrialTable).show_only(event.wanted)

    @on(FilterBar.Closed)
    def _filter_closed(self, event: FilterBar.Closed) -> None:
        event.stop()
        self.view.leave_filter(kept=event.kept)

    def _show_fault(self) -> None:
        fault = self.query_one("#fault", Static)
        if fault.has_class("-shown") != bool(self.run_session.fault):
            fault.update(Content(f"✗ {self.run_session.fault}"))
            fault.set_class(bool(self.run_session.fault), "-shown")

    def _show_selected(self) -> None:
        for words in self.query(TrialDescription):
            words.show(self.selected)
        for panel in self.query(TrialPanel):
            panel.show(self.selected)

    # -- the selection -------------------------------------------------------------------------------------------

    def select(self, trial: str) -> None:
        """Choose a trial in every panel."""
        self.view.selected = trial
        self.query_one(Heatmap).choose(trial)
        self.query_one(TrialTable).choose(trial)
        self._show_selected()
        self._show_keys()

    @on(Heatmap.WindowChosen)
    @on(TrialTable.RowChosen)
    def _chosen(self, event: Heatmap.WindowChosen | TrialTable.RowChosen) -> None:
        event.stop()
        if event.trial != self.selected:
            self.view.following = False
            self.select(event.trial)

    # -- keys ----------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey out what cannot be used now."""
        if action == "summary":
            return self.run_session.opened and self.run_session.complete and not self.run_session.banner
        if action in ("pause", "resume", "stop", "trial") and self.controls is not None:
            return self.controls.possible(str(parameters[0]) if action == "trial" else action, self.view.aimed_at)
        return True

    def show_state(self) -> None:
        """Show the state as it is now."""
        self.query_one(RunHeader).update()
        self._show_keys()

    def action_panel(self, name: str) -> None:
        """Go to a panel; in the compact layout the log replaces the others, and the curve replaces the table."""
        compact = self.has_class("-compact")
        self.set_class(name == "log" and compact, "-log")
        if compact and name in ("curve", "table"):
            self.view.show_preview(False)
            self.set_class(name == "curve", "-curve")
        self.call_after_refresh(self.query_one(f"#{name}").focus)

    def action_workers(self) -> None:
        """Show the workers, to be added and removed where the run can be controlled."""
        controls = self.controls if isinstance(self.controls, RunControls) else None
        self.app.push_screen(WorkersDialog(self.run_session, self.load, controls))

    def _watch_for_the_end(self) -> None:
        """Show the summary when a sweep ends while it is watched."""
        before, self._state = self._state, self.run_session.state
        if self._state == "finished" and before in AT_WORK and not self.run_session.banner:
            self._ended = True
        if self._ended and self.app.screen is self:
            self._ended = False
            self.action_summary()

    def on_screen_resume(self) -> None:
        """Show the summary of a sweep that ended while another screen was in front."""
        self._watch_for_the_end()

    def action_summary(self) -> None:
        """Show the summary of a finished run."""
        sheet = SummaryDialog(self.run_session, self._summary)
        self.app.push_screen(sheet, lambda _: self._keep(sheet))

    def _keep(self, sheet: SummaryDialog) -> None:
        """Keep the summary, so that it appears at once the next time."""
        self._summary = sheet.found
        self.view.sentences = sheet.found[1] if sheet.found else []

    def action_stack(self) -> None:
        """Blend the finished trials, or the marked ones of them; training continues."""
        self.app.push_screen(self.stack_screen(self.view.aimed_at if self.view.any_marked else ()))

    def stack_screen(self, ticked: Sequence[str]) -> BaseScreen:
        """Return the screen that blends the run's models, some of them ticked."""
        # Imported when needed: the statistics are slow to import.
        from ..stack.stack_screen import StackScreen

        return StackScreen(self.run_session.run, ticked)

    def action_leave(self) -> None:
        """Clear the filter; without one, the marks; without any, go to the list of runs, while a sweep trains on."""
        if not self.view.peel():
            self.program.show_runs()

    def commands(self) -> Iterable[SystemCommand]:
        """Return the screen's commands for the palette."""
        yield from self.view.commands()
        yield from self._dialogs.commands()

    # -- layout --------------------------------------------------------------------------------------------------

    def lay_out(self, layout: Layout) -> None:
        """Put the log and the curve back into their places, where they have one."""
        if layout != "compact":
            self.remove_class("-log", "-curve")
        self.view.lay_out_preview(layout)
        self.call_after_refresh(self.fit)
        self.call_after_refresh(self.view.show_scale)

    @on(Heatmap.Zoomed)
    def _zoomed(self, event: Heatmap.Zoomed) -> None:
        event.stop()
        self.fit()

    def fit(self) -> None:
        """Give the grid the largest cells that fit, and its panel the width that they need."""
        layout = layout_for(self.app.size)
        if self.view.fit_full(layout):
            return
        grid, left = self.query_one(Heatmap), self.query_one("#left")
        body = self.query_one("#body").size
        if layout == "tiny" or not body.height:
            return
        compact = layout == "compact"
        border = 0 if compact else _BORDERS
        medium = _TABLE_LEAST_MEDIUM if layout == "medium" else _RIGHT_LEAST_LARGE
        least = self.query_one(TrialTable).least_width if compact else medium
        most_width = body.width - least - border - 1
        most_height = body.height - border - _KEY_LINES[layout]
        grid.fit(most_width, most_height)
        # The map takes the windows' place, so that the other panels stay where they are.
        extent, windows = grid.extent, grid.grid_extent
        over = max(extent.height, windows.height) > most_height
        width = min(max(extent.width, windows.width) + over, max(most_width, 20))
        grid.styles.height = min(extent.height + (extent.width + over > width), most_height) + border
        left.styles.width = max(width + border, 0 if compact else _KEY_LEAST) + 1
