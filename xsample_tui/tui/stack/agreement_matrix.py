"""Shows the disagreement matrix: the images that only one of two members classifies correctly, per pair."""

from __future__ import annotations

from textual.color import Color
from textual.content import Content
from textual.widget import Widget

from ...services.ensemble_study import Agreement
from ..heatmap.heatmap_legend import flow
from ..theme.colors import ink_color, theme_color

# Shades show the same as the colours, for terminals without colours.
_SHADES = "·░▒▓█"
# A number and the spaces round the name.
_HEAD = 5


class AgreementMatrix(Widget, can_focus=True):
    """The chosen members against each other; the last ones are left out if they do not fit."""

    BORDER_TITLE = "disagreement"

    def __init__(self) -> None:
        super().__init__(id="agreement")
        self._agreement: Agreement | None = None

    def show(self, agreement: Agreement | None) -> None:
        """Show another choice's matrix."""
        self._agreement = agreement
        self.refresh()

    def on_mount(self) -> None:
        """Follow the theme."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._redraw())

    def _redraw(self) -> None:
        self.refresh()

    def render(self) -> Content:
        """Return the matrix and its summary."""
        found = self._agreement
        if found is None:
            return Content.styled("no members chosen", "$foreground-muted")
        width, height = max(self.size.width, 1), max(self.size.height, 1)
        words = self._words(found, width)
        name = max(len(text) for text in found.names)
        k, room = len(found.names), width - name - _HEAD
        shown = max(1, min(k, height - len(words) - 2, room // 2))
        counts = [[round(found.apart[a, b] * found.images) for b in range(shown)] for a in range(shown)]
        others = [counts[a][b] for a in range(shown) for b in range(shown) if a != b]
        low, high = (min(others), max(others)) if others else (0, 0)
        cell = len(str(high)) + 2
        numbers = cell * shown <= room
        cell = max(cell, 3) if numbers else 2
        head = "".join(f"{b + 1:>{cell - 1}} " if numbers or (b + 1) % 5 == 0 else "  " for b in range(shown))
        if not numbers:
            head = _marks(shown, cell)
        lines = [Content.styled(f"{'':{name + _HEAD}}{head}", "$foreground-muted")]
        for a in range(shown):
            parts: list[Content] = [
                Content.assemble((f"{a + 1:>3} ", "$foreground-muted"), f"{found.names[a]:<{name}} ")
            ]
            parts += [self._cell(a, b, counts[a][b], (low, high), cell, numbers=numbers) for b in range(shown)]
            lines.append(Content("").join(parts))
        left = [f"the best {shown} of {k} (more do not fit)"] if shown < k else []
        return Content("\n").join([*lines, *(Content.styled(text, "$warning") for text in left), *words])

    def _cell(self, a: int, b: int, count: int, ends: tuple[int, int], width: int, *, numbers: bool) -> Content:
        if a == b:
            return Content.styled(f"{'╲':>{width - 1}} " if numbers else "╲ ", "$foreground-muted")
        share = (count - ends[0]) / max(ends[1] - ends[0], 1)
        background = self._color(share)
        if numbers:
            return Content.styled(f"{count:>{width - 1}} ", f"{ink_color(background).hex} on {background.hex}")
        return Content.styled(_SHADES[round(share * (len(_SHADES) - 1))] * width, f"{background.hex}")

    def _color(self, share: float) -> Color:
        variables = self.app.theme_variables
        faint = theme_color(variables, "panel").blend(theme_color(variables, "primary"), 0.15)
        return faint.blend(theme_color(variables, "primary"), share)

    def _words(self, found: Agreement, width: int) -> list[Content]:
        whole, n = found.whole, found.images
        texts = [
            f"cells: images of {n:,} that only one of the two classifies correctly",
            f"mean {whole.disagreement * n:.1f} ({whole.disagreement:.4f})",
            f"both wrong: mean {whole.double_fault * n:.1f} ({whole.double_fault:.4f})",
            f"all wrong: {whole.oracle_error * n:.0f} ({whole.oracle_error:.4f})",
        ]
        return flow([Content.styled(text, "$foreground-muted") for text in texts], width)


def _marks(shown: int, cell: int) -> str:
    """Return the headings of narrow columns: every fifth has a number."""
    line = [" "] * (shown * cell + 3)
    for b in range(4, shown, 5):
        text = str(b + 1)
        line[b * cell : b * cell + len(text)] = text
    return "".join(line).rstrip()
