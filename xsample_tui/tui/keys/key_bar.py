"""Shows the keys of the current screen in one line, the footer."""

from __future__ import annotations

from textual import events
from textual.binding import ActiveBinding
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from . import keymap_file

# What a panel's own keys do, shown while it is focused, where there is room.
_OF_PANEL = {"curve": ("log", "smooth", "others"), "table": ("sort(1)", "turn_order"), "grid": ("scale", "best")}
# Where the line is too short, the keys that only change the view are left out first.
_VIEWING = ("preview", "pin", "map", "size(1)", "size(-1)")


class KeyBar(Widget):
    """The keys of the current screen; those that cannot be used now are faint. A click does what the key does.

    Textual's own footer is one widget per key and is composed again at every change. That takes too long for a
    redraw while all cores are training.
    """

    DEFAULT_CSS = "KeyBar { dock: bottom; height: 1; }"
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._spans: list[tuple[int, int, str]] = []

    def on_mount(self) -> None:
        """Follow the bindings."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, screen: Screen[object]) -> None:
        if screen is self.screen:
            self.refresh()

    def render(self) -> Content:
        """Return the line; where it is too long, without what cannot be used now, then without the panels' keys.

        What is still too long loses keys from its middle: the last two, help and quit, always stay.
        """
        keys = [a for a in self.screen.active_bindings.values() if a.binding.show and a.binding.description]
        parts = [(self._part(active), active) for active in keys]
        usable = [(part, active) for part, active in parts if active.enabled]
        # The help names every key; the arrows and the tabulator go to panels, too.
        needed = [(part, active) for part, active in usable if not active.binding.action.startswith("panel(")]
        least = [(part, active) for part, active in needed if active.binding.action not in _VIEWING]
        focused = self.screen.focused
        wanted = _OF_PANEL.get(focused.id or "", ()) if focused else ()
        every = self.screen.active_bindings.values()
        panel = [(self._part(one), one) for one in every if one.binding.action in wanted and one.enabled]
        sets = [(parts, 2), (usable, 2), (usable, 1), (needed, 2), (needed, 1), (least, 2), (least, 1)]
        # Before help and quit, so that the other keys keep their places.
        for shown, gap in [*(((keys[:-2] + panel + keys[-2:]), gap) for keys, gap in sets[:5] if panel), *sets]:
            if sum(part.cell_length + gap for part, _ in shown) - gap <= self.size.width:
                break
        else:
            shown, gap = self._cut(least), 1
        self._spans, column = [], 0
        for part, active in shown:
            self._spans.append((column, column + part.cell_length, active.binding.key))
            column += part.cell_length + gap
        return Content(" " * gap).join(part for part, _ in shown)

    def _cut(self, keys: list[tuple[Content, ActiveBinding]]) -> list[tuple[Content, ActiveBinding]]:
        """Return the first keys that fit beside the last two."""
        first, last = keys[:-2], keys[-2:]
        while first and sum(part.cell_length + 1 for part, _ in first + last) - 1 > self.size.width:
            first.pop()
        return first + last

    @staticmethod
    def _part(active: ActiveBinding) -> Content:
        key = keymap_file.shown(active.binding.key).replace("ctrl+", "^")
        if not active.enabled:
            return Content.styled(f"{key} {active.binding.description}", "$foreground-disabled")
        words = (active.binding.description, "$footer-description-foreground")
        return Content.assemble((key, "bold $footer-key-foreground"), " ", words)

    def on_click(self, event: events.Click) -> None:
        """Press the key that is clicked."""
        at = event.get_content_offset(self)
        for start, end, key in self._spans:
            if at is not None and start <= at.x < end:
                self.app.simulate_key(key)
