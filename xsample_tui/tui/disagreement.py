"""The browser of disagreements: pictures that the blend and the baseline judge differently, one at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from textual.content import Content
from textual.widget import Widget

from ..core.dataset import Pictures
from ..stacking.disagreement import Disagreement
from .ascii import is_ascii
from .picture import half_blocks

_MOST_CLASSES = 10
_BAR = 6


class DisagreementBrowser(Widget, can_focus=True):
    """One picture with its true label, and what both models say of it with their probabilities."""

    BORDER_TITLE = "pictures judged differently"

    def __init__(self) -> None:
        super().__init__(id="pictures")
        self._pictures: Pictures | None = None
        self._found: list[Disagreement] | None = None
        self._names = ("blend", "baseline")
        self.at = 0

    def show(self, pictures: Pictures | None, found: list[Disagreement] | None, blend: str, baseline: str) -> None:
        """Show other disagreements; the browser stays at its picture where that is still among them.

        Args:
            pictures: (n, height, width, channels), the dataset's.
            found: the disagreements; None while they are being reckoned.
            blend, baseline: the models' names; empty where there is no such model.
        """
        before = self.current
        self._pictures, self._found, self._names = pictures, found, (blend, baseline)
        same = [i for i, d in enumerate(found or ()) if before is not None and d.picture == before.picture]
        if found is not None:
            self.at = same[0] if same else 0
        self.refresh()

    @property
    def current(self) -> Disagreement | None:
        """The disagreement that is shown."""
        return self._found[self.at] if self._found and self.at < len(self._found) else None

    def turn(self, pages: int) -> None:
        """Go on by pictures, round at the end."""
        if self._found:
            self.at = (self.at + pages) % len(self._found)
            self.refresh()

    def render(self) -> Content:
        """Return the picture and the table beside it."""
        muted = "$foreground-muted"
        if self._found is None:
            return Content.styled("… looking for pictures judged differently", muted)
        blend, baseline = self._names
        if not blend:
            return Content.styled("no member is chosen", muted)
        if not baseline:
            return Content.styled("no baseline is finished to compare with", muted)
        now = self.current
        if now is None or self._pictures is None:
            return Content.styled(f"{blend} and {baseline} judge every picture alike", muted)
        width, height = max(self.size.width, 20), max(self.size.height, 8)
        right = [sum(d.first == d.label for d in self._found), sum(d.second == d.label for d in self._found)]
        head = Content.assemble(
            (f"{self.at + 1}/{len(self._found)}", "bold $accent"),
            (f"  blend alone right {right[0]}, baseline alone {right[1]}", muted),
            (f", neither {len(self._found) - sum(right)}", muted),
        )
        hint = "  n next, p before"
        if head.cell_length + len(hint) <= width:
            head = Content.assemble(head, (hint, muted))
        room = max(width - 40, 16), height - 2
        picture = half_blocks(self._pictures[now.picture], *room, signs=is_ascii(self.app))
        side = self._side(now, height - 2)
        edge = max(line.cell_length for line in picture)
        lines = [head]
        for row in range(max(len(picture), len(side))):
            left = picture[row] if row < len(picture) else Content(" " * edge)
            lines.append(Content.assemble(left, "  ", side[row]) if row < len(side) else left)
        return Content("\n").join(line.truncate(width, ellipsis=True) for line in lines)

    def _side(self, now: Disagreement, room: int) -> list[Content]:
        blend, baseline = self._names
        lines = [
            Content.assemble(f"picture {now.picture}   true label ", (str(now.label), "bold $accent")),
            Content.assemble(
                "blend    ", _said(now.first, now.first_p, now.label), (f"  {blend}", "$foreground-muted")
            ),
            Content.assemble(
                "baseline ", _said(now.second, now.second_p, now.label), (f"  {baseline}", "$foreground-muted")
            ),
            Content.styled(f"class  {'blend':<{_BAR + 6}}  {'baseline':<{_BAR + 6}}", "$foreground-muted"),
        ]
        # With many classes, those that either model thinks of most.
        classes = np.arange(len(now.first_p))
        shown = min(len(classes), _MOST_CLASSES, max(room - len(lines), 1))
        if len(classes) > shown:
            likely = np.argsort(-np.maximum(now.first_p, now.second_p), kind="stable")
            classes = np.sort(likely[:shown])
        for label in classes.tolist():
            style = "bold $accent" if label == now.label else "$foreground"
            lines.append(
                Content.assemble((f"{label:>5}  ", style), _bar(now.first_p[label]), "  ", _bar(now.second_p[label]))
            )
        return lines


def _said(predicted: int, p: NDArray[np.float32], label: int) -> Content:
    right = predicted == label
    sign, style = ("✓", "bold $success") if right else ("✗", "bold $warning")
    return Content.styled(f"{sign} {predicted} at {p[predicted]:.3f}", style)


def _bar(p: float) -> Content:
    full = round(float(p) * _BAR)
    return Content.assemble(("━" * full, "$primary"), ("─" * (_BAR - full), "$border-blurred"), f" {p:.3f}")
