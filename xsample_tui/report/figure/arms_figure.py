"""Draws the arms: each blend's accuracy with its interval, and the differences between them."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.textpath import TextPath

from ...stacking.arms.arm_blends import TITLES
from ..report_findings import Findings
from .figure_style import SIZE, FigureStyle, sheet
from .report_figure import ReportFigure

_LINE = 0.36


def report_figure(found: Findings) -> ReportFigure | None:
    """Return the image; None where arms were not compared."""
    if not found.arms:
        return None
    return ReportFigure(
        stem="arms",
        title="The arms, and the differences between them",
        caption=(
            "Above: accuracy of each arm's blend with Wilson's 95 % interval. Below: differences with 95 % bootstrap "
            "intervals over images and members; only A - B says whether windows help beyond what any ensemble "
            "does. An interval that touches the line at zero is not resolved."
        ),
        alt=_alt(found),
        draw=lambda look: _draw(found, look),
    )


def _draw(found: Findings, look: FigureStyle) -> Figure:
    heights = (len(found.arms), len(found.comparisons))
    figure = sheet(_LINE * sum(heights) + 1.9)
    upper, lower = figure.subplots(2, 1, height_ratios=heights)
    scores = [result.blend.score for result in found.arms.values()]
    _rows(
        upper,
        [_name(letter) for letter in found.arms],
        [score.accuracy for score in scores],
        [(score.low, score.high) for score in scores],
        [_colour(letter, look) for letter in found.arms],
    )
    upper.set_xlabel("accuracy")
    colours = {"helps": look.series[0], "hurts": look.series[1]}
    _rows(
        lower,
        [f"{compared.name}  {compared.verdict}" for compared in found.comparisons],
        [compared.difference.difference for compared in found.comparisons],
        [(compared.difference.low, compared.difference.high) for compared in found.comparisons],
        [colours.get(compared.verdict, look.muted) for compared in found.comparisons],
    )
    lower.axvline(0, color=look.ink, lw=1)
    lower.set_xlabel("difference in accuracy")
    return figure


def _colour(letter: str, look: FigureStyle) -> str:
    if letter in ("A", "A*", "A=", "C"):
        return look.series[1]
    return look.series[0] if letter in ("B", "B*", "D") else look.muted


def _name(letter: str) -> str:
    return f"{letter}  {TITLES[letter]}"


_LONGEST = max(TextPath((0, 0), _name(letter), size=SIZE).get_extents().width for letter in TITLES)


def _rows(
    axes: Axes,
    names: Sequence[str],
    middles: Sequence[float],
    ends: Sequence[tuple[float, float]],
    colours: Sequence[str],
) -> None:
    axes.grid(visible=True, axis="x")
    for row, (middle, (low, high), colour) in enumerate(zip(middles, ends, colours, strict=True)):
        axes.plot([low, high], [row, row], color=colour, lw=2, solid_capstyle="butt")
        axes.plot([middle], [row], color=colour, marker="o", ms=6)
    # Letters below one another: left-aligned, so the axis keeps off by the longest name there can be.
    axes.set_yticks(range(len(names)), names, ha="left")
    axes.tick_params(axis="y", pad=_LONGEST)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.locator_params(axis="x", nbins=6)


def _alt(found: Findings) -> str:
    arms = "; ".join(
        f"{letter} {result.blend.score.accuracy:.4f} ({result.blend.score.low:.4f} to {result.blend.score.high:.4f})"
        for letter, result in found.arms.items()
    )
    gaps = "; ".join(
        f"{c.name} {c.difference.difference:+.4f} ({c.difference.low:+.4f} to {c.difference.high:+.4f}), {c.verdict}"
        for c in found.comparisons
    )
    return f"Accuracies of the arms with 95 % intervals: {arms}. Differences: {gaps}."
