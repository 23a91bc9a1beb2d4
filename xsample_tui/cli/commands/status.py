"""The command ``status``: how far runs are, as text or JSON."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from ...core.duration_text import duration_range
from ...core.errors import printable
from ...core.run_state.result_rows import rows as trial_rows
from ...core.run_state.session_limits import clock_time
from ...core.shell_command import shell_command
from ...core.table_text import TextColumn
from ...services.run_selection import selected_runs, tags_of
from ...services.run_status import deadline_of, left_of, scout_of, status_facts
from ...stacking.pool.control_runs import progress_with_controls
from ...store.run.run_folder import RunFolder
from ...store.run_catalog import RunCatalog, RunSummary, entry_of, summary
from ..command_options import RUNS, Json, RunsDir, Tags
from ..command_registry import command
from ..console_output import as_json, narrate, print_table, terminal_width

RUNS_COLUMNS = (
    TextColumn("run", least=16),
    TextColumn("state"),
    TextColumn("done", right=True),
    TextColumn("failed", right=True, rank=1),
    TextColumn("best window", rank=3),
    TextColumn("gain", right=True, rank=3),
    TextColumn("tags", rank=2),
    TextColumn("created", rank=2),
)


@command("Monitor and control")
def status(
    name: Annotated[str | None, typer.Argument(help="The run's name. Default: all runs.", metavar="NAME")] = None,
    tag: Tags = None,
    archived: Annotated[bool, typer.Option("--archived", help="List archived runs too.")] = False,
    runs_dir: RunsDir = RUNS,
    json: Json = False,
) -> None:
    """Show how far a run is, or list all runs that are not archived."""
    if name is None:
        every = RunCatalog(runs_dir).summaries()
        found = selected_runs(every, tag or (), archived=archived)
        if json:
            print(as_json([status_facts(run) for run in found]))
            return
        if not every:
            narrate(f"no runs in {printable(runs_dir, 300)}; start one with: {shell_command('run', runs=runs_dir)}")
        elif tag and not selected_runs(every, tag, archived=True):
            narrate(f"no run is tagged {', '.join(tag)}; known tags: {', '.join(tags_of(every)) or 'none'}")
        elif hidden := len(selected_runs(every, tag or (), archived=True)) - len(found):
            narrate(f"{hidden} archived; list them with --archived")
        if found and terminal_width() is not None:
            _table(found)
            return
        for run in found:
            print(_sentence(run))
        return
    run = summary(RunFolder.open(runs_dir, name))
    if json:
        assert run.progress is not None
        progress = progress_with_controls(RunFolder.open(runs_dir, name), run.progress)
        print(as_json(status_facts(run) | {"trials": trial_rows(progress)}))
    else:
        print(_sentence(run))


def _table(found: list[RunSummary]) -> None:
    """Print the runs, a row each; what is wrong with one follows on a line of its own."""
    rows = []
    for run in found:
        name, created = printable(run.name), time.strftime("%Y-%m-%d %H:%M", time.localtime(run.created))
        if run.progress is None:
            rows.append((name, "cannot be read", "", "", "", "", " ".join(run.notes.tags), ""))
            continue
        counts, entry = run.progress.counts(), entry_of(run)
        window = "" if entry.window is None else entry.window[0]
        gain = "" if entry.window is None or entry.window[2] is None else f"{entry.window[2]:+.0f}"
        done = f"{counts['done']}/{len(run.progress.trials)}"
        state = f"{run.state}, archived" if run.notes.archived else run.state
        if (scout := scout_of(run)) is not None:
            state += f", {scout.words()}"
        if (until := deadline_of(run)) is not None:
            state += f" until {clock_time(until, time.time())}"
        tags = " ".join(run.notes.tags)
        rows.append((name, state, done, str(counts["failed"]), window, gain, tags, created))
    print_table(RUNS_COLUMNS, rows)
    for run in found:
        trouble = (
            [run.problem] if run.progress is None else [run.progress.doubtful, run.progress.damaged, run.problem]
        )
        if words := "; ".join(filter(None, trouble)):
            print(f"{printable(run.name)}: {words}")


def _sentence(run: RunSummary) -> str:
    name = printable(run.name)
    if run.progress is None:
        return f"{name}: cannot be read: {run.problem}"
    counts = run.progress.counts()
    parts = [f"{counts['done']} of {len(run.progress.trials)} trials done"]
    parts += [scout.words()] if (scout := scout_of(run)) is not None else []
    parts += [
        f"{counts[kind]} {kind}" for kind in ("running", "paused", "parked", "failed", "skipped") if counts[kind]
    ]
    parts += [doubtful] if (doubtful := run.progress.doubtful) else []
    parts += [damaged] if (damaged := run.progress.damaged) else []
    parts += [run.problem] if run.problem else []
    if (left := left_of(run)) is not None:
        parts.append(f"{duration_range(left.low, left.high)} left")
    if (until := deadline_of(run)) is not None:
        parts.append(f"deadline {clock_time(until, time.time())}")
    done = [e for e in run.progress.trials.values() if e.kept and e.status == "done"]
    if done:
        best = max(done, key=lambda e: e.kept.val_accuracy if e.kept else 0)
        assert best.kept is not None
        parts.append(f"best {best.trial.name} {best.kept.val_accuracy:.4f}")
    precision = run.progress.spec.training.precision
    parts += [f"computed in {precision}"] if precision != "float32" else []
    parts += [f"tags {' '.join(run.notes.tags)}"] if run.notes.tags else []
    parts += [f"note: {run.notes.note}"] if run.notes.note else []
    parts += ["archived"] if run.notes.archived else []
    if run.progress.spec.article_protocol:
        parts.append("article protocol: test set used for early stopping and selection, scores are biased upwards")
    parts.append(f"created {time.strftime('%Y-%m-%d %H:%M', time.localtime(run.created))}")
    state = f"{run.state} with failures" if run.state == "finished" and counts["failed"] else run.state
    return f"{name}: {state}: {', '.join(parts)}"
