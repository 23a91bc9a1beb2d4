"""Lists the finished models by rank, with the blended ones ticked."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ...services.ensemble_study import Choice, EnsembleStudy
from ..theme.colors import theme_color
from ..view_models import number_format
from ..widgets.base_screen import Layout

_TICK = 4
_FIGURES = (("val acc", 8), ("log-loss", 9), ("gain", 6))
_WEIGHT = ("weight", 8)
_LEAST_FIGURES = _FIGURES[1:2]
_HEADINGS = 1
_SCROLLBAR = 1
# The width at which all columns fit beside the blenders.
_ROOM = 76


class MemberList(ScrollView, can_focus=True):
    """Members of the pool by log-loss on the selection images, best first; it draws only visible lines."""

    BORDER_TITLE = "members"
    HELP = (
        "The finished models by log-loss on the selection images, best first. Ticked models are blended. The other "
        "panels follow the ticks and the chosen blender."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, tooltip="previous member", id="members.up"),
        Binding("down,j", "move(1)", "Down", show=False, tooltip="next member", id="members.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, tooltip="one page up", id="members.page-up"),
        Binding("pagedown", "page(1)", "Page down", show=False, tooltip="one page down", id="members.page-down"),
        Binding("home", "move(-1000000)", "First", show=False, tooltip="best member", id="members.first"),
        Binding("end", "move(1000000)", "Last", show=False, tooltip="last member", id="members.last"),
    ]

    class Toggled(Message):
        """A member was ticked or unticked."""

        def __init__(self, member: int) -> None:
            self.member = member
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="members")
        self._study: EnsembleStudy | None = None
        self._ranked: tuple[int, ...] = ()
        self._chosen: frozenset[int] = frozenset()
        self._names = 12
        self._figures: tuple[tuple[str, int], ...] = _FIGURES
        self._weights: dict[int, float] = {}
        self.cursor = 0

    @property
    def _gain_width(self) -> int:
        """The width of the longest gain, with a blank before it."""
        gains = self._study.gains if self._study is not None else None
        return (
            1 + max((len(number_format.gain(gain)) for gain in gains.tolist()), default=0) if gains is not None else 0
        )

    def width(self, layout: Layout, room: int) -> int:
        """Return the width at which nothing is cut.

        Args:
            layout: the screen's.
            room: the width of the screen.
        """
        figures: tuple[tuple[str, int], ...] = (*_FIGURES, _WEIGHT)
        if layout == "compact":
            figures = _FIGURES if room >= _ROOM else _LEAST_FIGURES
        self._figures = tuple(
            (head, max(width, self._gain_width) if head == "gain" else width) for head, width in figures
        )
        return _TICK + self._names + sum(width for _, width in self._figures) + _SCROLLBAR

    def show(self, study: EnsembleStudy, choice: Choice) -> None:
        """Show what is chosen."""
        members = study.models.members
        self._study, self._ranked = study, study.ranked[choice.pool]
        self._names = max((len(members[at].name) for at in self._ranked), default=12)
        self._chosen = frozenset(study.members(choice))
        self.cursor = min(self.cursor, max(len(self._ranked) - 1, 0))
        self._weights = {}
        self.virtual_size = Size(1, len(self._ranked) + _HEADINGS)
        self.border_title = f"members · {len(self._chosen)} of {len(self._ranked)}"
        self.refresh()

    def weigh(self, weights: dict[int, float]) -> None:
        """Show the weights of the chosen blender by member; none if members have no weights."""
        self._weights = weights
        self.refresh()

    def on_mount(self) -> None:
        """Follow the theme."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._redraw())

    def _redraw(self) -> None:
        self.refresh()

    @property
    def current(self) -> int | None:
        """The member under the cursor."""
        return self._ranked[self.cursor] if self._ranked else None

    def action_move(self, rows: int) -> None:
        """Move the cursor by rows."""
        self.cursor = max(0, min(self.cursor + rows, len(self._ranked) - 1))
        if self.cursor == 0:
            self.scroll_to(y=0, animate=False)
        else:
            # One line more above, for the headings.
            self.scroll_to_region(Region(0, self.cursor, 1, _HEADINGS + 1), animate=False)
        self.refresh()

    def action_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        self.action_move(pages * max(self.scrollable_content_region.height - _HEADINGS - 1, 1))

    def on_click(self, event: events.Click) -> None:
        """Go to the clicked member; a click on its box ticks it."""
        at = event.get_content_offset(self)
        if at is None or at.y < _HEADINGS:
            return
        row = at.y - _HEADINGS + round(self.scroll_offset.y)
        if row < len(self._ranked):
            self.cursor = row
            self.refresh()
            if at.x < _TICK:
                self.post_message(self.Toggled(self._ranked[row]))

    def render_line(self, y: int) -> Strip:
        """Return one line: the headings, which stay, or a member."""
        variables = self.app.theme_variables
        background = self.background_colors[1].rich_color
        width = self.scrollable_content_region.width

        def style(name: str) -> Style:
            return Style(color=theme_color(variables, name).rich_color, bgcolor=background)

        muted = style("foreground-muted")
        if y < _HEADINGS:
            heads = "".join(f"{head:>{columns}}" for head, columns in self._figures)
            strip = Strip([Segment(f"{'':{_TICK}}{'name':<{self._names}}{heads}", muted)])
            return strip.adjust_cell_length(width, muted)
        row = y - _HEADINGS + round(self.scroll_offset.y)
        if self._study is None or row >= len(self._ranked):
            return Strip.blank(width, muted)
        member, select = self._ranked[row], self._study.models.select
        ticked = member in self._chosen
        plain = style("foreground")
        bar: Style | None = None
        if row == self.cursor:
            kind = "block-cursor-background" if self.has_focus else "block-cursor-blurred-background"
            bar = Style(bgcolor=theme_color(variables, kind).rich_color)
        accuracy = 1 - int(select.errors[member]) / len(select.labels)
        gains = self._study.gains
        weight = self._weights.get(member)
        values = {
            "val acc": number_format.accuracy(accuracy),
            "log-loss": number_format.accuracy(float(select.losses()[member])),
            "gain": number_format.gain(None if gains is None else float(gains[member])),
            "weight": "" if weight is None else f"{weight:.3f}",
        }
        text = "".join(f"{values[head]:>{columns}}" for head, columns in self._figures)
        name = self._study.models.members[member].name
        segments = [
            Segment("[x] " if ticked else "[ ] ", style("accent") + Style(bold=True) if ticked else muted),
            Segment(f"{name:<{self._names}}", plain if ticked else muted),
            Segment(text, plain if ticked else muted),
        ]
        strip = Strip(segments).adjust_cell_length(width, plain)
        return strip if bar is None else _barred(strip, bar)


def _barred(strip: Strip, bar: Style) -> Strip:
    """Return a line with the cursor's background."""
    return Strip([Segment(text, (style or Style()) + bar) for text, style, _ in strip])
