"""The colours and fonts of the figures: light and dark, safe for colour-blind readers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from ...core.color_luminance import luminance

WIDTH = 6.6
SIZE = 10.5


@dataclass(frozen=True)
class FigureStyle:
    """One set of colours.

    Attributes:
        name: ``light`` or ``dark``.
        paper, ink, muted, rule: background, text, second text, grid lines.
        better, worse: from next to the baseline to far from it.
        noise: within noise, or not distinguishable from it.
        series: for lines, which differ in dashes and markers as well.
    """

    name: str
    paper: str
    ink: str
    muted: str
    rule: str
    better: tuple[str, str]
    worse: tuple[str, str]
    noise: str
    series: tuple[str, ...]

    @property
    def gains(self) -> LinearSegmentedColormap:
        """From far worse over the baseline, which alone is grey, to far better."""
        ends = [self.worse[1], self.worse[0], self.noise, self.better[0], self.better[1]]
        stops = [0.0, 0.499, 0.5, 0.501, 1.0]
        return LinearSegmentedColormap.from_list("gains", list(zip(stops, ends, strict=True)), N=1001)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Draw in these colours."""
        with mpl.rc_context():
            # Whatever the user has set for other drawings does not count here.
            mpl.rcdefaults()
            mpl.rcParams.update(self._parameters())
            yield

    def _parameters(self) -> Any:
        return {
            "font.size": SIZE,
            "axes.titlesize": SIZE + 0.5,
            "axes.titlelocation": "left",
            "axes.labelsize": SIZE,
            "xtick.labelsize": SIZE - 1,
            "ytick.labelsize": SIZE - 1,
            "legend.fontsize": SIZE - 1,
            "legend.frameon": False,
            "figure.facecolor": self.paper,
            "savefig.facecolor": self.paper,
            "axes.facecolor": self.paper,
            "axes.edgecolor": self.muted,
            "axes.labelcolor": self.ink,
            "axes.titlecolor": self.ink,
            "text.color": self.ink,
            "xtick.color": self.ink,
            "ytick.color": self.ink,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": False,
            "grid.color": self.rule,
            "grid.linewidth": 0.7,
            "axes.axisbelow": True,
            "hatch.color": self.muted,
            "hatch.linewidth": 0.6,
            # Letters as outlines: a reader's fonts would be wider or narrower than those laid out with.
            "svg.fonttype": "path",
            "svg.hashsalt": "xsample-tui",
        }


LIGHT = FigureStyle(
    name="light",
    paper="#ffffff",
    ink="#1b232d",
    muted="#566474",
    rule="#dde3ea",
    better=("#c5ddf3", "#0b62b8"),
    worse=("#f7dcb9", "#b35900"),
    noise="#c6ccd4",
    series=("#0b62b8", "#b35900", "#08694f", "#8b2f8b", "#566474"),
)
DARK = FigureStyle(
    name="dark",
    paper="#151b24",
    ink="#e3e9f1",
    muted="#9aa7b7",
    rule="#2b3544",
    better=("#2a4a6b", "#6cc3ff"),
    worse=("#66431d", "#ffa83d"),
    noise="#4a5360",
    series=("#6cc3ff", "#ffa83d", "#56c2a3", "#e08be0", "#9aa7b7"),
)
LOOKS = (LIGHT, DARK)


def sheet(height: float) -> Figure:
    """Return an empty figure of the report's width, ``height`` inches high, that leaves room for all its text."""
    return Figure(figsize=(WIDTH, height), layout="constrained")


def readable_on(color: tuple[float, ...]) -> str:
    """Return black or white, whichever reads better on a colour given as red, green, blue in 0..1."""
    # At this luminance both have the same contrast.
    return "#000000" if luminance(color[:3]) > 0.179 else "#ffffff"
