"""Shows the images that the blend and the baseline classify differently, one at a time."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray
from textual.content import Content
from textual.widget import Widget

from ...core.data.class_labels import class_name
from ...core.data.dataset import Images
from ...core.errors import printable
from ...stacking.blending.disagreements import Disagreement
from ..theme.drawing_app import is_ascii
from ..widgets.half_block_image import half_blocks

_MOST_CLASSES = 10
_BAR = 6
# What the table beside an image needs, and the lines that it needs under one.
_SIDE, _UNDER = 40, _MOST_CLASSES + 4
_KINDS = {1: "only blend correct", 2: "only baseline", 3: "both wrong"}


class DisagreementBrowser(Widget, can_focus=True):
    """One image with its true label and the predictions of both models."""

    BORDER_TITLE = "different predictions"

    def __init__(self) -> None:
        super().__init__(id="pictures")
        self._images: Images | None = None
        self._every: list[Disagreement] | None = None
        self._kind = 0
        self._names = ("blend", "baseline")
        self._class_names: tuple[str, ...] = ()
        self.at = 0

    def show(
        self,
        images: Images | None,
        found: list[Disagreement] | None,
        blend: str,
        baseline: str,
        class_names: tuple[str, ...] = (),
    ) -> None:
        """Show other disagreements; the browser stays at its image if that is still among them.

        Args:
            images: (n, height, width, channels), the dataset's.
            found: the disagreements; None while they are being searched.
            blend, baseline: the names of the models; empty if there is no such model.
            class_names: the classes' names by label; empty where they are the labels themselves.
        """
        before = self.current
        self._images, self._every, self._names = images, found, (blend, baseline)
        self._class_names = class_names
        same = [i for i, d in enumerate(self._found or ()) if before is not None and d.image == before.image]
        if found is not None:
            self.at = same[0] if same else 0
        self.refresh()

    @property
    def _found(self) -> list[Disagreement] | None:
        """The disagreements of the chosen kind; None while they are being searched."""
        if self._every is None or not self._kind:
            return self._every
        return [found for found in self._every if _kind(found) == self._kind]

    def show_next_kind(self) -> None:
        """Show only the images that one of the two, or neither, has right, kind by kind; then all."""
        if self._every:
            there = [0, *sorted(set(map(_kind, self._every)))]
            at = there.index(self._kind) if self._kind in there else 0
            self._kind, self.at = there[(at + 1) % len(there)], 0
            self.refresh()

    @property
    def current(self) -> Disagreement | None:
        """The current disagreement."""
        return self._found[self.at] if self._found and self.at < len(self._found) else None

    def turn(self, pages: int) -> None:
        """Move forward or back by images, wrapping around."""
        if self._found:
            self.at = (self.at + pages) % len(self._found)
            self.refresh()

    def render(self) -> Content:
        """Return the image and the table beside it."""
        muted = "$foreground-muted"
        if self._found is None:
            return Content.styled("… searching for different predictions", muted)
        blend, baseline = self._names
        if not blend:
            return Content.styled("no members chosen", muted)
        if not baseline:
            return Content.styled("no finished baseline to compare with", muted)
        now = self.current
        if now is None or self._images is None:
            return Content.styled(f"{blend} and {baseline} predict the same for every image", muted)
        width, height = max(self.size.width, 20), max(self.size.height, 8)
        counts = Counter(map(_kind, self._every or ()))
        kinds = [f"{words} {counts[kind]}" for kind, words in _KINDS.items() if self._kind in (0, kind)]
        head = Content.assemble(
            (f"{self.at + 1}/{len(self._found)}", "bold $accent"), (f"  {', '.join(kinds)}", muted)
        )
        hint = "  n next, p previous, o only some"
        if head.cell_length + len(hint) <= width:
            head = Content.assemble(head, (hint, muted))
        signs = is_ascii(self.app)
        beside = half_blocks(self._images[now.image], max(width - _SIDE, 16), height - 2, signs=signs)
        above = half_blocks(self._images[now.image], width, height - 2 - _UNDER, signs=signs)
        if len(above) > len(beside) and height - 2 - _UNDER > 0:
            # A tall panel has more room for the image above the table than beside it.
            lines = [head, *above, *self._side(now, height - 1 - len(above))]
            return Content("\n").join(line.truncate(width, ellipsis=True) for line in lines)
        image, side = beside, self._side(now, height - 2)
        edge = max(line.cell_length for line in image)
        lines = [head]
        for row in range(max(len(image), len(side))):
            left = image[row] if row < len(image) else Content(" " * edge)
            lines.append(Content.assemble(left, "  ", side[row]) if row < len(side) else left)
        return Content("\n").join(line.truncate(width, ellipsis=True) for line in lines)

    def _side(self, now: Disagreement, room: int) -> list[Content]:
        muted = "$foreground-muted"
        blend, baseline = self._names
        lines = [
            Content.assemble(f"image {now.image}   true label ", (self._class(now.label), "bold $accent")),
            Content.assemble("blend    ", self._prediction(now.first, now.first_p, now.label), (f"  {blend}", muted)),
            Content.assemble(
                "baseline ", self._prediction(now.second, now.second_p, now.label), (f"  {baseline}", muted)
            ),
            Content.styled(f"class  {'blend':<{_BAR + 6}}  {'baseline':<{_BAR + 6}}", muted),
        ]
        # With many classes, the most probable ones of either model.
        classes = np.arange(len(now.first_p))
        shown = min(len(classes), _MOST_CLASSES, max(room - len(lines), 1))
        if len(classes) > shown:
            likely = np.argsort(-np.maximum(now.first_p, now.second_p), kind="stable")
            classes = np.sort(likely[:shown])
        for label in classes.tolist():
            style = "bold $accent" if label == now.label else "$foreground"
            first, second = _bar(now.first_p[label]), _bar(now.second_p[label])
            lines.append(Content.assemble((f"{self._class(label, 5):>5}  ", style), first, "  ", second))
        return lines

    def _prediction(self, predicted: int, p: NDArray[np.float32], label: int) -> Content:
        right = predicted == label
        sign, style = ("✓", "bold $success") if right else ("✗", "bold $warning")
        return Content.styled(f"{sign} {self._class(predicted)} (p = {p[predicted]:.2f})", style)

    def _class(self, label: int, width: int = 24) -> str:
        return printable(class_name(self._class_names, label), width)


def _kind(found: Disagreement) -> int:
    return 1 if found.first == found.label else 2 if found.second == found.label else 3


def _bar(p: float) -> Content:
    full = round(float(p) * _BAR)
    return Content.assemble(("━" * full, "$primary"), ("─" * (_BAR - full), "$border-blurred"), f" {p:.3f}")
