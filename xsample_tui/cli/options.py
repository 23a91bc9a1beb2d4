"""Options that several commands have."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import Annotated

import typer

from ..core.errors import InputError
from ..sweep.guard import ON_FINISH


def run_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the names of the runs there are, for the shell's completion."""
    given = [context.params.get("runs_dir") for context in (ctx, ctx.parent) if context is not None]
    folders = (Path(folder) for folder in (*given, RUNS) if folder)
    return sorted(path.parent.name for path in next(folders).glob(f"{glob.escape(incomplete)}*/spec.json"))


RunsDir = Annotated[Path, typer.Option("--runs-dir", help="Folder that holds the runs.", metavar="DIR")]
RunName = Annotated[str, typer.Argument(help="The run's name.", metavar="NAME", autocompletion=run_names)]
Headless = Annotated[bool, typer.Option("--headless", help="Run without the interface; progress goes to stderr.")]
Detach = Annotated[bool, typer.Option("--detach", help="Train in the background, without a terminal.")]
AllowDrift = Annotated[
    bool, typer.Option("--allow-drift", help="Go on although packages or machine have changed; marks later results.")
]
Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        help="Train on a Dask cluster: local:N, tcp://HOST:PORT, tls://HOST:PORT, slurm, pbs or kubernetes.",
        metavar="WHERE",
        show_default=False,
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite an output file that exists.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON to stdout.")]
ASCII_VARIABLE = "XSAMPLE_TUI_ASCII"


def _use_ascii(given: bool) -> bool:
    """Leave the wish where the interface looks for it, whichever command opens it."""
    if given:
        os.environ[ASCII_VARIABLE] = "1"
    return given


Ascii = Annotated[
    bool,
    typer.Option("--ascii", help=f"Draw in ASCII only; {ASCII_VARIABLE}=1 does the same.", callback=_use_ascii),
]
NOTIFY_VARIABLE = "XSAMPLE_NOTIFY"
NOTIFY_WAYS = ("auto", "osc9", "osc777", "bell", "off")


def _use_notify(given: str | None) -> str | None:
    """Leave the wish where the interface looks for it, whichever command opens it."""
    if given is not None:
        if given not in NOTIFY_WAYS:
            raise InputError("--notify", given, f"choose one of {', '.join(NOTIFY_WAYS)}")
        os.environ[NOTIFY_VARIABLE] = given
    return given


Notify = Annotated[
    str | None,
    typer.Option(
        "--notify",
        help=f"How the terminal tells of an end, crash or stall: {', '.join(NOTIFY_WAYS)}; or {NOTIFY_VARIABLE}.",
        metavar="WAY",
        callback=_use_notify,
        show_default=False,
    ),
]
OnFinish = Annotated[
    str,
    typer.Option(
        "--on-finish",
        help="Shell command for the sweep's end, failure or stall; see XSAMPLE_STATE in its environment.",
        metavar="COMMAND",
        envvar=ON_FINISH,
        show_envvar=True,
        show_default=False,
    ),
]
RUNS = Path("runs")
