"""The command ``workers``: who trains a run now, and how many are to from now on."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.count_text import counted
from ...core.errors import printable
from ...core.table_text import TextColumn
from ...services.run_control.worker_count import ask_for_workers, workers_now
from ...store.control.heartbeat import WorkerStatus
from ...store.run.run_folder import RunFolder
from ..command_options import RUNS, Json, RunName, RunsDir
from ..command_registry import command
from ..console_output import as_json, narrate, print_table

COLUMNS = (
    TextColumn("worker", least=12),
    TextColumn("host", rank=2),
    TextColumn("state"),
    TextColumn("trial", least=12, rank=1),
    TextColumn("images/s", right=True),
)


@command("Monitor and control")
def workers(
    name: RunName,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", help="Number of workers to train with from now on.", metavar="N", show_default=False),
    ] = None,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Show the workers of a sweep, or add and remove some while it trains."""
    run = RunFolder.open(runs_dir, name)
    if jobs is not None:
        again = f"resume it with: {run.shell_command('resume', '--jobs', str(jobs))}"
        ask_for_workers(run, jobs, "command line", again)
        narrate(f"{name}: asked to train with {counted(jobs, 'worker')}")
        return
    found = workers_now(run, f"resume it with: {run.shell_command('resume')}")
    if json:
        print(as_json([worker.model_dump() for worker in found]))
    elif found:
        print_table(COLUMNS, [_row(worker) for worker in found])
    else:
        narrate(f"{name}: no worker has started yet")


def _row(worker: WorkerStatus) -> tuple[str, ...]:
    rate = "" if worker.rate_now is None else f"{worker.rate_now:,.0f}"
    return printable(worker.name), printable(worker.host), worker.state, printable(worker.trial or ""), rate
