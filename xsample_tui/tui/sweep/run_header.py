"""Shows the header of the sweep screen: the run, its state, its progress, the time left and its warnings."""

from __future__ import annotations

from pathlib import Path

from textual.content import Content
from textual.widget import Widget

from ...core.count_text import counted
from ...core.duration_text import duration, duration_range
from ...core.errors import printable
from ...core.run_state.eta import Estimate, fraction_done
from ...core.run_state.requests import Action
from ...core.run_state.run_progress import ENDED
from ...store.control.heartbeat import WorkerStatus
from ..gauges.gauge_text import short
from ..gauges.load_watch import LoadWatch
from ..session.desktop_notification import AT_WORK
from ..session.run_session import RunSession
from ..theme import symbols
from ..view_models import number_format
from ..view_models.run_notice import ARTICLE_WARNING, notice

_WIDE = 110
_VERY_WIDE = 170
_LEAST_BAR = 8
# So much of the bar stays where there is room for the machine's load.
_WIDE_BAR = 40
_GAP = 3
# What workers do before the first step of their first epochs.
_STAGES: dict[str, str] = {"loading": "loading TensorFlow", "compiling": "compiling"}
# What was asked for, in words.
_ASKED: dict[Action, str] = {"pause": "pause", "unpause": "resume", "stop": "stop", "stop-now": "stop"}


def time_left(left: Estimate) -> str:
    """Return the range of an estimate: ``10 to 20 s``."""
    return duration_range(left.low, left.high)


