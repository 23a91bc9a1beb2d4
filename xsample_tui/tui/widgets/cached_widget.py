"""The base of widgets whose lines are drawn all at once and cached until something changes."""

from __future__ import annotations

from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget


class CachedWidget(Widget):
    """A widget that redraws itself when its theme, its size or its contents have changed."""

    _strips: list[Strip] | None = None

    def draw(self) -> list[Strip]:
        """Return the lines from the top; blank ones at the end may be missing."""
        return []

    def repaint(self) -> None:
        """Redraw."""
        self._strips = None
        if self.display:
            self.refresh()

    def on_mount(self) -> None:
        """Follow the theme."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self.repaint())

    def on_resize(self) -> None:
        """Draw to the new size."""
        self.repaint()

    def render_line(self, y: int) -> Strip:
        """Return one line of the drawing."""
        if self._strips is None:
            self._strips = self.draw()
        blank = Style(bgcolor=self.background_colors[1].rich_color)
        if y < len(self._strips):
            return self._strips[y].adjust_cell_length(self.size.width, blank)
        return Strip.blank(self.size.width, blank)
