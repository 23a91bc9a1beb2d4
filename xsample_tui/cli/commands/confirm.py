"""The command ``confirm``: trains the best windows again and judges them on images that did not choose them."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.run_state.session_limits import session_limits
from ...core.table_text import TextColumn
from ...services.arm_question import confirmation_facts, confirmation_run
from ...stacking.blending.prediction_export import ledger_words
from ...stacking.findings.command_cost import confirmation_cost
from ...stacking.findings.confirmation import LEAST_SEEDS, Confirmation
from ...stacking.findings.confirmation import confirm as judge_confirmation
from ...stacking.pool.model_pool import open_pool
from ...store.run.run_folder import RunFolder
from ...sweep.cluster.cluster_address import wanted_address
from ...sweep.machine.training_packages import need_training_packages
from ..command_options import RUNS, AllowDrift, Cluster, DryRun, Headless, Json, MaxHours, RunName, RunsDir, Until
from ..command_registry import command
from ..console_output import as_json, narrate, number, print_table
from ..training_to_end import train_to_end
from .stack import warn

COLUMNS = (
    TextColumn("window", least=12),
    TextColumn("screened", right=True),
    TextColumn("confirmed", right=True),
    TextColumn("95 %", right=True),
    TextColumn("shrinks", right=True, rank=2),
    TextColumn("seeds", right=True, rank=4),
    TextColumn("p", right=True, rank=3),
    TextColumn("Holm", right=True, rank=1),
    TextColumn("against", rank=5),
)


@command("Evaluate and ensemble")
def confirm(
    name: RunName,
    top: Annotated[int, typer.Option("--top", help="Number of windows to confirm.", min=1)] = 3,
    seeds: Annotated[
        int, typer.Option("--seeds", help="Trainings of each with new seeds.", min=LEAST_SEEDS)
    ] = LEAST_SEEDS,
    train: Annotated[bool, typer.Option("--train/--no-train", help="Train missing trials first.")] = True,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
    headless: Headless = False,
    max_hours: MaxHours = None,
    until: Until = None,
    allow_drift: AllowDrift = False,
    cluster: Cluster = None,
    dry_run: DryRun = False,
) -> None:
    """Train the best windows again with new seeds; judge them on selection images that did not choose them."""
    where = wanted_address(cluster)
    limits = session_limits(max_hours, until)
    run = RunFolder.open(runs_dir, name)
    if train and where is None and not dry_run:
        need_training_packages()
    models = open_pool(run)
    warn(models)
    if dry_run:
        print(confirmation_cost(models, top, seeds) if train else "trains nothing: --no-train")
        return
    control_run = confirmation_run(models, top, seeds)
    if train:
        train_to_end(
            control_run,
            "xsample-tui confirm",
            headless=headless,
            allow_drift=allow_drift,
            cluster=where,
            limits=limits,
        )
    rows = judge_confirmation(models, control_run)
    if json:
        print(as_json(confirmation_facts(models, rows)))
    else:
        _print(rows, len(models.select.labels) // 2)
    narrate(ledger_words(models))
    narrate(f"shown again by: {run.shell_command('confirm', '--no-train')}")


def _print(rows: list[Confirmation], images: int) -> None:
    good = [row.window for row in rows if row.standing == "better"]
    bad = [row.window for row in rows if row.standing == "worse"]
    print(
        f"after Holm's correction better than whole images: {', '.join(good) or 'none'}; "
        f"worse: {', '.join(bad) or 'none'}"
    )
    print(
        f"gains are in images, of {images:,}; screened: on one half, against the baselines; confirmed: on the other "
        "half, over streams and images"
    )
    print_table(
        COLUMNS,
        [
            (
                row.window,
                f"{row.screened:+.1f}",
                f"{row.confirmed:+.1f}",
                f"{row.low:+.1f} to {row.high:+.1f}",
                f"{row.shrinkage:+.1f}",
                f"{row.seeds}",
                number(row.p, ".2g"),
                number(row.p_holm, ".2g"),
                row.against,
            )
            for row in rows
        ],
    )
