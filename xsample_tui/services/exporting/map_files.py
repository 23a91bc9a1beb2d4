"""Writes a run's two maps to files: the windows as an image, the importance of pixels as an image or a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from ...core.errors import ArgumentError
from ...core.maps.pixel_importance import ImportanceMap, covers, mean_effect
from ...report.report_findings import Findings
from ...stacking.findings.window_judgement import judge
from ...stacking.pool.model_pool import open_pool
from ...store.files.result_files import check_results, write_results
from ...store.run.run_folder import RunFolder
from ...store.run_catalog import summary

if TYPE_CHECKING:
    from ...report.figure.report_figure import ReportFigure

MapFormat = Literal["svg", "png", "csv"]
_FORMATS: dict[str, MapFormat] = {".png": "png", ".svg": "svg", ".csv": "csv"}


def check_map_file(field: str, path: Path, *, table: bool, force: bool) -> MapFormat:
    """Refuse, before anything is read, a map's file that could not be written; return its format.

    Args:
        field: what errors name, the argument that gave the path.
        path: the file.
        table: whether it may be a CSV.
        force: whether a file that is there is overwritten.

    Raises:
        InputError: its name ends in no format that it may have, it is there, or it cannot be written.
    """
    known = _FORMATS if table else {ending: form for ending, form in _FORMATS.items() if form != "csv"}
    kind = known.get(path.suffix.lower())
    if kind is None:
        *most, last = known
        raise ArgumentError(field, path, f"end its name in {', '.join(most)} or {last}")
    check_results(field, [path], force=force)
    return kind


def export_map(run: RunFolder, path: Path, *, field: str, force: bool) -> int:
    """Write the map of windows as the report draws it, PNG or SVG; return how many windows are judged.

    Args:
        run: the run.
        path, field, force: as of :func:`check_map_file`.

    Raises:
        InputError: as :func:`check_map_file`, or no window or no baseline is finished.
    """
    kind = check_map_file(field, path, table=False, force=force)
    found = _judged(run)
    # matplotlib is not imported before there is something to draw.
    from ...report.figure.heatmap_figure import report_figure

    write_results(field, {path: _drawn(report_figure(found), kind)})
    return len(found.judged)


def export_importance(run: RunFolder, path: Path, *, field: str, force: bool) -> int:
    """Write the importance of each pixel: PNG or SVG as the report draws it, or CSV; return how many pixels have one.

    The CSV has a row a pixel: ``row``, ``col``, ``gain``, the mean gain in images of the windows that cover it, empty
    where none does, and ``windows``, how many do.

    Args:
        run, path, field, force: as of :func:`export_map`.

    Raises:
        InputError: as :func:`export_map`.
    """
    kind = check_map_file(field, path, table=True, force=force)
    found = _judged(run)
    effects = _importance(found)
    if kind == "csv":
        lines = ["row,col,gain,windows"]
        for (row, col), gain in np.ndenumerate(effects.mean):
            lines.append(f"{row},{col},{'' if np.isnan(gain) else repr(float(gain))},{effects.count[row, col]}")
        data = ("\n".join(lines) + "\n").encode()
    else:
        from ...report.figure.importance_figure import report_figure

        data = _drawn(report_figure(found), kind)
    write_results(field, {path: data})
    return int((effects.count > 0).sum())


def pixel_importance(run: RunFolder) -> ImportanceMap:
    """Return the mean gain in images of the windows that cover each pixel.

    Raises:
        InputError: no window or no baseline is finished.
    """
    return _importance(_judged(run))


def _importance(found: Findings) -> ImportanceMap:
    run = found.run
    covered = covers(run.spec.windows.mask, np.stack([run.plan.mask(name) for name in found.judged]))
    return mean_effect(covered, [window.gain for window in found.judged.values()])


def _judged(run: RunFolder) -> Findings:
    found = Findings(run, summary(run), 1)
    found.models = open_pool(run)
    found.judgement = judge(found.models)
    return found


def _drawn(figure: ReportFigure | None, kind: MapFormat) -> bytes:
    # A judgement has windows, and so both figures.
    assert figure is not None
    assert kind != "csv"
    from ...report.figure.figure_style import LIGHT

    return figure.render(LIGHT, kind)
