"""The command ``scout``: estimates every window of a run by one network trained under all of them in turn."""

from __future__ import annotations

from concurrent.futures import wait
from typing import Annotated

import typer

from ...core.count_text import counted
from ...core.errors import ArgumentError, InputError
from ...core.scout.scout_estimate import ScoutEstimate
from ...core.scout.scout_map_text import scout_map
from ...core.scout.scout_ranking import ScoutRanking
from ...core.table_text import TextColumn
from ...stacking.findings.scout_agreement import scout_agreement
from ...store.control.run_lock import RunLock
from ...store.run.run_folder import RunFolder
from ...sweep.scout.scout_training import ScoutTraining
from ...sweep.workers.worker_slot import ProcessSlot
from ..command_options import RUNS, Json, RunName, RunsDir
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
) -> None:
    """Estimate the map in minutes: one network, trained under a random window of the run for each image."""
    run = RunFolder.open(runs_dir, name)
    if epochs is not None and not 1 <= epochs <= 100_000:
        raise ArgumentError("epochs", epochs, "choose from 1 to 100,000")
    if all(trial.is_baseline for trial in run.document.trials):
        raise InputError("run", run.name, "has no windows to estimate; name a run that has")
    estimate = _trained(run, epochs)
    ranking = scout_agreement(run)
    if json:
        facts = estimate.model_dump(mode="json") | {"rank": [estimate.rank[window] for window in estimate.windows]}
        print(as_json({"run": run.name} | facts | {"ranking": ranking.facts() if ranking is not None else None}))
        return
    _print(run, estimate, ranking)


def _trained(run: RunFolder, epochs: int | None) -> ScoutEstimate:
    """Return the run's estimate; what is missing of it is trained and evaluated first."""
    log, owner = (run.path / "logs" / "scout.log").resolve(), RunLock(run.path, narrate)
    try:
        run.make_folders()
        work = ScoutTraining(run, lambda: ProcessSlot(log, run.spec.machine), narrate, epochs=epochs)
        try:
            while not work.done:
                work.turn()
                if work.future is not None:
                    wait([work.future], timeout=1.0)
        finally:
            work.close()
    finally:
        owner.release()
    assert work.estimate is not None
    return work.estimate


def _print(run: RunFolder, estimate: ScoutEstimate, ranking: ScoutRanking | None) -> None:
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
    unmasked = dict(zip(estimate.windows, estimate.baseline.loss, strict=True)) if estimate.baseline else {}
    errors = dict(zip(estimate.windows, estimate.scout.errors, strict=True))
    first = sorted(estimate.windows, key=estimate.rank.__getitem__)[:_LISTED]
    rows = [
        (
            str(estimate.rank[window]),
            window,
            f"{estimate.loss[window]:.4f}",
            f"{errors[window]:,}",
            f"{unmasked[window]:.4f}" if window in unmasked else "",
        )
        for window in first
    ]
    print_table(COLUMNS, rows)
    if estimate.baseline is not None:
        print(f"baseline's: the log-loss of {estimate.baseline.trained}, which never saw a mask")
    if ranking is not None:
        print(ranking.sentence())
