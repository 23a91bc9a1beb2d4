"""The command ``report``: writes a run's HTML page and its figures, or those of all runs with a tag."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...core.errors import XSampleError
from ...core.exit_codes import FAILED
from ...services.run_selection import tagged_runs
from ...store.files.result_files import check_folder
from ...store.run.run_folder import RunFolder
from ..command_options import RUNS, Force, NameOrTag, RunsDir, Tags, need_name_or_tag
from ..command_registry import command
from ..console_output import error_line, narrate


@command("Evaluate and ensemble")
def report(
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            help="Folder to write to; created if missing. With --tag it gets a folder for each run.",
            metavar="FOLDER",
        ),
    ],
    name: NameOrTag = None,
    tag: Tags = None,
    k: Annotated[int, typer.Option("--k", help="Members of the blends and arms.", min=1)] = 5,
    runs_dir: RunsDir = RUNS,
    force: Force = False,
) -> None:
    """Write a run's report: one self-contained HTML page, and its figures as PNG and SVG."""
    from ...report.report_folder import write_report

    need_name_or_tag(name, tag, "reports", "reports several runs")
    folders = {name: out} if name is not None else {one: out / one for one in tagged_runs(runs_dir, tag or [])}
    check_folder("out", out)
    failed = False
    for one, folder in folders.items():
        try:
            run = RunFolder.open(runs_dir, one)
            files = write_report(run, folder, k=k, force=force, say=narrate)
        except XSampleError as error:
            if name is not None:
                raise
            failed = True
            narrate(f"error: {one}: {error_line(error)}")
            continue
        narrate(f"{files[0]} written, and {len(files) - 1} images beside it")
    if failed:
        raise typer.Exit(FAILED)
