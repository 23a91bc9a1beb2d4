"""``report``: one page and its figures, for a colleague who does not have the tool."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..store.folder import RunFolder
from .command import command
from .options import RUNS, Force, RunName, RunsDir
from .output import narrate


@command("Judge and blend")
def report(
    name: RunName,
    out: Annotated[
        Path, typer.Option("--out", help="Folder to write into; made if there is none.", metavar="FOLDER")
    ],
    k: Annotated[int, typer.Option("--k", help="Members of the blends and arms.", min=1)] = 5,
    runs_dir: RunsDir = RUNS,
    force: Force = False,
) -> None:
    """Write a run's report: one self-contained HTML page, and its figures as PNG and SVG."""
    from ..report.folder import write_report

    run = RunFolder.open(runs_dir, name)
    files = write_report(run, out, k=k, force=force, tell=narrate)
    narrate(f"{files[0]} written, and {len(files) - 1} pictures beside it")
