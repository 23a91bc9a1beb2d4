"""The legend of the grid, and the description of the trial that is chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from ..core.event import TrialStatus
from . import figure, glyph
from .cell import description
from .link import Link
from .noise import Verdict
from .palette import STEPS, scale_color

_GAP = "  "
_NOT_DONE: tuple[TrialStatus, ...] = ("pending", "running", "paused", "failed", "skipped")


def flow(parts: Iterable[Content], width: int, gap: str = _GAP) -> list[Content]:
    """Set parts side by side, as many to a line as fit; a part is only cut where it is wider than a line."""
    lines: list[Content] = []
    for part in parts:
        if lines and lines[-1].cell_length + len(gap) + part.cell_length <= width:
            lines[-1] = Content.assemble(lines[-1], gap, part)
        else:
            lines.extend(piece.rstrip() for piece in part.wrap(width))
    return lines


class _Flow(Widget):
    """Parts that flow into as many lines as they need."""

    _lines: Sequence[Content] = ()

    def parts(self) -> list[Content]:
        """Return the parts to show now."""
        raise NotImplementedError

    def renew(self) -> None:
        """Show the parts as they are now; the screen is laid out anew only if they take another number of lines."""
        lines = flow(self.parts(), max(self.size.width, 1))
        if lines != self._lines:
            layout = len(lines) != len(self._lines)
            self._lines = lines
            self.refresh(layout=layout)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many lines the parts need."""
        return len(flow(self.parts(), max(width, 1)))

    def render(self) -> Content:
        """Return the lines."""
        return Content("\n").join(flow(self.parts(), max(self.size.width, 1)))


class Legend(_Flow):
    """What the grid's colours and glyphs mean.

    Args:
        link: the run's link.
    """

    def __init__(self, link: Link) -> None:
        super().__init__(id="legend")
        self._link = link
        self._limit = 0

    def show(self, limit: int) -> None:
        """Show the scale up to ``limit`` pictures."""
        self._limit = limit
        self.renew()

    def parts(self) -> list[Content]:
        """Return the scale, the signs of done windows and those of the others."""
        dark = self.app.current_theme.dark
        steps = [*range(-STEPS, 0), 0, *range(1, STEPS + 1)]
        scale = [("█", scale_color(step, dark=dark).hex) for step in steps]
        low, high = figure.gain(-self._limit), figure.gain(self._limit)
        signs: list[tuple[Verdict, str]] = [("better", "better"), ("worse", "worse")]
        signs.append(
            ("noise", "within noise") if self._link.yardstick.baselines != 1 else ("unknown", "noise unknown")
        )
        return [
            Content.assemble((low, "$foreground-muted"), " ", *scale, " ", (f"{high} images", "$foreground-muted")),
            *(_entry(glyph.VERDICT[verdict], words) for verdict, words in signs),
            *(_entry(glyph.TRIAL[status], status, f"${glyph.trial_style(status)}") for status in _NOT_DONE),
        ]


class Description(_Flow):
    """The chosen trial in words.

    Args:
        link: the run's link.
    """

    def __init__(self, link: Link) -> None:
        super().__init__(id="description")
        self._link = link
        self._trial: str | None = None

    def show(self, trial: str | None) -> None:
        """Describe a trial as it is now."""
        self._trial = trial
        self.renew()

    def parts(self) -> list[Content]:
        """Return the description's parts."""
        entry = self._link.progress.trials.get(self._trial or "")
        if entry is None:
            return [Content.styled("choose a window with the arrows or the mouse", "$foreground-muted")]
        first, *rest = description(self._link, entry)
        return [Content.styled(first[0], f"bold ${first[1]}"), *(Content.styled(t, f"${c}") for t, c in rest)]


def _entry(sign: str, words: str, style: str = "$foreground") -> Content:
    return Content.assemble((sign, f"bold {style}"), (f" {words}", "$foreground-muted"))
