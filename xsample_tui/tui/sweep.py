"""The sweep screen: one run, watched and steered."""

from __future__ import annotations

import dataclasses
from typing import ClassVar, cast

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from ..core.errors import XSampleError
from ..core.stats.smoothed_map import SmoothedMap
from .curve import Curve
from .declared_keys import SWEEP
from .filterbar import FilterBar
from .flag import Flags
from .glyph import ViewState
from .grid import Grid
from .header import Header
from .heard import Heard
from .keys import KeyBar
from .legend import Description, Legend
from .link import Link
from .log import SweepLog
from .noise import Verdict, Yardstick
from .notice import AT_WORK
from .page import Layout, layout_for
from .panel import Panel
from .preview import Preview
from .steering import Steering
from .summary import SummarySheet, Summed
from .table import TrialTable
from .viewing import Viewing
from .workers import Workers

# Side by side under the table, in this order.
PANELS: tuple[type[Panel], ...] = (Curve, Preview)
_TABLE_LEAST_MEDIUM = 64
_KEY_LEAST = 44
_BORDERS = 2
# Lines that legend and description take under the grid.
_KEY_LINES: dict[Layout, int] = {"tiny": 0, "compact": 0, "medium": 7, "large": 4}


class _Body(Horizontal):
    """The panels; the header above takes a line of their room when it has to warn."""

    def on_resize(self) -> None:
        """Fit the grid into the room there is now."""
        cast("SweepScreen", self.screen).fit()


