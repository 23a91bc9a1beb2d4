"""Shows the log of a run: messages of the controller and ends of trials, with times."""

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

from ...core.duration_text import duration
from ...core.errors import printable
from ...core.run_state.run_events import Event, Logged, RunChanged, TrialChanged
from ...core.training.early_stopping import stopped_early
from ..session.run_session import RunSession
from ..theme import symbols
from ..theme.colors import theme_color
from ..view_models import number_format

LINES = 2_000
_STAMP = 9


@dataclass(frozen=True)
class LogRow:
    """A line on the screen: the first of an entry, with its time, or a further one.

    Attributes:
        stamp: the time, or blanks.
        text: the part of the entry in this line.
        color: the name of its theme colour.
    """

    stamp: str
    text: str
    color: str


class LogPanel(ScrollView, can_focus=True):
    """The latest 2,000 entries, wrapped to the panel's width; epochs are left out, since the table has them.

    Args:
        run_session: the run's session.
    """

    BORDER_TITLE = "log"
    HELP = (
        "Messages of the controller, and when trials begin and end, with times. Epochs are in the table. Scroll with "
        "the arrows, page up and page down."
    )
    ALLOW_SELECT = False

    def __init__(self, run_session: RunSession) -> None:
        super().__init__(id="log")
        self._run_session = run_session
        self._entries: deque[tuple[float, str, str]] = deque(maxlen=LINES)
        self._rows: deque[LogRow] = deque(maxlen=LINES)
        self._wrapped_to = 0

    def add(self, update: Iterable[Event]) -> None:
        """Add the lines of events."""
        found = [(event.at, *said) for event in update if (said := line(self._run_session, event)) is not None]
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
        """Set the number of rows; scroll to the newest unless the user has scrolled up."""
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
        background = self.background_colors[1].rich_color
        width = self.size.width
        index = y + self.scroll_offset.y
        if index >= len(self._rows):
            return Strip.blank(width, Style(bgcolor=background))
        row = self._rows[index]
        variables = self.app.theme_variables
        muted = Style(color=theme_color(variables, "foreground-muted").rich_color, bgcolor=background)
        style = Style(color=theme_color(variables, row.color).rich_color, bgcolor=background)
        return Strip([Segment(row.stamp, muted), Segment(row.text, style)]).adjust_cell_length(width, style)


def _wrapped(entry: tuple[float, str, str], width: int) -> list[LogRow]:
    at, text, color = entry
    stamp = time.strftime("%H:%M:%S ", time.localtime(at))
    room = max(width - _STAMP, 1)
    pieces = [text] if len(text) <= room else textwrap.wrap(text, room, subsequent_indent="  ") or [""]
    return [LogRow(stamp if index == 0 else " " * _STAMP, piece, color) for index, piece in enumerate(pieces)]


def line(run_session: RunSession, event: Event) -> tuple[str, str] | None:
    """Return an event's line and the name of its theme colour; None for events that the log leaves out."""
    match event:
        case Logged():
            color = {"info": "foreground", "warning": "warning", "error": "error"}[event.level]
            mark = {"info": " ", "warning": "!", "error": "✗"}[event.level]
            return f"{mark} {printable(event.text, 500)}", color
        case RunChanged():
            return f"{symbols.RUN[event.state]} {event.state}", symbols.run_style(event.state)
        case TrialChanged(status="done"):
            entry = run_session.progress.trials.get(event.trial)
            parts = ["done"]
            if entry is not None and entry.kept is not None:
                parts.append(f"val acc {number_format.accuracy(entry.kept.val_accuracy)}")
                if (gain := run_session.baseline_test.gain(entry)) is not None and not entry.trial.is_baseline:
                    parts.append(f"gain {number_format.gain(gain)}")
                parts.append(duration(sum(entry.seconds)))
            why = f" ({printable(early, 200)})" if (early := stopped_early(event.message)) else ""
            return f"{symbols.TRIAL['done']} {printable(event.trial)} {', '.join(parts)}{why}", "foreground"
        case TrialChanged(status="running", slot=int()):
            began = f"{symbols.TRIAL['running']} {printable(event.trial)} on worker-{event.slot}"
            return began, "foreground-muted"
        case TrialChanged(status="failed" | "skipped"):
            why = f": {printable(event.message, 300)}" if event.message else ""
            mark = symbols.TRIAL[event.status]
            return f"{mark} {printable(event.trial)} {event.status}{why}", symbols.trial_style(event.status)
        case _:
            return None
