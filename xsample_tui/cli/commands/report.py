"""The command ``report``: writes a run's HTML page and its figures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...store.run.run_folder import RunFolder
from ..command_group import command
from ..command_options import RUNS, Force, RunName, RunsDir
from ..console_output import narrate


@command("Evaluate and ensemble")
def report(
    name: RunName,
    out: Annotated[Path, typer.Option("--out", help="Folder to write to; created if missing.", metavar="FOLDER")],
    k: Annotated[int, typer.Option("--k", help="Members of the blends and arms.", min=1)] = 5,
    runs_dir: RunsDir = RUNS,
    force: Force = False,
) -> None:
    """Write a run's report: one self-contained HTML page, and its figures as PNG and SVG."""
    from ...report.report_folder import write_report

    run = RunFolder.open(runs_dir, name)
    files = write_report(run, out, k=k, force=force, tell=narrate)
    narrate(f"{files[0]} written, and {len(files) - 1} images beside it")
