"""Shows the legend of the grid and the description of the chosen trial, and flows text into lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from textual.app import App
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from ...core.run_state.run_events import TrialStatus
from ..session.run_session import RunSession
from ..theme import symbols
from ..theme.colors import LEVELS, STEPS, Tone, ink_color
from ..theme.drawing_app import colors_of, is_plain
from ..view_models.trial_significance import Measure, Verdict
from .cell_text import BEST_SIGN
from .grid_cells import GridCells
from .heatmap_cell import description
from .heatmap_scale import Scale
from .importance_view import ImportanceView
from .trial_marks import HIDDEN, MARK, TrialMarks, letter

_GAP = "  "
_NOT_DONE: tuple[TrialStatus, ...] = ("pending", "running", "paused", "parked", "failed", "skipped")


def flow(parts: Iterable[Content], width: int, gap: str = _GAP) -> list[Content]:
    """Arrange parts in lines, as many to a line as fit; only a part that is wider than a line is wrapped."""
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
        return []

    def renew(self) -> None:
        """Show the parts as they are now; the screen is laid out again only if the number of lines changes."""
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


class HeatmapLegend(_Flow):
    """What the grid's colours and symbols mean.

    Args:
        run_session: the run's session.
    """

    def __init__(self, run_session: RunSession) -> None:
        super().__init__(id="legend")
        self._run_session = run_session
        self._cells: GridCells | None = None
        self._pixels: ImportanceView | None = None
        self._framed = self._titled = True

    def show(self, cells: GridCells, pixels: ImportanceView | None, *, framed: bool, titled: bool) -> None:
        """Explain the grid's colours, or those of a map of pixels.

        Args:
            cells: what the grid shows.
            pixels: the map of pixels; None for the grid.
            framed: whether the grid's frame has the marks.
            titled: whether its title says what all windows have in common.
        """
        self._cells, self._pixels, self._framed, self._titled = cells, pixels, framed, titled
        self.renew()

    def on_mount(self) -> None:
        """Follow the theme."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self.repaint())

    def repaint(self) -> None:
        """Redraw in the theme's colours."""
        self.refresh()

    def parts(self) -> list[Content]:
        """Return the metric with its scale, the symbols of results, of the best windows and of the other states."""
        if self._cells is None:
            return []
        pixels, cells, muted = self._pixels, self._cells, "$foreground-muted"
        scale = cells.scale if pixels is None else pixels.scale
        if pixels is None and cells.ranked:
            scale = Scale(scale.metric, "level", 0.0, 0.0, labels=("expected: worst", "best"))
        low, high = scale.ends
        shades = self._shades(scale) if scale.known else []
        if len(low) + len(high) + len(shades) > self.size.width:
            shades = _fewer(shades, scale.tone)
        parts = [Content.styled(scale.metric.title, "bold"), Content.assemble((low, muted), *shades, (high, muted))]
        if pixels is not None:
            parts.append(Content.styled(pixels.words(), muted))
            contour = Content.styled("thin line: outline of the mean image", muted)
            return [*parts, *([] if is_plain(self.app) else [contour]), _entry("┏━┃", "chosen window", "$accent")]
        if scale.agreement and not self._titled:
            parts.append(Content.styled(scale.agreement, "bold"))
        if scale.remark:
            parts.append(Content.styled(scale.remark, muted))
        if scale.metric.measure == "class":
            limits = self._run_session.baseline_test.class_limits
            parts.append(Content.styled(limits or "reading the stored outputs", muted))
        if scale.tone == "gain":
            parts += self._verdicts(scale.metric.measure)
        if cells.best:
            parts.append(_entry(BEST_SIGN, f"best {len(cells.best)}"))
        if cells.estimated:
            parts.append(_entry(symbols.ESTIMATE, "estimate (scout), 9 best"))
        if cells.lends:
            faint = "faint" if colors_of(self.app).blends else "without number"
            parts.append(Content.styled(f"{faint}: as the nearest trained window", muted))
        found = {entry.status for entry in self._run_session.progress.windows}
        return [
            *parts,
            *([] if self._framed else flag_signs(cells.flags, self.app)),
            *(
                _entry(symbols.TRIAL[status], status, f"${symbols.trial_style(status)}")
                for status in _NOT_DONE
                if status in found
            ),
        ]

    def _shades(self, scale: Scale) -> list[tuple[str, str]]:
        """Return the scale, one character per step, each with the symbol of its colour."""
        colors, tone = colors_of(self.app), scale.tone
        steps = range(-STEPS, STEPS + 1) if tone == "gain" else range(LEVELS + 1)
        shades = []
        for step in steps:
            background = colors.color(tone, step)
            sign = str(min(9, step * 10 // LEVELS))
            if tone == "gain":
                sign = symbols.VERDICT["noise" if step == 0 else "better" if step > 0 else "worse"]
            shades.append((sign, f"{ink_color(background).hex} on {background.hex}"))
        return [(" ", ""), *shades, (" ", "")]

    def _verdicts(self, measure: Measure) -> list[Content]:
        if measure == "smoothed":
            words: dict[Verdict, str] = {
                "better": "band above 0",
                "worse": "band below 0",
                "noise": "band contains 0",
            }
            return [_entry(symbols.VERDICT[verdict], text) for verdict, text in words.items()]
        signs: list[tuple[Verdict, str]] = [("better", "better"), ("worse", "worse")]
        known = self._run_session.baseline_test.baselines != 1
        signs.append(("noise", "noise") if known else ("unknown", "noise unknown"))
        parts = [_entry(symbols.VERDICT[verdict], words) for verdict, words in signs]
        if self._run_session.baseline_test.survivors(measure):
            parts.append(
                _entry(symbols.VERDICT["better"] * 2 + " " + symbols.VERDICT["worse"] * 2, "significant (Holm)")
            )
        return parts


def flag_signs(flags: TrialMarks, app: App[Any]) -> list[Content]:
    """Return the symbols of marked, pinned and hidden windows, if there are any."""
    palette, parts = colors_of(app), []
    if flags.marked:
        parts.append(_entry(MARK, "marked", "$accent"))
    if flags.pins:
        letters = [(letter(n), f"bold {palette.pin(n).hex}") for n in range(len(flags.pins))]
        parts.append(Content.assemble(*letters, (" pinned", "$foreground-muted")))
    if flags.hidden:
        sign = (HIDDEN, "$foreground-muted") if is_plain(app) else ("faint:", "$foreground-muted")
        parts.append(Content.assemble(sign, (" hidden", "$foreground-muted")))
    return parts


class TrialDescription(_Flow):
    """The chosen trial in words.

    Args:
        run_session: the run's session.
    """

    def __init__(self, run_session: RunSession) -> None:
        super().__init__(id="description")
        self._run_session = run_session
        self._trial: str | None = None

    def show(self, trial: str | None) -> None:
        """Describe a trial as it is now."""
        self._trial = trial
        self.renew()

    def parts(self) -> list[Content]:
        """Return the description's parts."""
        entry = self._run_session.progress.trials.get(self._trial or "")
        if entry is None:
            return [Content.styled("choose a window with arrows or mouse", "$foreground-muted")]
        first, *rest = description(self._run_session, entry)
        return [Content.styled(first[0], f"bold ${first[1]}"), *(Content.styled(t, f"${c}") for t, c in rest)]


def _entry(sign: str, words: str, style: str = "$foreground") -> Content:
    return Content.assemble((sign, f"bold {style}"), (f" {words}", "$foreground-muted"))


def _fewer(shades: list[tuple[str, str]], tone: Tone) -> list[tuple[str, str]]:
    """Return a scale that is short enough to keep both ends on one line: one step of each level, or half of all."""
    if not shades or tone != "level":
        return [*shades[:1], *shades[1:-1:2], *shades[-1:]]
    first, *steps, last = shades
    found: dict[str, tuple[str, str]] = {}
    for step in steps:
        found.setdefault(step[0], step)
    # The last one is the end of the scale.
    found[steps[-1][0]] = steps[-1]
    return [first, *found.values(), last]
