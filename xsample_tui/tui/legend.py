"""The legend of the grid, and the description of the trial that is chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from textual.app import App
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from ..core.event import TrialStatus
from ..core.importance import shows
from . import glyph
from .ascii import is_plain
from .cell import description
from .flag import HIDDEN, MARK, Flags, letter
from .link import Link
from .metric import FIRST, Scale
from .noise import Measure, Verdict
from .palette import LEVELS, STEPS, ink_color, palette_of

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
    """What the grid's colours and glyphs mean: the metric, its unit, its scale, and the signs.

    Args:
        link: the run's link.
    """

    def __init__(self, link: Link) -> None:
        super().__init__(id="legend")
        self._link = link
        self._scale = Scale(FIRST, -FIRST.least, FIRST.least)
        self._mean_of: int | None = None
        self._flags = Flags()

    def show(self, scale: Scale, mean_of: int | None = None, flags: Flags | None = None) -> None:
        """Show a scale.

        Args:
            scale: the grid's.
            mean_of: over how many windows a pixel's colour is the mean; None where cells are windows.
            flags: the signs of trials that the grid shows; None for none.
        """
        self._scale, self._mean_of, self._flags = scale, mean_of, flags or Flags()
        self.renew()

    def on_mount(self) -> None:
        """Follow the theme."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self.repaint())

    def repaint(self) -> None:
        """Draw it in the theme's colours."""
        self.refresh()

    def parts(self) -> list[Content]:
        """Return the metric with its scale, the signs of done windows and those of the others."""
        scale, metric = self._scale, self._scale.metric
        muted = "$foreground-muted"
        low, high = scale.ends
        shades = Content.assemble((low, muted), *self._shades(), (high, muted))
        parts = [Content.styled(metric.title, "bold"), shades]
        if self._mean_of is not None:
            shown = "show" if shows(self._link.run.spec.windows.mask) else "hide"
            parts.append(Content.styled(f"mean of the {self._mean_of} windows that {shown} a pixel", muted))
            if metric.tone == "gain":
                parts.append(_entry("≈", "noise"))
            return [*parts, _entry("┏┛", "chosen window", "$accent")]
        if scale.centre:
            parts.append(Content.styled(scale.centre, muted))
        if metric.tone == "gain":
            parts += self._verdicts(metric.measure)
        return [
            *parts,
            *flag_signs(self._flags, self.app),
            *(_entry(glyph.TRIAL[status], status, f"${glyph.trial_style(status)}") for status in _NOT_DONE),
        ]

    def _shades(self) -> list[tuple[str, str]]:
        """Return the scale, a character a step, each with the sign that stands for its colour."""
        colors, tone = palette_of(self.app), self._scale.metric.tone
        steps = range(-STEPS, STEPS + 1) if tone == "gain" else range(LEVELS + 1)
        shades = []
        for step in steps:
            ground = colors.color(tone, step)
            sign = str(min(9, step * 10 // LEVELS))
            if tone == "gain":
                sign = glyph.VERDICT["noise" if step == 0 else "better" if step > 0 else "worse"]
            shades.append((sign, f"{ink_color(ground).hex} on {ground.hex}"))
        return shades

    def _verdicts(self, measure: Measure) -> list[Content]:
        if measure == "smoothed":
            words: dict[Verdict, str] = {"better": "band above 0", "worse": "band below 0", "noise": "band holds 0"}
            return [_entry(glyph.VERDICT[verdict], text) for verdict, text in words.items()]
        signs: list[tuple[Verdict, str]] = [("better", "better"), ("worse", "worse")]
        known = self._link.yardstick.baselines != 1
        signs.append(("noise", "noise") if known else ("unknown", "noise unknown"))
        parts = [_entry(glyph.VERDICT[verdict], words) for verdict, words in signs]
        if self._link.yardstick.survivors(measure):
            parts.append(_entry(glyph.VERDICT["better"] * 2 + " " + glyph.VERDICT["worse"] * 2, "survives Holm"))
        return parts


def flag_signs(flags: Flags, app: App[Any]) -> list[Content]:
    """Return the signs of marked, pinned and filtered windows, where there are any."""
    palette, parts = palette_of(app), []
    if flags.marked:
        parts.append(_entry(MARK, "marked", "$accent"))
    if flags.pins:
        letters = [(letter(n), f"bold {palette.pin(n).hex}") for n in range(len(flags.pins))]
        parts.append(Content.assemble(*letters, (" pinned", "$foreground-muted")))
    if flags.hidden:
        sign = (HIDDEN, "$foreground-muted") if is_plain(app) else ("faint:", "dim $foreground-muted")
        parts.append(Content.assemble(sign, (" hidden", "$foreground-muted")))
    return parts


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
