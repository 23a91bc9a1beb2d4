"""Chooses what the panels of a sweep show: metric, map, preview, pins and curves, by the keys of the sweep screen."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from rich.text import Text
from textual.app import SystemCommand
from textual.content import Content
from textual.widgets import Static

from ...core.errors import XSampleError, printable
from ...core.maps.smoothed_map import SmoothedMap
from ...core.run_state.run_events import Event, TrialChanged
from ...store.run.run_folder import RunFolder
from ..details.copy_dialog import CopyDialog, texts_of
from ..heatmap.grid_cells import best_windows
from ..heatmap.heatmap import Heatmap
from ..heatmap.heatmap_legend import HeatmapLegend, flag_signs
from ..heatmap.heatmap_metrics import METRICS
from ..heatmap.trial_marks import TrialMarks
from ..latest_only import Latest, LatestOnly
from ..session.class_maps_thread import ClassMapsThread
from ..session.run_images import RunImages, open_run_images
from ..session.run_session import RunSession
from ..session.smoothed_map_thread import SmoothedMapThread
from ..theme import symbols
from ..theme.colors import PINS
from ..widgets.base_screen import BaseScreen, Layout
from .filter_bar import FilterBar
from .input_preview import InputPreview
from .learning_curve import LearningCurve
from .trial_columns import text_of
from .trial_table import TrialTable

# Classes that the palette names.
_CLASSES = 40
# Lines of the header and of the keys.
_AROUND = 4
# Columns of a frame's edge beside its title.
_TITLE_EDGES = 6


class ViewControls:
    """What the keys of a screen with a grid, a table, a curve and a preview of one run show there.

    Args:
        screen: the screen, in which the panels are.
        run_session: the run's session.

    Attributes:
        selected: the trial that every panel shows.
        following: whether the trial that was done last is selected.
        run_images: the run's images; None until they are read.
        sentences: of the run's summary, once it was shown.
    """

    def __init__(self, screen: BaseScreen, run_session: RunSession) -> None:
        self._screen, self._run_session = screen, run_session
        self.selected: str | None = None
        self.following = False
        self.run_images: RunImages | None = None
        self.sentences: list[str] = []
        self._mapping = False
        self._reading: LatestOnly[RunFolder] = LatestOnly(screen, "run-images", self._read_images)
        self._smoothing = SmoothedMapThread(screen, run_session)
        self._counting = ClassMapsThread(screen, run_session)
        # The class that the grid shows, or showed last.
        self._label = 0
        self._titles: tuple[str, Content] | None = None
        # Whether the user wants the preview; None if the layout decides.
        self._previewing: bool | None = None

    @property
    def _under_cursor(self) -> str | None:
        """The chosen trial, read from the panel: keys can arrive before its message that the cursor moved."""
        panel = self._screen.focused
        return (panel.chosen if isinstance(panel, Heatmap | TrialTable) else None) or self.selected

    @property
    def aimed_at(self) -> list[str]:
        """The shown trials that keys apply to: the marked in table order, else the chosen one; no hidden ones."""
        table = self._screen.query_one(TrialTable)
        wanted: set[str | None] = {*table.marked} or {self._under_cursor}
        return [name for name in table.names if name in wanted]

    @property
    def any_marked(self) -> bool:
        """Whether keys apply to marked trials."""
        return bool(self._screen.query_one(TrialTable).marked)

    def peel(self) -> bool:
        """Take back one layer of what was set up here, the filter, then the marks; return whether there was one."""
        table, bar = self._screen.query_one(TrialTable), self._screen.query_one(FilterBar)
        if bar.text:
            bar.put("")
            table.choose_first()
            return True
        if marked := len(table.marked):
            table.mark(set(table.marked), on=False)
            self._screen.notify(f"{marked} unmarked.", markup=False)
            return True
        return False

    def show_scale(self) -> None:
        """Show the meaning of the grid's colours."""
        grid = self._screen.query_one(Heatmap)
        pixels = grid.pixels if grid.mapped else None
        # A frame has room for the marks and for what all windows have in common; without one, the legend shows them.
        framed = not self._screen.has_class("-compact")
        signs = [] if grid.mapped or not framed else flag_signs(grid.flags, self._screen.app)
        parts = ["pixels" if grid.mapped else "windows", grid.metric.title]
        if not grid.mapped and (estimated := grid.cells.estimated):
            parts.append(f"{symbols.ESTIMATE} {estimated} estimated")
        agreement = "" if grid.mapped else grid.scale.agreement
        # What does not fit into the title is in the legend.
        titled = framed and len(" · ".join([*parts, agreement])) + _TITLE_EDGES <= grid.outer_size.width
        for legend in self._screen.query(HeatmapLegend):
            legend.show(grid.cells, pixels, framed=framed, titled=titled)
        if agreement and titled:
            parts.append(agreement)
        title, subtitle = " · ".join(parts), Content("  ").join(signs)
        # Setting them redraws the whole panel.
        if (title, subtitle) != self._titles:
            self._titles = title, subtitle
            grid.border_title, grid.border_subtitle = title, subtitle

    def show_flags(self) -> None:
        """Show in the grid which trials are marked, pinned and hidden by the filter."""
        grid, flags = self._screen.query_one(Heatmap), self.flags()
        grid.show_flags(flags)
        self._screen.query_one(TrialTable).pinned = flags.pins
        self.show_scale()

    def action_metric(self, by: int) -> None:
        """Colour the grid by the next metric."""
        names = list(METRICS)
        self.show_metric(names[(names.index(self._screen.query_one(Heatmap).metric.name) + by) % len(names)])

    def show_metric(self, name: str) -> None:
        """Colour the grid by a metric; for log-loss the curve shows the loss."""
        grid = self._screen.query_one(Heatmap)
        grid.show_metric(name, self._run_session.run.document.names_of_classes[self._label])
        self._screen.query_one(LearningCurve).show_measure("loss" if grid.metric.measure == "loss" else "errors")
        self.show_scale()
        self.renew_smoothed()

    def action_class_map(self, by: int) -> None:
        """Colour the grid by the gain on a class: on the one that was shown last, then on the next."""
        shown = self._screen.query_one(Heatmap).metric.measure == "class"
        self.show_class((self._label + by * shown) % self._run_session.run.document.classes)

    def show_class(self, label: int) -> None:
        """Colour the grid by the gain on a class."""
        self._label = label
        self._run_session.baseline_test.count_classes(None, label)
        self._screen.query_one(TrialTable).refresh_trials()
        self.show_metric("class gain")

    def take_classes(self, event: ClassMapsThread.Counted) -> None:
        """Show what was counted by class, unless it is outdated."""
        baseline_test = self._run_session.baseline_test
        if event.baseline_test is not baseline_test:
            return
        grid, found = self._screen.query_one(Heatmap), event.found
        if isinstance(found, str) and not (event.scores and grid.metric.measure == "weighted"):
            self._screen.notify(f"Nothing by class: {found}", severity="warning", markup=False)
        baseline_test.weighted = event.scores
        baseline_test.count_classes(None if isinstance(found, str) else found, self._label)
        self._screen.query_one(TrialTable).refresh_trials()
        grid.refresh_trials()
        self.show_scale()

    def action_scale(self) -> None:
        """Switch between colours from the worst to the best window and colours centred on the baselines."""
        grid = self._screen.query_one(Heatmap)
        if grid.switch_scale():
            self.show_scale()
        else:
            self._screen.notify(f"{grid.metric.name}: only from the lowest to the highest value.", markup=False)

    def action_follow(self) -> None:
        """Begin or end to select each trial when it is done."""
        self.following = not self.following
        words = "Following: each trial is selected when it is done." if self.following else "No longer following."
        self._screen.notify(words, markup=False)

    def newest_done(self, events: Iterable[Event]) -> str | None:
        """Return the trial that was done last, where the selection follows it."""
        done = [event.trial for event in events if isinstance(event, TrialChanged) and event.status == "done"]
        return done[-1] if done and self.following else None

    def action_best(self) -> None:
        """Choose the best window."""
        grid = self._screen.query_one(Heatmap)
        if grid.cells.best:
            grid.action_best()
        else:
            self._screen.notify("No window is finished yet.", markup=False)

    def close(self) -> None:
        """Read, smooth and count no more."""
        self._smoothing.close()
        self._counting.close()
        self._reading.close()

    def renew_smoothed(self) -> None:
        """Bring the smoothed gains, or those by class, up to date, if the grid shows them."""
        measure = self._screen.query_one(Heatmap).metric.measure
        if measure == "smoothed":
            self._smoothing.renew()
        elif measure in ("class", "weighted"):
            self._counting.renew()

    def take_smoothed(self, found: SmoothedMap) -> None:
        """Show a smoothed map, unless it is outdated."""
        if self._smoothing.settled:
            return
        self._run_session.baseline_test.smooth(found)
        self._screen.query_one(Heatmap).refresh_trials()
        self.show_scale()

    def action_map(self) -> None:
        """Switch between windows and pixel importance map."""
        grid = self._screen.query_one(Heatmap)
        if grid.mapped:
            grid.show_map(None)
        elif self.run_images is None:
            self._mapping = True
            self._want_images()
        else:
            grid.show_map(self.run_images)
        self.show_scale()

    def action_preview(self) -> None:
        """Show or hide the preview."""
        self._previewing = not self._screen.query_one(InputPreview).display
        self.show_preview(self._previewing)

    def show_preview(self, shown: bool) -> None:
        """Show or hide the preview; on small terminals it replaces the table."""
        self._screen.set_class(shown, "-preview")
        if shown:
            self._screen.remove_class("-log")
            self._want_images()
            # It knows its size only after the layout.
            self._screen.call_after_refresh(self._screen.query_one(InputPreview).show, self.selected)

    def lay_out_preview(self, layout: Layout) -> None:
        """Show the preview if the user wants it, or if there is room for everything."""
        self.show_preview(layout == "large" if self._previewing is None else self._previewing)

    def action_turn(self, pages: int) -> None:
        """Show the next or the previous image."""
        self._screen.query_one(InputPreview).turn(pages)

    def action_pin(self) -> None:
        """Pin or unpin the chosen trial's curve."""
        if self.selected is None:
            return
        if self._screen.query_one(LearningCurve).pin(self.selected):
            self.show_flags()
        else:
            self._screen.notify(f"{PINS} trials are pinned already; unpin one first.", markup=False)

    def action_log(self) -> None:
        """Switch the curve between linear and logarithmic axis."""
        self._screen.query_one(LearningCurve).toggle_log()

    def action_smooth(self) -> None:
        """Smooth the curves over more epochs, or not at all."""
        self._screen.query_one(LearningCurve).smooth()

    def action_others(self) -> None:
        """Draw the curves of all other windows, or hide them."""
        self._screen.query_one(LearningCurve).toggle_others()

    def fit_full(self, layout: Layout) -> bool:
        """Give the grid the largest cells where it fills the screen; return whether a panel does."""
        if self._screen.maximized is None:
            return False
        grid = self._screen.query_one(Heatmap)
        if self._screen.maximized is grid and layout != "tiny":
            edges = 0 if layout == "compact" else 2
            grid.fit(self._screen.app.size.width - edges, self._screen.app.size.height - _AROUND - edges)
        return True

    def action_copy(self) -> None:
        """Ask what to copy, and copy it to the terminal's clipboard."""
        entry = self._run_session.progress.trials.get(self._under_cursor or "")
        headings = self._screen.query_one(TrialTable).headings.items() if entry else ()
        row = [(heading, text_of(self._run_session, key, entry)) for key, heading in headings if entry]
        texts = texts_of(self._run_session.run, row, self.sentences)
        self._screen.app.push_screen(CopyDialog(texts), self._copy)

    def _copy(self, text: str | None) -> None:
        if text is not None:
            self._screen.app.copy_to_clipboard(text)
            self._screen.notify(f"Copied: {printable(text.splitlines()[-1], 60)}", markup=False)

    # -- filter and marks ----------------------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Open the filter of the table."""
        bar = self._screen.query_one(FilterBar)
        if not bar.has_class("-open"):
            self._screen.remove_class("-log")
            bar.open()

    def leave_filter(self, *, kept: bool) -> None:
        """Go back from the filter to the table."""
        table = self._screen.query_one(TrialTable)
        table.focus()
        if kept:
            table.choose_first()

    def show_count(self) -> None:
        """Show how many trials the table shows: in its title, or above it if it has no title."""
        table, bar = self._screen.query_one(TrialTable), self._screen.query_one(FilterBar)
        matched = f"{len(table.names)} of {table.total}"
        parts = [f"/{bar.text}  {matched}"] if bar.text else []
        if table.marked:
            hidden = len(table.marked.difference(table.names))
            parts.append(f"{len(table.marked)} marked" + (f", {hidden} hidden" if hidden else ""))
        table.border_title = Text(" · ".join([f"{TrialTable.BORDER_TITLE}", *parts]))
        note = self._screen.query_one("#table-note", Static)
        note.update(Content(" · ".join(parts)))
        note.set_class(bool(parts), "-shown")
        bar.say(f"{matched} trials shown" if bar.text else f"all {table.total} trials shown")
        self.show_flags()

    def flags(self) -> TrialMarks:
        """Return which trials are marked, pinned and hidden by the filter."""
        table = self._screen.query_one(TrialTable)
        hidden = frozenset(self._run_session.progress.trials).difference(table.names)
        pins = tuple(self._screen.query_one(LearningCurve).pins)
        return TrialMarks(pins=pins, marked=frozenset(table.marked), hidden=hidden)

    def action_mark(self) -> None:
        """Mark or unmark the chosen trial."""
        if (chosen := self._under_cursor) is not None:
            self._screen.query_one(TrialTable).mark([chosen])

    def action_mark_shown(self) -> None:
        """Mark all trials that the table shows; if all are marked, unmark them."""
        self._screen.query_one(TrialTable).mark_shown()

    def _want_images(self) -> None:
        if self.run_images is None and not self._reading.busy:
            self._reading.ask(self._run_session.run)

    def _read_images(self, run: RunFolder, latest: Latest) -> None:
        """Read the images in a thread."""
        try:
            found = open_run_images(run)
        except (XSampleError, OSError) as error:
            self._screen.call_later(self._take_images, None, printable(error, 300))
            return
        self._screen.call_later(self._take_images, found, "")

    def _take_images(self, found: RunImages | None, fault: str) -> None:
        self.run_images = found
        self._screen.query_one(InputPreview).show_images(found, fault)
        if self._mapping:
            self._mapping = False
            if found is None:
                self._screen.notify(f"Cannot read the images: {fault}", severity="error", markup=False)
            else:
                self.action_map()

    def _choose(self, names: list[str], nothing: str) -> None:
        """Select the first of some trials; from one of them the next."""
        if names:
            at = names.index(self.selected) + 1 if self.selected in names else 0
            table = self._screen.query_one(TrialTable)
            table.post_message(TrialTable.RowChosen(names[at % len(names)]))
        else:
            self._screen.notify(nothing, markup=False)

    def choose_worst(self) -> None:
        """Select the worst finished window; from one of the worst the next worst."""
        metric = self._screen.query_one(Heatmap).metric
        self._choose([*best_windows(self._run_session, metric, worst=True)], "Too few windows are finished yet.")

    def choose_failed(self) -> None:
        """Select the first failed trial; from one that failed the next."""
        trials = self._run_session.progress.trials
        self._choose([name for name, entry in trials.items() if entry.status == "failed"], "No trial has failed.")

    def commands(self) -> Iterable[SystemCommand]:
        """Return commands that select, and one for each metric."""
        yield SystemCommand("Worst window", "select the worst window; again: the next worst", self.choose_worst)
        yield SystemCommand("Next failed trial", "select the next trial that failed", self.choose_failed)
        for name, metric in METRICS.items():
            yield SystemCommand(f"Metric: {name}", metric.meaning, partial(self.show_metric, name))
        for label, name in enumerate(self._run_session.run.document.names_of_classes[:_CLASSES]):
            words = f"Class gain: {printable(name, 40)}"
            yield SystemCommand(words, "gain on this class", partial(self.show_class, label))
