"""Draws the learning curves: baselines, best windows and all others, epoch by epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from ...core.run_state.run_progress import TrialProgress
from ..report_findings import Findings
from .figure_style import FigureStyle, sheet
from .report_figure import ReportFigure

BEST = 3
_DASHES = ("-", "--", "-.")


def report_figure(found: Findings) -> ReportFigure | None:
    """Return the image; None where no epoch is trained."""
    begun = [entry for entry in found.progress.trials.values() if entry.history]
    if not begun:
        return None
    baselines = [entry for entry in begun if entry.trial.is_baseline]
    windows = sorted(
        (entry for entry in begun if not entry.trial.is_baseline),
        key=lambda entry: -entry.history[-1].val_accuracy,
    )
    best = windows[:BEST]
    return ReportFigure(
        stem="learning",
        title="Learning curves",
        caption=(
            f"Accuracy on the {found.images:,} images that trials are judged on, after each epoch. "
            + ("The band runs from the lowest to the highest baseline, the line is their mean. " if baselines else "")
            + ("Thin grey lines are the windows that are not named." if len(windows) > BEST else "")
        ).strip(),
        alt=_alt(baselines, windows),
        draw=lambda look: _draw(baselines, best, windows[BEST:], look),
    )


def accuracies(entry: TrialProgress) -> NDArray[np.float64]:
    """Return a trial's accuracy after each epoch, (epochs,) float64."""
    return np.array([metrics.val_accuracy for metrics in entry.history])


def _draw(
    baselines: list[TrialProgress], best: list[TrialProgress], rest: list[TrialProgress], look: FigureStyle
) -> Figure:
    figure = sheet(4.4)
    axes = figure.add_subplot()
    axes.grid(visible=True)
    lines = [np.column_stack([np.arange(1, len(e.history) + 1), accuracies(e)]) for e in rest]
    axes.add_collection(LineCollection(lines, colors=look.muted, linewidths=0.7, alpha=0.45))
    short = [line[0] for line in lines if len(line) == 1]
    if short:
        at = np.array(short)
        axes.scatter(at[:, 0], at[:, 1], s=6, color=look.muted, alpha=0.45)
    if baselines:
        most = max(len(entry.history) for entry in baselines)
        table = np.full((len(baselines), most), np.nan)
        for row, entry in zip(table, baselines, strict=True):
            row[: len(entry.history)] = accuracies(entry)
        epochs = np.arange(1, most + 1)
        noun = "baselines" if len(baselines) > 1 else "baseline"
        axes.fill_between(epochs, np.nanmin(table, 0), np.nanmax(table, 0), color=look.series[0], alpha=0.25, lw=0)
        axes.plot(
            epochs, np.nanmean(table, 0), color=look.series[0], lw=2, label=f"{len(baselines)} {noun}", **_dot(most)
        )
    for number, entry in enumerate(best):
        values = accuracies(entry)
        axes.plot(
            np.arange(1, len(values) + 1),
            values,
            color=look.series[number + 1],
            ls=_DASHES[number],
            lw=1.8,
            label=entry.trial.name,
            **_dot(len(values)),
        )
    axes.autoscale_view()
    axes.set_xlabel("epoch")
    axes.set_ylabel("accuracy")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def _dot(epochs: int) -> dict[str, Any]:
    return {"marker": "o", "ms": 4} if epochs < 3 else {}


def _alt(baselines: list[TrialProgress], windows: list[TrialProgress]) -> str:
    words = ["Learning curves."]
    if baselines:
        ends = [entry.history[-1].val_accuracy for entry in baselines]
        words.append(f"{len(ends)} baselines end between {min(ends):.4f} and {max(ends):.4f}.")
    if windows:
        ends = [entry.history[-1].val_accuracy for entry in windows]
        words.append(
            f"{len(ends)} windows end between {min(ends):.4f} and {max(ends):.4f}, the best {windows[0].trial.name}."
        )
    return " ".join(words)
