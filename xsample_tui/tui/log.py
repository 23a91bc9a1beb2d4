"""The log panel: what the controller says, and how trials end, with times."""

from __future__ import annotations

import textwrap
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ..core.errors import printable
from ..core.event import Event, Logged, RunChanged, TrialChanged
from . import figure, glyph
from .link import Link
from .palette import theme_color

LINES = 2_000
_STAMP = 9


@dataclass(frozen=True)
class Row:
    """A line on the screen: an entry's first, with its time, or one that goes on.

    Attributes:
        stamp: the time, or blanks.
        text: as much as fits.
        color: the name of its theme colour.
    """

    stamp: str
    text: str
    color: str


class SweepLog(ScrollView, can_focus=True):
    """The latest 2,000 entries, wrapped to the panel's width; epochs are not in it, they are in the table.

    Args:
        link: the run's link.
    """

    BORDER_TITLE = "log"
    HELP = (
        "What the controller says, and how trials end, with times; epochs are in the table. Arrows, page up and "
        "page down scroll."
    )
    ALLOW_SELECT = False

    def __init__(self, link: Link) -> None:
        super().__init__(id="log")
        self._link = link
        self._entries: deque[tuple[float, str, str]] = deque(maxlen=LINES)
        self._rows: deque[Row] = deque(maxlen=LINES)
        self._wrapped_to = 0

    def tell(self, heard: Iterable[Event]) -> None:
        """Add the lines of events."""
        found = [(event.at, *said) for event in heard if (said := line(self._link, event)) is not None]
        if not found:
            return
        self._entries.extend(found)
        if self._wrapped_to:
            for entry in found[-LINES:]:
                self._rows.extend(_wrapped(entry, self._wrapped_to))
            self._settle()

    def on_resize(self, event: events.Resize) -> None:
        """Wrap to the new width."""
        width = self.content_region.width - 1
        if width > _STAMP and width != self._wrapped_to:
            self._wrapped_to = width
            self._rows.clear()
            for entry in self._entries:
                self._rows.extend(_wrapped(entry, width))
            self._settle(end=True)

    def _settle(self, *, end: bool = False) -> None:
        """Take note of the number of rows; who has not scrolled up sees the newest."""
        end = end or self.scroll_offset.y >= self.max_scroll_y
        self.virtual_size = Size(self._wrapped_to, len(self._rows))
        if end:
            self.call_after_refresh(self.scroll_end, animate=False, immediate=True, x_axis=False)
        self.refresh()

    @property
    def text(self) -> str:
        """Every row as text."""
        return "\n".join(f"{row.stamp}{row.text}" for row in self._rows)

    def render_line(self, y: int) -> Strip:
        """Return one row."""
        ground = self.background_colors[1].rich_color
        width = self.size.width
        index = y + self.scroll_offset.y
        if index >= len(self._rows):
            return Strip.blank(width, Style(bgcolor=ground))
        row = self._rows[index]
        variables = self.app.theme_variables
        muted = Style(color=theme_color(variables, "foreground-muted").rich_color, bgcolor=ground)
        style = Style(color=theme_color(variables, row.color).rich_color, bgcolor=ground)
        return Strip([Segment(row.stamp, muted), Segment(row.text, style)]).adjust_cell_length(width, style)


def _wrapped(entry: tuple[float, str, str], width: int) -> list[Row]:
    at, text, color = entry
    stamp = time.strftime("%H:%M:%S ", time.localtime(at))
    room = max(width - _STAMP, 1)
    pieces = [text] if len(text) <= room else textwrap.wrap(text, room, subsequent_indent="  ") or [""]
    return [Row(stamp if index == 0 else " " * _STAMP, piece, color) for index, piece in enumerate(pieces)]


def line(link: Link, event: Event) -> tuple[str, str] | None:
    """Return an event's line and the name of its theme colour; None for those that the log leaves out."""
    match event:
        case Logged():
            color = {"info": "foreground", "warning": "warning", "error": "error"}[event.level]
            mark = {"info": " ", "warning": "!", "error": "✗"}[event.level]
            return f"{mark} {printable(event.text, 500)}", color
        case RunChanged():
            return f"{glyph.RUN[event.state]} {event.state}", glyph.run_style(event.state)
        case TrialChanged(status="done"):
            entry = link.progress.trials.get(event.trial)
            result = ""
            if entry is not None and entry.kept is not None:
                result = f", val acc {figure.accuracy(entry.kept.val_accuracy)}"
            why = f" ({printable(event.message, 200)})" if event.message else ""
            return f"{glyph.TRIAL['done']} {printable(event.trial)} done{result}{why}", "foreground"
        case TrialChanged(status="failed" | "skipped"):
            why = f": {printable(event.message, 300)}" if event.message else ""
            mark = glyph.TRIAL[event.status]
            return f"{mark} {printable(event.trial)} {event.status}{why}", glyph.trial_style(event.status)
        case _:
            return None
