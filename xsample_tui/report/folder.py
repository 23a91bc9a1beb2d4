"""The report's folder: the page, and each figure as PNG and SVG."""

from __future__ import annotations

import time
from pathlib import Path

from ..core.errors import InputError
from ..stacking.rule import PRIMARY_K
from ..store.folder import RunFolder
from ..store.result_files import check_folder, write_folder
from .findings import Tell, gather

PAGE = "report.html"


def write_report(
    run: RunFolder,
    out: Path,
    *,
    k: int = PRIMARY_K,
    force: bool = False,
    tell: Tell = lambda line: None,
    now: float | None = None,
) -> list[Path]:
    """Write a run's report; return the files written, the page first.

    Args:
        run: the run, finished or not.
        out: the folder, made if it does not exist.
        k: members of the blends and arms.
        force: whether files of the report that are there already are overwritten; others are left alone.
        tell: is told what is being done.
        now: Unix time in seconds to be named as when it was written; now if None.

    Raises:
        InputError: a file is there already, or the folder cannot be written.
    """
    check_folder("--out", out)
    if (out / PAGE).exists() and not force:
        raise InputError("--out", out, "holds a report; name another folder, or pass --force to overwrite it")
    found = gather(run, k, tell)
    # matplotlib and jinja2 are not imported before there is something to draw.
    from .figure.gallery import gallery
    from .figure.look import DARK, LIGHT
    from .page import Figure, page

    tell("drawing")
    figures = [Figure(p, p.render(LIGHT, "svg"), p.render(DARK, "svg")) for p in gallery(found)]
    files = {PAGE: page(found, figures, time.time() if now is None else now)}
    for figure in figures:
        files[f"{figure.picture.stem}.svg"] = figure.light
        files[f"{figure.picture.stem}.png"] = figure.picture.render(LIGHT, "png")
    for name in files:
        if (out / name).exists() and not force:
            raise InputError("--out", out / name, "exists; name another folder, or pass --force to overwrite it")
    # The page last: where it is, the report is whole.
    return write_folder("--out", out, dict(reversed(files.items())))[::-1]
