"""The command ``extend``: adds windows, baselines, epochs or replicates to a run, and trains what is new."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.run_state.session_limits import session_limits
from ...services.arm_question import trials_left
from ...services.run_control.run_additions import add_to_run
from ...store.run.run_folder import RunFolder
from ...sweep.cluster.cluster_address import wanted_address
from ...sweep.machine.training_packages import need_training_packages
from ..command_options import RUNS, AllowDrift, Cluster, Headless, MaxHours, RunName, RunsDir, Until, comma_list
from ..command_registry import command
from ..console_output import narrate
from ..terminal_check import need_terminal
from ..training_to_end import train_to_end


@command("Train")
def extend(
    name: RunName,
    stride: Annotated[
        int | None,
        typer.Option(
            "--stride", help="Add every window of the grid with this stride.", metavar="N", show_default=False
        ),
    ] = None,
    windows: Annotated[
        str | None,
        typer.Option(
            "--windows",
            help="Add these windows, at any place: names, separated by commas.",
            metavar="NAMES",
            show_default=False,
        ),
    ] = None,
    baselines: Annotated[
        int | None,
        typer.Option(
            "--baselines", help="Number of baselines that the run is to have.", metavar="N", show_default=False
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(
            "--epochs",
            help="Epochs that every trial is to have; once one has ended, needs a run made with --keep-optimizer.",
            metavar="N",
            show_default=False,
        ),
    ] = None,
    replicates: Annotated[
        int,
        typer.Option(
            "--replicates",
            help="Train every window, or those of --windows, this many more times, each with a twin.",
            metavar="N",
            min=0,
        ),
    ] = 0,
    parked: Annotated[
        bool,
        typer.Option(
            "--parked", help="Train windows that --search halving has parked on to their end; park no more."
        ),
    ] = False,
    train: Annotated[bool, typer.Option("--train/--no-train", help="Train what is new.")] = True,
    runs_dir: RunsDir = RUNS,
    headless: Headless = False,
    max_hours: MaxHours = None,
    until: Until = None,
    allow_drift: AllowDrift = False,
    cluster: Cluster = None,
) -> None:
    """Add windows, baselines or replicates to a run, and train them; what is trained stays the same, to the bit."""
    where = wanted_address(cluster)
    limits = session_limits(max_hours, until)
    run = RunFolder.open(runs_dir, name)
    if train:
        if not headless:
            need_terminal("xsample-tui extend")
        if where is None:
            need_training_packages()
    folders = add_to_run(
        run,
        stride=stride,
        windows=comma_list(windows or ""),
        baselines=baselines,
        epochs=epochs,
        replicates=replicates,
        parked=parked,
        say=narrate,
    ).folders
    for folder in folders if train else ():
        train_to_end(
            folder,
            "xsample-tui extend",
            headless=headless,
            allow_drift=allow_drift,
            cluster=where,
            limits=limits,
        )
    if not train:
        for folder in filter(trials_left, folders):
            narrate(f"train it with: {folder.shell_command('resume')}")