class RunHeader(Widget):
    """Two lines; three if the run needs a warning.

    Args:
        run_session: the run's session.
        view_only: whether it says that the run is only shown.
        load: the machine's load; None where none is shown.
    """

    DEFAULT_CSS = "RunHeader { height: 2; padding: 0 1; } RunHeader.-warned { height: 3; }"

    def __init__(self, run_session: RunSession, *, view_only: bool = False, load: LoadWatch | None = None) -> None:
        super().__init__()
        self._load = load
        self._view_only = view_only
        self._run_session = run_session
        # What follows the current stop, in words.
        self.leaving = ""
        # The last estimate, and when it was first shown: it counts down until there is another.
        self._estimate: Estimate | None = None
        self._since = 0.0

    def on_mount(self) -> None:
        """Keep the times current."""
        self.set_interval(1.0, self.update)

    def on_resize(self) -> None:
        """Take as many lines as needed."""
        self.update()

    def update(self) -> None:
        """Show the current state."""
        self.set_class(self._beside(max(self.size.width, 1)) is None, "-warned")
        self.refresh()

    def render(self) -> Content:
        """Return the header's lines."""
        width = max(self.size.width, 1)
        lines = [self._title(width), self._progress(width)]
        if self._beside(width) is None:
            lines.append(self._notice())
        return Content("\n").join(line.truncate(width, ellipsis=True) for line in lines)

    def _notice(self, *, short: bool = False) -> Content:
        words, banner = notice(self._run_session.run.spec, self._run_session.select), self._run_session.banner
        if short and words != ARTICLE_WARNING:
            words = words.rpartition(": ")[2]
        if words != ARTICLE_WARNING and self._run_session.baseline_test.too_few:
            # Of the two it is the one that can be put right.
            words = self._run_session.baseline_test.too_few
            if short:
                words = f"too few baselines: {words.partition(': ')[2].partition(', ')[0]}"
        warning = Content.styled(words, "bold $error" if words == ARTICLE_WARNING else "$warning")
        if self._load is not None and self._load.disk_warning:
            # Of all it is the one that cannot wait.
            warning = Content.styled(self._load.disk_warning, "bold $warning")
        if not banner:
            return warning
        return Content.assemble((banner, "bold $accent"), "   " if words else "", warning)

    def _beside(self, width: int) -> Content | None:
        """Return the notice that there is room for beside the title; None where it needs a line of the panels'."""
        # On a narrow terminal the preset gives way to it.
        about = self._about(width) if width >= _WIDE else ""
        room = width - len(self._run_session.run.name) - len(about) - self._right().cell_length - 2 * _GAP
        versions = self._notice(), self._notice(short=True)
        return next((v for v in versions if not v or width >= _VERY_WIDE or v.cell_length <= room), None)

    def _about(self, width: int) -> str:
        """Return what the run is, beside its name: as much as there is room for."""
        spec, windows = self._run_session.run.spec, self._run_session.run.spec.windows
        wide = width >= _WIDE
        heartbeat = self._run_session.heartbeat if self._run_session.working or self._run_session.alive else None
        count = len(heartbeat.workers) if heartbeat and heartbeat.workers else spec.machine.jobs
        workers = counted(count, "worker")
        precision = "" if spec.training.precision == "float32" else f" · {spec.training.precision}"
        about = f" · {spec.preset}"
        if wide:
            about += f" · {printable(Path(spec.source).name, 30)} · {windows.mask} {windows.height}x{windows.width}"
            about += f", stride {windows.stride} · seed {spec.seed}{precision} · {workers}"
        return about

    def _right(self) -> Content:
        """Return the state and the time of work."""
        elapsed = Content.assemble(("elapsed ", "$foreground-muted"), number_format.clock(self._run_session.elapsed))
        right = Content.assemble(self._state(), "   ", elapsed)
        return Content.assemble(("view only", "$warning"), "   ", right) if self._view_only else right

    def _title(self, width: int) -> Content:
        about = self._about(width)
        right = self._right()
        if notice := self._beside(width):
            right = Content.assemble(notice, " " * _GAP, right)
        room = width - right.cell_length - 2
        name = printable(self._run_session.run.name, max(room - len(about), 12))
        left = Content.assemble((name, "bold $primary"), (about, "$foreground-muted")).truncate(room, ellipsis=True)
        return Content.assemble(left, " " * (width - left.cell_length - right.cell_length), right)

    def _state(self) -> Content:
        run_session = self._run_session
        if not run_session.opened and not run_session.working:
            return Content.styled("… opening", "$foreground-muted")
        state = run_session.state
        words = f"{_ASKED[run_session.requested]} requested" if run_session.requested else str(state)
        words += self._detail()
        words = words if not self.leaving or not run_session.working else f"{words}, {self.leaving}"
        return Content.styled(f"{symbols.RUN[state]} {words}", f"bold ${symbols.run_style(state)}")

    def _detail(self) -> str:
        """Return what a state waits for: how long a pause takes, the scout, or what workers do before they train."""
        workers, heartbeat = self._training(), self._run_session.heartbeat
        ending = self._run_session.state in ("pausing", "stopping") or self._run_session.requested in (
            "pause",
            "stop",
        )
        if ending:
            longest = heartbeat.longest if heartbeat else 0.0
            left = max((longest * (1 - worker.share) for worker in workers), default=0.0)
            return f", up to {duration(left)}" if left >= 1 else ""
        if heartbeat is not None and heartbeat.scout is not None and self._run_session.state in ("running", "paused"):
            return f", {heartbeat.scout.words()}"
        stages = {worker.stage for worker in workers}
        return f", {_STAGES[stages.pop()]}" if len(stages) == 1 and stages <= _STAGES.keys() else ""

    def _progress(self, width: int) -> Content:
        progress = self._run_session.progress
        counts, share = progress.counts(), fraction_done(progress)
        ended = sum(counts[status] for status in ENDED)
        total = str(len(progress.trials))
        # Just before the end must not read 100 %.
        share = min(share + self._begun(), 1.0)
        percent = 100 if ended == len(progress.trials) else min(int(100 * share), 99)
        figures = Content.assemble(
            (f"  {ended:>{len(total)}}/{total}", "bold"),
            f" {percent:>3} %",
            f"  {counts['parked']} parked" if counts["parked"] else "",
            (f"  {counts['failed']} failed", "$error" if counts["failed"] else "$foreground-muted"),
            (f"  {counts['skipped']} skipped", "$foreground-muted"),
        )
        deadline = self._deadline()
        versions = (self._left(), self._left(short=True), *([self._left(short=True, ends=False)] if deadline else []))
        room = width - figures.cell_length - deadline.cell_length - _LEAST_BAR
        left = next((version for version in versions if version.cell_length <= room), versions[-1]) + deadline
        figures = Content.assemble(figures, left)
        gauges = self._gauges(width - figures.cell_length - _WIDE_BAR - _GAP)
        if gauges.cell_length:
            figures = Content.assemble(figures, " " * _GAP, gauges)
        room = max(width - figures.cell_length, _LEAST_BAR)
        return Content.assemble(bar(share if percent < 100 else 1.0, room), figures)

    def _begun(self) -> float:
        """Return the share of the sweep that lies in epochs which workers are training now."""
        progress = self._run_session.progress
        epochs = max(progress.spec.training.epochs, 1) * max(len(progress.trials), 1)
        return sum(worker.share for worker in self._training()) / epochs

    def _training(self) -> tuple[WorkerStatus, ...]:
        """Return the workers that have a trial and live, while the run is being trained."""
        heartbeat = self._run_session.heartbeat if self._run_session.state in AT_WORK else None
        return heartbeat.training if heartbeat else ()

    def _gauges(self, room: int) -> Content:
        """Return the machine's load, as much as there is room for beside a bar that can still be read."""
        if self._load is None or not self._load.readings or self._run_session.complete:
            return Content("")
        return short(self._load.readings[-1], room)

    def _left(self, *, short: bool = False, ends: bool = True) -> Content:
        run_session = self._run_session
        if run_session.complete or run_session.left is None:
            return Content("")
        left, now = run_session.left, run_session.clock()
        if left != self._estimate:
            self._estimate, self._since = left, now
        if run_session.state == "running":
            left = left.after(max(now - self._since, 0.0))
        text = Content.assemble("  ", time_left(left), ("" if short else " left", "$foreground-muted"))
        if ends and run_session.state == "running":
            at = number_format.finish(now + left.middle, now)
            text = Content.assemble(text, ("  ends ", "$foreground-muted"), at)
        return text

    def _deadline(self) -> Content:
        """Return when the session stops, in a warning's colour where that is before the sweep's end."""
        run_session = self._run_session
        heartbeat = run_session.heartbeat if run_session.working or run_session.alive else None
        if heartbeat is None or not heartbeat.until or run_session.complete:
            return Content("")
        now = run_session.clock()
        cut = run_session.left is not None and now + run_session.left.middle > heartbeat.until
        style = "$warning" if cut else "$foreground"
        at = number_format.finish(heartbeat.until, now)
        return Content.assemble(("  deadline ", "$foreground-muted"), (at, style))


def bar(share: float, width: int) -> Content:
    """Return a progress bar, to half a column.

    Args:
        share: 0..1.
        width: in columns.
    """
    halves = round(share * 2 * width)
    full, half = divmod(halves, 2)
    rest = width - full - half
    return Content.assemble(("━" * full + "╸" * half, "$primary"), ("─" * rest, "$border-blurred"))
