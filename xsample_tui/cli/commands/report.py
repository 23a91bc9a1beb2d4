"""The command ``report``: writes a run's HTML page and its figures, or those of all runs with a tag."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...core.errors import ArgumentError, InputError, XSampleError
from ...core.exit_codes import FAILED
from ...services.run_selection import tagged_runs
from ...store.files.result_files import check_folder
from ...store.run.run_folder import RunFolder
from ..command_group import command
from ..command_options import RUNS, Force, RunsDir, Tags, run_names
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
    name: Annotated[
        str | None,
        typer.Argument(
            help="The run's name; with --tag none.", metavar="NAME", autocompletion=run_names, show_default=False
        ),
    ] = None,
    tag: Tags = None,
    k: Annotated[int, typer.Option("--k", help="Members of the blends and arms.", min=1)] = 5,
    runs_dir: RunsDir = RUNS,
    force: Force = False,
) -> None:
    """Write a run's report: one self-contained HTML page, and its figures as PNG and SVG."""
    from ...report.report_folder import write_report

    if (name is None) == (not tag):
        if name is None:
            raise InputError("run", "not given", "name one, or give --tag for the reports of all runs with it")
        raise ArgumentError("tag", tag[0] if tag else "", f"reports several runs; give it, or {name}, but not both")
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
