"""Draws a blend's accuracy and log-loss against its number of members."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from ...stacking.blending.score_by_size import SizeCurve
from ..report_findings import Findings
from .figure_style import FigureStyle, sheet
from .report_figure import ReportFigure

_LEAST_SPAN = 0.01
_NAMES = {"windows": "best k windows", "baselines": "best k seeds (whole images)"}


def report_figure(found: Findings) -> ReportFigure | None:
    """Return the image; None where there is no blend."""
    curves = {kind: curve for kind, curve in found.curves.items() if len(curve.k)}
    if "windows" not in curves or len(curves["windows"].k) < 2:
        return None
    return ReportFigure(
        stem="members",
        title="How many members a blend needs",
        caption=(
            "The mean of the best k networks' outputs. Members are chosen on other images than those they are "
            "judged on. Bands: 95 %, over images drawn again; they say nothing of what other members would give."
            + (" The dotted line is k of the blends below." if found.k <= int(curves["windows"].k[-1]) else "")
        ),
        alt=_alt(curves),
        draw=lambda look: _draw(curves, found.k, look),
    )


def _draw(curves: dict[str, SizeCurve], k: int, look: FigureStyle) -> Figure:
    figure = sheet(6.2)
    upper, lower = figure.subplots(2, 1, sharex=True)
    for number, (kind, curve) in enumerate(curves.items()):
        style = {"color": look.series[1 - number], "ls": ("-", "--")[number], "label": _NAMES[kind]}
        _line(upper, curve.k, curve.accuracy, curve.accuracy_low, curve.accuracy_high, style)
        _line(lower, curve.k, curve.log_loss, curve.log_loss_low, curve.log_loss_high, style)
    for axes, label in ((upper, "accuracy"), (lower, "log-loss (nats)")):
        axes.grid(visible=True)
        axes.set_ylabel(label)
        _widen(axes)
        if k <= int(curves["windows"].k[-1]):
            axes.axvline(k, color=look.muted, lw=1, ls=":")
    lower.set_xlabel("members, k")
    lower.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.align_ylabels()
    handles, labels = upper.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return figure


def _line(
    axes: Axes,
    k: NDArray[np.int64],
    middle: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    style: dict[str, str],
) -> None:
    axes.fill_between(k, low, high, color=style["color"], alpha=0.25, lw=0)
    axes.plot(k, middle, color=style["color"], ls=style["ls"], label=style["label"], lw=2, marker="o", ms=3)


def _widen(axes: Axes) -> None:
    """Keep equal values from being spread until their rounding shows."""
    low, high = axes.get_ylim()
    if high - low < _LEAST_SPAN:
        middle = (low + high) / 2
        axes.set_ylim(middle - _LEAST_SPAN / 2, middle + _LEAST_SPAN / 2)


def _alt(curves: dict[str, SizeCurve]) -> str:
    words = ["Accuracy and log-loss of blends against the number of members."]
    for kind, curve in curves.items():
        top = int(np.argmax(curve.accuracy))
        words.append(
            f"{_NAMES[kind].capitalize()}: accuracy {curve.accuracy[0]:.4f} with one member, highest "
            f"{curve.accuracy[top]:.4f} with {curve.k[top]}, {curve.accuracy[-1]:.4f} with all {curve.k[-1]}."
        )
    return " ".join(words)
