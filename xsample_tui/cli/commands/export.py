"""The command ``export``: writes what a run holds for other tools."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from ...core.count_text import counted
from ...core.errors import ArgumentError
from ...services.exporting.map_files import check_map_file, export_importance, export_map
from ...services.exporting.model_files import check_model_file, export_trial
from ...services.exporting.table_files import (
    TableFormat,
    check_softmax_file,
    check_table_file,
    export_classes,
    export_history,
    export_softmax,
    export_trials,
    table_format,
)
from ...services.run_selection import tagged_runs
from ...stacking.blending.prediction_export import ledger_words
from ...stacking.pool.model_pool import open_pool
from ...stacking.pool.refit_runs import refit_of
from ...store.run.run_folder import RunFolder
from ...store.run.stored_outputs import ScoredSplit
from ..command_options import RUNS, Force, NameOrTag, RunsDir, need_name_or_tag
from ..command_registry import command
from ..console_output import narrate
from .stack import TO_HELP, check_split, warn, write_model


@command("Manage runs")
def export(
    name: NameOrTag = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="CSV to write, one row per trial.", metavar="FILE")
    ] = None,
    parquet: Annotated[
        Path | None,
        typer.Option("--parquet", help="The same as Parquet; needs the extra parquet.", metavar="FILE"),
    ] = None,
    history: Annotated[
        Path | None,
        typer.Option(
            "--history", help="One row per epoch of every trial: CSV, or Parquet by its name.", metavar="FILE"
        ),
    ] = None,
    classes: Annotated[
        Path | None,
        typer.Option("--classes", help="One row per window and class: CSV, or Parquet by its name.", metavar="FILE"),
    ] = None,
    softmax: Annotated[
        Path | None,
        typer.Option("--softmax", help="Every model's softmax outputs.", metavar="FILE.npz|.parquet"),
    ] = None,
    windows_map: Annotated[
        Path | None,
        typer.Option("--map", help="The map of windows, as in the report.", metavar="FILE.png|.svg"),
    ] = None,
    importance: Annotated[
        Path | None,
        typer.Option("--importance", help="The importance of each pixel.", metavar="FILE.png|.svg|.csv"),
    ] = None,
    split: Annotated[
        str, typer.Option("--split", help="With --softmax: images, select or test.", metavar="SPLIT")
    ] = "select",
    open_test: Annotated[
        bool, typer.Option("--open-test", help="Allow the locked test set to be read; the ledger records it.")
    ] = False,
    model: Annotated[
        str | None,
        typer.Option("--model", help="Trial whose trained network is written as one model.", metavar="TRIAL"),
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", help=f"With --model: {TO_HELP}", metavar="FILE.keras|.onnx")
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(
            "--tag",
            help="All runs with this tag, in tables whose first column is the run's name; may be repeated.",
            metavar="WORD",
            show_default=False,
        ),
    ] = None,
    runs_dir: RunsDir = RUNS,
    force: Force = False,
) -> None:
    """Write a run's trials, epochs or softmax outputs as tables, its maps, or a network as a file for Keras."""
    tables = [file for file in (csv, parquet, history, classes, softmax, windows_map, importance) if file is not None]
    if not tables and model is None and to is None:
        remedy = (
            "name what to write: --csv FILE, --parquet, --history, --classes, --softmax, --map, --importance, or "
            "--model TRIAL --to FILE.keras"
        )
        raise ArgumentError("csv", "not given", remedy)
    if (model is None) != (to is None):
        given, other = ("to", "--model TRIAL") if model is None else ("model", "--to FILE.keras")
        raise ArgumentError(given, model or to, f"add {other}")
    check_split(split, open_test)
    if split == "test" and softmax is None:
        raise ArgumentError("split", split, "only softmax outputs are of a split; add --softmax FILE")
    if len({file.absolute() for file in (*tables, *([to] if to else []))}) < len(tables) + (to is not None):
        raise ArgumentError("csv", tables[0], "two outputs have one name; give each a file of its own")
    # Refused before the run is read.
    for field, file, kind in _checked(csv, parquet, history, classes):
        check_table_file(field, file, kind, force=force)
    if softmax is not None:
        check_softmax_file("softmax", softmax, force=force)
    for field, map_file in (("map", windows_map), ("importance", importance)):
        if map_file is not None:
            check_map_file(field, map_file, table=field == "importance", force=force)
    if to is not None:
        check_model_file("to", to, force=force)
    need_name_or_tag(name, tag, "tables", "writes several runs")
    if name is None:
        single = {
            "classes": classes,
            "softmax": softmax,
            "map": windows_map,
            "importance": importance,
            "model": model,
        }
        if alone := next(((field, value) for field, value in single.items() if value is not None), None):
            raise ArgumentError(*alone, "is of one run; name it, and leave out --tag")
        runs = [RunFolder.open(runs_dir, one) for one in tagged_runs(runs_dir, tag or [])]
        _write_tables(runs, csv, parquet, history, force=force)
        return
    run = RunFolder.open(runs_dir, name)
    _write_tables(run, csv, parquet, history, force=force)
    if windows_map is not None:
        count = export_map(run, windows_map, field="map", force=force)
        narrate(f"the map of {count:,} windows written to {windows_map}")
    if importance is not None:
        count = export_importance(run, importance, field="importance", force=force)
        narrate(f"the importance of {count:,} pixels written to {importance}")
    if softmax is None and model is None and classes is None:
        return
    base = refit_of(run) if model is not None and softmax is None and classes is None else None
    models = open_pool(base or run)
    warn(models)
    if classes is not None:
        count = export_classes(models, classes, _format(classes), field="classes", force=force)
        narrate(f"{count:,} rows of windows and classes written to {classes}")
    if softmax is not None:
        which: ScoredSplit = "test" if split == "test" else "select"
        count, images = export_softmax(models, softmax, which, command="export", field="softmax", force=force)
        narrate(f"softmax outputs of {count:,} models on {images:,} {which} images written to {softmax}")
        narrate(ledger_words(models))
    if model is not None and to is not None:
        trial = model
        again = {one.name for one in run.document.trials}
        refits = None if base is None else {one.name: run for one in models.members if one.trial.name in again}
        write_model(lambda: export_trial(models, trial, to, field="to", force=force, refits=refits))


def _write_tables(
    runs: RunFolder | list[RunFolder], csv: Path | None, parquet: Path | None, history: Path | None, *, force: bool
) -> None:
    of = f" of {counted(len(runs), 'run')}" if isinstance(runs, list) else ""
    for field, file, kind in _checked(csv, parquet, history):
        if field == "history":
            narrate(f"{export_history(runs, file, kind, field=field, force=force):,} epochs{of} written to {file}")
        else:
            narrate(f"{export_trials(runs, file, kind, field=field, force=force)} trials{of} written to {file}")


def _checked(
    csv: Path | None, parquet: Path | None, history: Path | None, classes: Path | None = None
) -> Iterator[tuple[str, Path, TableFormat]]:
    """Yield the option, the file and the format of each table that is wanted."""
    if csv is not None:
        yield "csv", csv, "csv"
    if parquet is not None:
        yield "parquet", parquet, "parquet"
    if history is not None:
        yield "history", history, _format(history)
    if classes is not None:
        yield "classes", classes, _format(classes)


def _format(file: Path) -> TableFormat:
    kind = table_format(file)
    return "csv" if kind == "npz" else kind
