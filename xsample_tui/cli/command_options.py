"""The options that several commands share."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import Annotated

import typer

from ..core.errors import ArgumentError, InputError, check_choice
from ..core.interface_settings import ASCII, NOTIFY, WAYS
from ..core.shell_command import RUNS as RUNS
from ..sweep.finish_hook import ON_FINISH
from ..sweep.log_exports.log_kinds import LOG, LOG_KINDS, check_log


def comma_list(text: str) -> tuple[str, ...]:
    """Return the words of an option that stand with commas between them, without blanks around them."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def run_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the names of the runs there are, for the shell's completion."""
    given = [context.params.get("runs_dir") for context in (ctx, ctx.parent) if context is not None]
    folders = (Path(folder) for folder in (*given, RUNS) if folder)
    return sorted(path.parent.name for path in next(folders).glob(f"{glob.escape(incomplete)}*/spec.json"))


def need_name_or_tag(name: str | None, tags: list[str] | None, what: str, does: str) -> None:
    """Check that either a run is named or ``--tag`` is given.

    Args:
        name, tags: what was given.
        what: what is made of all runs with a tag: ``reports``.
        does: what ``--tag`` does: ``reports several runs``.

    Raises:
        InputError: both are given, or neither is.
    """
    if (name is None) != (not tags):
        return
    if name is None:
        raise InputError("run", "not given", f"name one, or give --tag for the {what} of all runs with it")
    raise ArgumentError("tag", tags[0] if tags else "", f"{does}; give it, or {name}, but not both")


def _no_file(given: Path) -> Path:
    """Refuse a runs folder that is something else: it would be listed as one without runs."""
    if given.exists() and not given.is_dir():
        raise ArgumentError("runs_dir", given, "is no folder; name the folder with the runs")
    return given


RunsDir = Annotated[Path, typer.Option("--runs-dir", help="Folder with the runs.", metavar="DIR", callback=_no_file)]
RunName = Annotated[str, typer.Argument(help="The run's name.", metavar="NAME", autocompletion=run_names)]
NameOrTag = Annotated[
    str | None,
    typer.Argument(
        help="The run's name; with --tag none.", metavar="NAME", autocompletion=run_names, show_default=False
    ),
]
RunNames = Annotated[
    list[str],
    typer.Argument(
        help="The run's name; or several, on the same data and split.", metavar="NAME...", autocompletion=run_names
    ),
]
Tags = Annotated[
    list[str] | None,
    typer.Option("--tag", help="Only runs with this tag; may be repeated.", metavar="WORD", show_default=False),
]
WindowSize = Annotated[
    str | None,
    typer.Option(
        "--window",
        help="Window size: 9, or 9x7 (HxW); else 9 for 28x28, in proportion.",
        metavar="HxW|N",
        show_default=False,
    ),
]
Size = Annotated[
    str | None,
    typer.Option(
        "--size",
        help="Resize image files: 32, or 32x24 (HxW). Else all must agree.",
        metavar="HxW|N",
        show_default=False,
    ),
]
SkipBad = Annotated[
    bool | None,
    typer.Option("--skip-bad", help="Leave out image files that cannot be read.", show_default=False),
]
LabelColumn = Annotated[
    str | None,
    typer.Option(
        "--label-column",
        help="Column of a table that holds the labels; else the one whose name says so.",
        metavar="NAME",
        show_default=False,
    ),
]
Transpose = Annotated[
    bool | None,
    typer.Option(
        "--transpose/--no-transpose",
        help="Exchange rows and columns of images in IDX files and tables, or leave them; else EMNIST's only.",
        show_default=False,
    ),
]
Headless = Annotated[bool, typer.Option("--headless", help="Run without the interface; progress goes to stderr.")]
Detach = Annotated[bool, typer.Option("--detach", help="Train in the background, without a terminal.")]
AllowDrift = Annotated[
    bool,
    typer.Option("--allow-drift", help="Resume even if packages or hardware changed. Affected results are flagged."),
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
MaxHours = Annotated[
    float | None,
    typer.Option(
        "--max-hours",
        help="Stop after this many hours, once the current epochs are saved; resume continues.",
        metavar="H",
        show_default=False,
    ),
]
Until = Annotated[
    str | None,
    typer.Option(
        "--until",
        help="Stop at this local time, once the current epochs are saved: 23:30, or '2026-12-01 07:00'.",
        metavar="HH:MM",
        show_default=False,
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only print what would be trained or predicted, and how long it takes.")
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite existing output files.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON to stdout.")]


def _use_ascii(given: bool) -> bool:
    """Put the option where the interface reads it, whichever command opens it."""
    if given:
        os.environ[ASCII] = "1"
    return given


Ascii = Annotated[
    bool,
    typer.Option("--ascii", help=f"Draw in ASCII only; or set {ASCII}=1.", callback=_use_ascii),
]


def _use_notify(given: str | None) -> str | None:
    """Put the option where the interface reads it, whichever command opens it."""
    if given is not None:
        check_choice("notify", given, WAYS)
        os.environ[NOTIFY] = given
    return given


Notify = Annotated[
    str | None,
    typer.Option(
        "--notify",
        help=f"Notify when the run ends, crashes or stalls: {', '.join(WAYS)}; or set {NOTIFY}.",
        metavar="WAY",
        callback=_use_notify,
        show_default=False,
    ),
]


def _use_log(given: str | None) -> str | None:
    """Put the option where the controller reads it, in whichever process."""
    if given is not None:
        check_log(given)
        os.environ[LOG] = given
    return given


Log = Annotated[
    str | None,
    typer.Option(
        "--log",
        help=f"Also write epochs and map for another program, into the run's folder: {', '.join(LOG_KINDS)} (needs "
        f"the extra of that name); or set {LOG}.",
        metavar="KIND",
        callback=_use_log,
        show_default=False,
    ),
]
OnFinish = Annotated[
    str,
    typer.Option(
        "--on-finish",
        help="Shell command to run when the sweep ends, fails or stalls; it receives XSAMPLE_STATE.",
        metavar="COMMAND",
        envvar=ON_FINISH,
        show_envvar=True,
        show_default=False,
    ),
]
