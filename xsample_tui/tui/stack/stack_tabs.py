"""Shows the head of the stack screen: its title on as many lines as needed, and the numbered panels."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content
from textual.widgets import Static

from ..heatmap.heatmap_legend import flow

# The labels of the panels by their names in key ids, which never change.
PANELS = {
    "members": "members",
    "curve": "curve",
    "agreement": "agreement",
    "pictures": "images",
    "verdict": "verdict",
}
_WIDE = 64


class FlowLine(Static):
    """Parts that flow into as many lines as they need."""

    def __init__(self, name: str) -> None:
        super().__init__(id=name, markup=False)
        self._parts: tuple[Content, ...] = ()
        self._lines = 0

    def show(self, parts: Iterable[Content]) -> None:
        """Show other parts."""
        self._parts = tuple(parts)
        self._flow()

    def _flow(self) -> None:
        lines = flow(self._parts, max(self.size.width, 20))
        # The same number of lines needs no new layout of the screen.
        self.update(Content("\n").join(lines), layout=len(lines) != self._lines)
        self._lines = len(lines)

    def on_resize(self) -> None:
        """Flow again."""
        self._flow()


class PanelTabs(Static):
    """The numbered panels; a click shows one."""

    def __init__(self) -> None:
        super().__init__(id="stack-tabs", markup=False)

    def show(self, panel: int) -> None:
        """Mark the current panel."""
        chosen = "bold $block-cursor-foreground on $block-cursor-background"
        parts = [
            Content.from_markup(f"[@click=screen.panel({number})] {number} {name} [/]").stylize(
                chosen if number == panel else "$foreground-muted"
            )
            for number, name in enumerate(PANELS.values(), 1)
        ]
        wide = self.app.size.width >= _WIDE
        self.update(Content(" " if wide else "").join(parts))
