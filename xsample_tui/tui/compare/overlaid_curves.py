"""Draws the learning curves of several runs over each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from ...stacking.findings.runs_beside import RunBeside
from ..heatmap.trial_marks import letter
from ..theme.colors import theme_color
from ..theme.drawing_app import colors_of, is_ascii
from ..view_models import number_format
from ..widgets.cached_widget import CachedWidget
from ..widgets.line_plot import LABEL, PlotLine, draw, epoch_axis, frame

# What is drawn of each run, and what it is called.
CURVES: dict[str, str] = {
    "best": "best window",
    "windows": "mean of the windows",
    "baselines": "mean of the baselines",
}


class OverlaidCurves(CachedWidget):
    """A curve for each run, with the run's letter at its end.

    Attributes:
        what: what is drawn, a key of :data:`CURVES`.
    """

    DEFAULT_CSS: ClassVar[str] = "OverlaidCurves { height: 12; }"

    def __init__(self) -> None:
        super().__init__(id="beside-curves")
        self._runs: Sequence[RunBeside] = ()
        self.what = "best"

    def show(self, runs: Sequence[RunBeside], what: str) -> None:
        """Draw these runs' curves."""
        self._runs, self.what = runs, what
        self.repaint()

    def draw(self) -> list[Strip]:
        """Return the curves with their axes, the title above them."""
        background = self.background_colors[1].rich_color
        muted = Style(color=theme_color(self.app.theme_variables, "foreground-muted").rich_color, bgcolor=background)
        palette = colors_of(self.app)
        lines = []
        for number, run in enumerate(self._runs):
            style = Style(color=palette.pin(number).rich_color, bgcolor=background)
            lines.append(PlotLine(run.curve(self.what), style, letter(number), signed=True))
        title = Strip([Segment(f"selection accuracy by epoch: {CURVES[self.what]} (m: another)", muted)])
        drawn = [line for line in lines if line.points]
        columns, rows = self.size.width - LABEL - 1, self.size.height - 2
        if not drawn:
            return [title, Strip([Segment(" no epoch is done", muted)])]
        if columns < 10 or rows < 3:
            return [title, Strip([Segment(" not enough room", muted)])]
        epochs = max(point[0] for line in drawn for point in line.points)
        where = frame([line.points for line in drawn], epochs, columns, rows)
        letters = is_ascii(self.app)
        return [title, *draw(drawn, where, number_format.accuracy, muted, letters=letters), epoch_axis(where, muted)]
