"""``status`` and ``export``: what is known of a run, for people and for machines."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from ..core.errors import printable
from ..core.eta import estimate, fraction_done
from ..core.results import frame, rows
from ..stacking.companion import progress_with_controls
from ..store.catalog import Catalog, RunSummary, summary
from ..store.folder import RunFolder
from ..store.result_files import check_results, write_results
from .command import command
from .options import RUNS, Force, Json, RunName, RunsDir
from .output import as_json, narrate


@command("Watch and steer")
def status(
    name: Annotated[str | None, typer.Argument(help="The run's name; all runs without it.", metavar="NAME")] = None,
    runs_dir: RunsDir = RUNS,
    json: Json = False,
) -> None:
    """Say how far a run is, or list all runs."""
    if name is None:
        found = Catalog(runs_dir).summaries()
        if json:
            print(as_json([_facts(run) for run in found]))
            return
        if not found:
            narrate(f"no runs in {runs_dir}; begin one with: xsample-tui run")
        for run in found:
            print(_sentence(run))
        return
    run = summary(RunFolder.open(runs_dir, name))
    if json:
        assert run.progress is not None
        progress = progress_with_controls(RunFolder.open(runs_dir, name), run.progress)
        print(as_json(_facts(run) | {"trials": rows(progress)}))
    else:
        print(_sentence(run))


@command("Runs and files")
def export(
    name: RunName,
    csv: Annotated[Path, typer.Option("--csv", help="File to write: a row a trial.", metavar="FILE")],
    runs_dir: RunsDir = RUNS,
    force: Force = False,
) -> None:
    """Write a run's trials as CSV."""
    check_results("--csv", [csv], force=force)
    run = RunFolder.open(runs_dir, name)
    table = rows(progress_with_controls(run))
    write_results("--csv", {csv: frame(table).to_csv(index=False).encode()})
    narrate(f"{len(table)} trials written to {csv}")


def _facts(run: RunSummary) -> dict[str, Any]:
    facts: dict[str, Any] = {"name": printable(run.name), "state": run.state, "created": run.created}
    if run.progress is None:
        return facts | {"problem": run.problem}
    workers = run.pulse.workers if run.pulse and run.state in ("running", "pausing", "paused", "stopping") else ()
    left = estimate(run.progress, len(workers))
    return facts | {
        "preset": run.progress.spec.preset,
        "protocol": "article" if run.progress.spec.article_protocol else "honest",
        "data": printable(run.progress.spec.source),
        "seed": run.progress.spec.seed,
        "fraction_done": fraction_done(run.progress),
        "counts": run.progress.counts(),
        "unreadable": run.progress.doubts,
        "problem": run.problem or None,
        "active_seconds": run.pulse.active if run.pulse else 0.0,
        "seconds_left": left.middle if left else None,
        "workers": [worker.model_dump() for worker in workers],
        "dashboard": run.pulse.dashboard if run.pulse and workers else None,
        "heartbeat": run.pulse.at if run.pulse else None,
    }


def _sentence(run: RunSummary) -> str:
    name = printable(run.name)
    if run.progress is None:
        return f"{name}: cannot be read: {run.problem}"
    counts = run.progress.counts()
    parts = [f"{counts['done']} of {len(run.progress.trials)} trials done"]
    parts += [f"{counts[kind]} {kind}" for kind in ("running", "paused", "failed", "skipped") if counts[kind]]
    parts += [doubtful] if (doubtful := run.progress.doubtful) else []
    parts += [run.problem] if run.problem else []
    done = [e for e in run.progress.trials.values() if e.kept and e.status == "done"]
    if done:
        best = max(done, key=lambda e: e.kept.val_accuracy if e.kept else 0)
        assert best.kept is not None
        parts.append(f"best {best.trial.name} {best.kept.val_accuracy:.4f}")
    if run.progress.spec.article_protocol:
        parts.append("article protocol: test data stop and select, scores are too good")
    parts.append(f"created {time.strftime('%Y-%m-%d %H:%M', time.localtime(run.created))}")
    return f"{name}: {run.state}: {', '.join(parts)}"
