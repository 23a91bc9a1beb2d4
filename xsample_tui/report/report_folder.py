"""Writes the report's folder: the page, and each figure as PNG and SVG."""

from __future__ import annotations

import time
from pathlib import Path

from ..core.errors import ArgumentError
from ..stacking.pool.member_selection import PRIMARY_K
from ..store.files.result_files import check_folder, write_folder
from ..store.run.run_folder import RunFolder
from .report_findings import Say, gather

PAGE = "report.html"


def write_report(
    run: RunFolder,
    out: Path,
    *,
    k: int = PRIMARY_K,
    force: bool = False,
    say: Say = lambda line: None,
    now: float | None = None,
) -> list[Path]:
    """Write a run's report; return the files written, the page first.

    Args:
        run: the run, finished or not.
        out: the folder, made if it does not exist.
        k: members of the blends and arms.
        force: whether files of the report that are there already are overwritten; others are left alone.
        say: receives what is being done.
        now: Unix time in seconds to be named as when it was written; now if None.

    Raises:
        InputError: a file is there already, or the folder cannot be written.
    """
    check_folder("out", out)
    if (out / PAGE).exists() and not force:
        raise ArgumentError(
            "out",
            out,
            "holds a report; name another folder, or pass force=True to overwrite it",
            named=["force=True"],
        )
    found = gather(run, k, say)
    # matplotlib and jinja2 are not imported before there is something to draw.
    from .figure.figure_list import gallery
    from .figure.figure_style import DARK, LIGHT
    from .html_page import Figure, page

    say("drawing")
    figures = [Figure(p, p.render(LIGHT, "svg"), p.render(DARK, "svg")) for p in gallery(found)]
    files = {PAGE: page(found, figures, time.time() if now is None else now)}
    for figure in figures:
        files[f"{figure.drawing.stem}.svg"] = figure.light
        files[f"{figure.drawing.stem}.png"] = figure.drawing.render(LIGHT, "png")
    for name in files:
        if (out / name).exists() and not force:
            raise ArgumentError(
                "out",
                out / name,
                "exists; name another folder, or pass force=True to overwrite it",
                named=["force=True"],
            )
    # The page last: where it is, the report is whole.
    return write_folder("out", out, dict(reversed(files.items())))[::-1]
