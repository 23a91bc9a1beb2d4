"""The command ``workers``: who trains a run now, and how many are to from now on."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.count_text import counted
from ...core.errors import InputError, printable
from ...core.table_text import TextColumn
from ...store.control.heartbeat import WorkerStatus, read_heartbeat
from ...store.control.run_lock import check_held
from ...store.run.run_folder import RunFolder
from ...store.send_request import send_request
from ..command_options import RUNS, Json, RunName, RunsDir
from ..command_registry import command
from ..console_output import as_json, narrate, print_table
from .run import check_jobs

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
    check_jobs(run, jobs, None)
    if jobs is not None:
        heartbeat = read_heartbeat(run.path)
        if heartbeat is not None and heartbeat.dashboard:
            raise InputError("run", name, "trains on a cluster, which decides how many workers there are")
        send_request(
            run,
            "workers",
            "command line",
            f"resume it with: {run.shell_command('resume', '--jobs', str(jobs))}",
            jobs=jobs,
        )
        narrate(f"{name}: asked to train with {counted(jobs, 'worker')}")
        return
    check_held(run.path, f"resume it with: {run.shell_command('resume')}")
    heartbeat = read_heartbeat(run.path)
    found = sorted(heartbeat.workers, key=lambda worker: worker.slot) if heartbeat is not None else []
    if json:
        print(as_json([worker.model_dump() for worker in found]))
    elif found:
        print_table(COLUMNS, [_row(worker) for worker in found])
    else:
        narrate(f"{name}: no worker has started yet")


def _row(worker: WorkerStatus) -> tuple[str, ...]:
    rate = "" if worker.rate_now is None else f"{worker.rate_now:,.0f}"
    return printable(worker.name), printable(worker.host), worker.state, printable(worker.trial or ""), rate