class SweepScreen(Steering):
    """One run's header, grid, table, curve and log, with one selection in all of them.

    Args:
        link: the run's link.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *Steering.BINDINGS,
        *SWEEP,
        *Viewing.BINDINGS,
        Binding(
            "tab", "app.focus_next", "Next panel", show=False, tooltip="go to the next panel", id="sweep.next-panel"
        ),
        Binding(
            "shift+tab",
            "app.focus_previous",
            "Panel before",
            show=False,
            tooltip="go to the panel before",
            id="sweep.panel-before",
        ),
        Binding(
            "escape",
            "leave",
            "Runs",
            tooltip="back to the list of runs, when nothing is trained here",
            id="sweep.runs",
        ),
    ]

    STEERS = Steering.STEERS | {"leave"}

    class Judged(Message):
        """The windows of a finished run are judged: over images too, which epochs cannot tell."""

        def __init__(self, yardstick: Yardstick, standings: dict[str, Verdict], smoothed: SmoothedMap | None) -> None:
            self.yardstick = yardstick
            self.standings = standings
            self.smoothed = smoothed
            super().__init__()

    def __init__(self, link: Link) -> None:
        super().__init__(link)
        self.messages = 0
        self._possible: tuple[bool | None, ...] = ()
        self._state: ViewState | None = None
        # Whether the sweep has ended, and nobody has been told yet.
        self._ended = False
        self._summary: Summed | None = None
        # What was judged last: by which yardstick, and how many trials were done.
        self._judging: tuple[Yardstick, int] | None = None

    def compose_page(self) -> ComposeResult:
        """Lay out the panels."""
        yield Header(self.link)
        with _Body(id="body"):
            with Vertical(id="left"):
                yield Grid(self.link)
                with Vertical(classes="key"):
                    yield Legend(self.link)
                    yield Description(self.link)
            with Vertical(id="right"):
                yield Static(id="table-note", markup=False)
                yield TrialTable(self.link)
                with Vertical(classes="key"):
                    yield Legend(self.link)
                    yield Description(self.link)
                with Horizontal(id="plots"):
                    yield from (panel(self.link) for panel in PANELS)
                yield SweepLog(self.link)
        yield Static(id="fault", markup=False)
        yield FilterBar()
        yield KeyBar()

    def on_mount(self) -> None:
        """Choose the first window."""
        grid = self.query_one(Grid)
        grid.refresh_trials()
        names = [entry.trial.name for entry in self.link.progress.windows] or list(self.link.progress.trials)
        self.select(names[0])
        grid.focus()
        self.show_scale()

    # -- what comes in -------------------------------------------------------------------------------------------

    def on_heard(self, heard: Heard) -> None:
        """Show what came through the link; the app hears of it too."""
        self.messages += 1
        change = self.link.take(heard)
        every = change.all or change.baselines
        names = None if every else change.trials
        with self.app.batch_update():
            self.query_one(Header).update()
            if every or names:
                self.query_one(TrialTable).refresh_trials(names)
                if self.query_one(Grid).refresh_trials(names) or every:
                    self.show_scale()
                self.renew_smoothed()
                if every or self.selected in change.trials:
                    self._show_selected()
            self.query_one(SweepLog).tell(change.events)
            self._show_fault()
        self.notify_of(change.events)
        self._show_keys()
        self._judge_when_complete()
        self._watch_for_the_end()

    def _judge_when_complete(self) -> None:
        """Have a finished run judged, so that the grid says what `judge`, the summary and the report say."""
        if not (self.link.opened and self.link.complete) or self.link.banner:
            return
        wanted = self.link.yardstick, self.link.progress.counts()["done"]
        if self._judging is None or self._judging[0] is not wanted[0] or self._judging[1] != wanted[1]:
            self._judging = wanted
            self._judge(self.link.yardstick)

    @work(thread=True, exit_on_error=False, group="judge")
    def _judge(self, yardstick: Yardstick) -> None:
        # The statistics take their time to import, and a large run's outputs to be read.
        from ..stacking.judgement import judge
        from ..stacking.library import open_pool
        from ..stacking.smoothed import smoothed

        try:
            library = open_pool(self.link.run)
            found, smooth = judge(library), smoothed(library)
        except (XSampleError, OSError):
            # Damaged outputs leave what the epochs say; `judge` and the summary name them.
            return
        standings = {window.name: window.standing for window in found.windows}
        self.post_message(self.Judged(yardstick, standings, smooth))

    @on(Judged)
    def _take_judgement(self, event: Judged) -> None:
        if event.yardstick is not self.link.yardstick:
            return
        event.yardstick.judge(event.standings)
        if event.smoothed is not None:
            event.yardstick.smooth(event.smoothed)
        with self.app.batch_update():
            self.query_one(TrialTable).refresh_trials()
            self.query_one(Grid).refresh_trials()
            self.show_scale()
            self._show_selected()

    def _show_keys(self) -> None:
        """Redraw the footer if another set of keys makes sense now."""
        possible = tuple(
            self.check_action(action, parameters)
            for action, parameters in (
                ("trial", ("retry",)),
                ("trial", ("skip",)),
                ("trial", ("front",)),
                ("leave", ()),
                ("summary", ()),
                ("stop", ()),
                ("pause", ()),
                ("resume", ()),
            )
        )
        if possible != self._possible:
            self._possible = possible
            self.refresh_bindings()

    def _show_fault(self) -> None:
        fault = self.query_one("#fault", Static)
        if fault.has_class("-shown") != bool(self.link.fault):
            fault.update(Content(f"✗ {self.link.fault}"))
            fault.set_class(bool(self.link.fault), "-shown")

    def _show_selected(self) -> None:
        for words in self.query(Description):
            words.show(self.selected)
        for panel in self.query(Panel):
            panel.show(self.selected)

    # -- the selection -------------------------------------------------------------------------------------------

    def select(self, trial: str) -> None:
        """Choose a trial in every panel."""
        self.selected = trial
        self.query_one(Grid).choose(trial)
        self.query_one(TrialTable).choose(trial)
        self._show_selected()
        self._show_keys()

    @on(Grid.Chosen)
    @on(TrialTable.Chosen)
    def _chosen(self, event: Grid.Chosen | TrialTable.Chosen) -> None:
        event.stop()
        if event.trial != self.selected:
            self.select(event.trial)

    # -- keys ----------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey out what makes no sense now."""
        if action == "leave" and not self.forbids(action):
            return not self.link.working
        if action == "summary":
            return self.link.opened and self.link.complete and not self.link.banner
        return super().check_action(action, parameters)

    def show_state(self) -> None:
        """Show the state as it is now."""
        self.query_one(Header).update()
        self._show_keys()

    def action_panel(self, name: str) -> None:
        """Go to a panel; in the compact layout the log takes the place of the others, the curve that of the table."""
        compact = self.has_class("-compact")
        self.set_class(name == "log" and compact, "-log")
        if compact and name in ("curve", "table"):
            self.show_preview(False)
            self.set_class(name == "curve", "-curve")
        self.call_after_refresh(self.query_one(f"#{name}").focus)

    def action_workers(self) -> None:
        """Show the workers."""
        self.app.push_screen(Workers(self.link))

    def _watch_for_the_end(self) -> None:
        """Show the summary once a sweep has ended before the user's eyes."""
        before, self._state = self._state, self.link.state
        if self._state == "finished" and before in AT_WORK and not self.link.banner:
            self._ended = True
        if self._ended and self.app.screen is self:
            self._ended = False
            self.action_summary()

    def on_screen_resume(self) -> None:
        """Show what came while another screen was in front."""
        self._watch_for_the_end()

    def action_summary(self) -> None:
        """Sum up a finished run."""
        sheet = SummarySheet(self.link, self._summary)
        self.app.push_screen(sheet, lambda _: self._keep(sheet))

    def _keep(self, sheet: SummarySheet) -> None:
        """Keep what was reckoned, so that the next time it is there at once."""
        self._summary = sheet.found

    def action_stack(self) -> None:
        """Blend what is finished, or of that what is marked; training goes on."""
        # Read only when asked for: the statistics take their time to import.
        from .stack import StackScreen

        marked = self.aimed_at if self.query_one(TrialTable).marked else ()
        self.app.push_screen(StackScreen(self.link.run, ticked=marked))

    def action_leave(self) -> None:
        """Go back to the list of runs."""
        if not self.link.working:
            self.program.show_runs()

    # -- filter and marks ----------------------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Type which trials the table shows."""
        bar = self.query_one(FilterBar)
        if not bar.has_class("-open"):
            self.remove_class("-log")
            bar.open()

    @on(FilterBar.Found)
    def _filtered(self, event: FilterBar.Found) -> None:
        event.stop()
        self.query_one(TrialTable).show_only(event.wanted)

    @on(FilterBar.Closed)
    def _filter_closed(self, event: FilterBar.Closed) -> None:
        event.stop()
        table = self.query_one(TrialTable)
        table.focus()
        if event.kept:
            table.choose_first()

    @on(TrialTable.Arranged)
    def _arranged(self, event: TrialTable.Arranged) -> None:
        """Say what the table shows of all there is: in its title, or above it where it has none."""
        event.stop()
        table, bar = self.query_one(TrialTable), self.query_one(FilterBar)
        matched = f"{len(table.names)} of {table.total}"
        parts = [f"/{bar.text}  {matched}"] if bar.text else []
        if table.marked:
            hidden = len(table.marked.difference(table.names))
            parts.append(f"{len(table.marked)} marked" + (f", {hidden} not shown" if hidden else ""))
        table.border_title = Text(" · ".join([f"{TrialTable.BORDER_TITLE}", *parts]))
        note = self.query_one("#table-note", Static)
        note.update(Content(" · ".join(parts)))
        note.set_class(bool(parts), "-shown")
        bar.say(f"{matched} trials shown" if bar.text else f"all {table.total} trials shown")
        self.show_flags()
        self._show_keys()

    def flags(self) -> Flags:
        """Return which trials are marked, pinned and filtered out."""
        table = self.query_one(TrialTable)
        hidden = frozenset(self.link.progress.trials).difference(table.names)
        return dataclasses.replace(super().flags(), marked=frozenset(table.marked), hidden=hidden)

    def action_mark(self) -> None:
        """Mark the chosen trial, or take its mark away."""
        if (chosen := self._under_cursor) is not None:
            self.query_one(TrialTable).mark([chosen])

    def action_mark_shown(self) -> None:
        """Mark all that the table shows; if all are, take the marks away."""
        self.query_one(TrialTable).mark_shown()

    # -- layout --------------------------------------------------------------------------------------------------

    def lay_out(self, layout: Layout) -> None:
        """Take the log back to its place, where it has one."""
        if layout != "compact":
            self.remove_class("-log", "-curve")
        self.lay_out_preview(layout)
        self.call_after_refresh(self.fit)
        self.call_after_refresh(self.show_scale)

    def fit(self) -> None:
        """Give the grid the largest cells that fit, and its panel the width it then needs."""
        layout = layout_for(self.app.size)
        grid, left = self.query_one(Grid), self.query_one("#left")
        body = self.query_one("#body").size
        if layout == "tiny" or not body.height:
            return
        compact = layout == "compact"
        border = 0 if compact else _BORDERS
        least = self.query_one(TrialTable).least_width if compact else _TABLE_LEAST_MEDIUM
        most_width = body.width - least - border - 1
        most_height = body.height - border - _KEY_LINES[layout]
        grid.fit(most_width, most_height)
        extent = grid.extent
        over = extent.height > most_height
        width = min(extent.width + over, max(most_width, 20))
        grid.styles.height = min(extent.height + (extent.width + over > width), most_height) + border
        left.styles.width = max(width + border, 0 if compact else _KEY_LEAST) + 1
