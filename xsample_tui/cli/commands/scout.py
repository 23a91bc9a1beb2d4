"""The command ``scout``: estimates every window of a run by one network trained under all of them in turn."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.count_text import counted
from ...core.scout.scout_map_text import scout_map
from ...core.table_text import TextColumn
from ...services.run_control.scout_run import ScoutAnswer, scout_run
from ...store.run.run_folder import RunFolder
from ...sweep.cluster.cluster_address import wanted_address
from ..command_options import RUNS, Cluster, Json, RunName, RunsDir
from ..command_registry import command
from ..console_output import as_json, narrate, print_table

COLUMNS = (
    TextColumn("rank", right=True),
    TextColumn("window", least=12),
    TextColumn("log-loss", right=True),
    TextColumn("errors", right=True, rank=1),
    TextColumn("baseline's", right=True, rank=2),
)
# The best windows that are listed; --json has all.
_LISTED = 10


@command("Train")
def scout(
    name: RunName,
    epochs: Annotated[
        int | None,
        typer.Option(
            "--epochs", help="Epochs of the scout. Default: as many as a window.", metavar="N", show_default=False
        ),
    ] = None,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
    cluster: Cluster = None,
) -> None:
    """Estimate the map in minutes: one network, trained under a random window of the run for each image."""
    where = wanted_address(cluster)
    found = scout_run(RunFolder.open(runs_dir, name), epochs, where, say=narrate)
    if json:
        print(as_json(found.facts()))
    else:
        _print(found)


def _print(found: ScoutAnswer) -> None:
    run, estimate = found.run, found.estimate
    print(
        f"{run.name}: an estimate, not results: one network, {counted(estimate.epochs, 'epoch')} under all "
        f"{counted(len(estimate.windows), 'window')} in turn, evaluated on {counted(estimate.images, 'train image')}"
    )
    places = {
        trial.name: (trial.row, trial.col)
        for trial in run.document.trials
        if trial.row is not None and trial.col is not None
    }
    for line in scout_map(places, estimate.rank):
        print(line)
    print("9: the least log-loss, 0: the most; rows and columns in pixels")
    rows = [
        (
            str(row["rank"]),
            row["window"],
            f"{row['log_loss']:.4f}",
            f"{row['errors']:,}",
            "" if row["baseline_log_loss"] is None else f"{row['baseline_log_loss']:.4f}",
        )
        for row in found.rows()[:_LISTED]
    ]
    print_table(COLUMNS, rows)
    if estimate.baseline is not None:
        print(f"baseline's: the log-loss of {estimate.baseline.trained}, which never saw a mask")
    if found.ranking is not None:
        print(found.ranking.sentence())
