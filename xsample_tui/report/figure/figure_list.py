"""The figures of a run's report, in their order."""

from __future__ import annotations

from ..report_findings import Findings
from . import (
    arms_figure,
    class_figure,
    heatmap_figure,
    importance_figure,
    inputs_figure,
    learning_figure,
    size_figure,
)
from .report_figure import ReportFigure

_MAKERS = (
    inputs_figure.report_figure,
    heatmap_figure.report_figure,
    heatmap_figure.smoothed_figure,
    class_figure.report_figure,
    importance_figure.report_figure,
    learning_figure.report_figure,
    size_figure.report_figure,
    arms_figure.report_figure,
)


def gallery(found: Findings) -> list[ReportFigure]:
    """Return the images that can be drawn."""
    made = (make(found) for make in _MAKERS)
    return [figure for figure in made if figure is not None]
