"""The header of the sweep screen: which run, its state, its progress, the time it still needs, and its warnings."""

from __future__ import annotations

from pathlib import Path

from textual.content import Content
from textual.widget import Widget

from ..core.duration import duration
from ..core.errors import printable
from ..core.eta import Estimate, fraction_done
from ..core.spec import SweepSpec
from . import figure, glyph
from .link import Link

ARTICLE_WARNING = "ARTICLE PROTOCOL: test data stop and select; scores are too good"
_SMALL_SELECT = 2_000
_WIDE = 110
_VERY_WIDE = 170
_LEAST_BAR = 8


def notice(spec: SweepSpec, select: int | None) -> str:
    """Return what must always be seen beside this run's figures; empty where nothing has to.

    Args:
        spec: the run's spec.
        select: pictures that trials are judged on, where known.
    """
    if spec.article_protocol or spec.preset == "article":
        return ARTICLE_WARNING
    if select is not None and select <= _SMALL_SELECT:
        return f"{select:,} pictures: cannot resolve thousandths"
    return ""


def time_left(left: Estimate) -> str:
    """Return an estimate with its spread: ``1 h 20 min ± 5 min``."""
    return f"{duration(left.middle)} ± {duration((left.high - left.low) / 2, exactly=False)}"


class Header(Widget):
    """Two lines, or three where the run needs a warning.

    Args:
        link: the run's link.
    """

    DEFAULT_CSS = "Header { height: 2; padding: 0 1; } Header.-warned { height: 3; }"

    def __init__(self, link: Link) -> None:
        super().__init__()
        self._link = link
        # What comes after the stop that is under way.
        self.leaving = ""

    def on_mount(self) -> None:
        """Let the times go on."""
        self.set_interval(1.0, self.refresh)

    def on_resize(self) -> None:
        """Take the lines that are needed."""
        self.update()

    def update(self) -> None:
        """Show the link's present state."""
        self.set_class(bool(self._notice()) and self.size.width < _VERY_WIDE, "-warned")
        self.refresh()

    def render(self) -> Content:
        """Return the header's lines."""
        width = max(self.size.width, 1)
        lines = [self._title(width), self._progress(width)]
        if width < _VERY_WIDE and (warning := self._notice()):
            lines.append(warning)
        return Content("\n").join(line.truncate(width, ellipsis=True) for line in lines)

    def _notice(self) -> Content:
        words, banner = notice(self._link.run.spec, self._link.select), self._link.banner
        warning = Content.styled(words, "bold $error" if words == ARTICLE_WARNING else "$warning")
        if not banner:
            return warning
        return Content.assemble((banner, "bold $accent"), "   " if words else "", warning)

    def _title(self, width: int) -> Content:
        state = self._state()
        spec, windows = self._link.run.spec, self._link.run.spec.windows
        wide = width >= _WIDE
        about = f" · {spec.preset}"
        if wide:
            about += f" · {printable(Path(spec.source).name, 30)} · {windows.mask} {windows.height}x{windows.width}"
            about += f", stride {windows.stride} · seed {spec.seed} · {spec.machine.jobs} jobs"
        elapsed = Content.assemble(("elapsed ", "$foreground-muted"), figure.clock(self._link.elapsed))
        right = Content.assemble(state, "   ", elapsed)
        if getattr(self.app, "VIEWS_ONLY", False):
            right = Content.assemble(("view only", "$warning"), "   ", right)
        if width >= _VERY_WIDE:
            right = Content.assemble(self._notice(), "   ", right)
        room = width - right.cell_length - 2
        name = printable(self._link.run.name, max(room - len(about), 12))
        left = Content.assemble((name, "bold $primary"), (about, "$foreground-muted")).truncate(room, ellipsis=True)
        return Content.assemble(left, " " * (width - left.cell_length - right.cell_length), right)

    def _state(self) -> Content:
        link = self._link
        if not link.opened and not link.working:
            return Content.styled("… opening", "$foreground-muted")
        state = link.state
        words = state if not self.leaving or not link.working else f"{state}, {self.leaving}"
        return Content.styled(f"{glyph.RUN[state]} {words}", f"bold ${glyph.run_style(state)}")

    def _progress(self, width: int) -> Content:
        progress = self._link.progress
        counts, share = progress.counts(), fraction_done(progress)
        ended = counts["done"] + counts["failed"] + counts["skipped"]
        total = str(len(progress.trials))
        # A hair under the end must not read 100 %.
        percent = 100 if ended == len(progress.trials) else min(int(100 * share), 99)
        figures = Content.assemble(
            (f"  {ended:>{len(total)}}/{total}", "bold"),
            f" {percent:>3} %",
            (f"  {counts['failed']} failed", "$error" if counts["failed"] else "$foreground-muted"),
            (f"  {counts['skipped']} skipped", "$foreground-muted"),
        )
        left = self._left()
        if figures.cell_length + left.cell_length + _LEAST_BAR > width:
            left = self._left(short=True)
        figures = Content.assemble(figures, left)
        room = max(width - figures.cell_length, _LEAST_BAR)
        return Content.assemble(bar(share if percent < 100 else 1.0, room), figures)

    def _left(self, *, short: bool = False) -> Content:
        link = self._link
        if link.complete or link.left is None:
            return Content("")
        text = Content.assemble("  ", time_left(link.left), ("" if short else " left", "$foreground-muted"))
        if link.state == "running":
            now = link.clock()
            ends = figure.finish(now + link.left.middle, now)
            text = Content.assemble(text, ("  ends ", "$foreground-muted"), ends)
        return text


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
