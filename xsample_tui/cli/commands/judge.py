"""The command ``judge``: tests a run's windows against the baselines."""

from __future__ import annotations

import math
from typing import Annotated

import typer

from ...core.stats.significance import WORDS
from ...core.table_text import TextColumn
from ...services.run_judgement import judge_run
from ...stacking.blending.prediction_export import ledger_words
from ...stacking.findings.window_classes import COLUMNS as CLASS_COLUMNS
from ...stacking.findings.window_classes import WindowClasses, window_classes
from ...stacking.findings.window_judgement import Judgement, sentences
from ...stacking.pool.model_pool import open_pool
from ...store.run.run_folder import RunFolder
from ..command_options import RUNS, Json, RunName, RunsDir
from ..command_registry import command
from ..console_output import as_json, narrate, number, print_table
from .stack import warn

COLUMNS = (
    TextColumn("window", least=12),
    TextColumn("errors", right=True),
    TextColumn("gain", right=True),
    TextColumn("95 %", rank=1),
    TextColumn("p", right=True, rank=5),
    TextColumn("McNemar", right=True, rank=4),
    TextColumn("Holm", right=True, rank=2),
    TextColumn("twin", right=True, rank=3),
    TextColumn("standing"),
)


@command("Evaluate and ensemble")
def judge(
    name: RunName,
    classes: Annotated[
        bool, typer.Option("--classes", help="Also test the windows by class: which window does each class need?")
    ] = False,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Test each window against the baselines: noise, corrections for many windows, chance, verdict."""
    run = RunFolder.open(runs_dir, name)
    models = open_pool(run)
    warn(models)
    found = judge_run(models)
    by_class = window_classes(models) if classes else None
    if json:
        print(as_json(found.facts() | ({} if by_class is None else {"by_class": by_class.facts()})))
    else:
        for line in sentences(found.judgement):
            print(line)
        if found.smooth is not None:
            print(found.smooth.sentence())
        if found.ranking is not None:
            print(found.ranking.sentence())
        _table(found.judgement)
        for claim in found.claims or []:
            print(f"{claim['about']}\n  article: {claim['article']}\n  run:     {claim['run']}")
        if by_class is not None:
            _by_class(by_class)
    narrate(ledger_words(models))


def _by_class(found: WindowClasses) -> None:
    for line in found.sentences():
        print(line)
    print_table(CLASS_COLUMNS, found.cells())
    print("gains in images of the class, on the baselines' mean; * significant; least found: in 4 of 5 such sweeps")


def _table(judgement: Judgement) -> None:
    rows = [
        (
            row.name,
            f"{row.errors:,}",
            f"{row.gain:+.1f}",
            "" if math.isnan(row.low) else f"{row.low:+.1f} .. {row.high:+.1f}",
            number(row.p, ".2g"),
            number(row.mcnemar_p, ".2g"),
            number(row.p_holm, ".2g"),
            "" if row.paired_gain is None else f"{row.paired_gain:+d}",
            WORDS[row.standing],
        )
        for row in judgement.windows
    ]
    print_table(COLUMNS, rows)
    print("gain: on the baselines' mean; twin: on the whole-image network of the same stream, in images")
