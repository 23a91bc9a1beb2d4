"""The command ``arms``: trains the missing controls of a run, and compares its blend with those of the controls."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from ...core.errors import ArgumentError
from ...core.run_state.session_limits import session_limits
from ...core.stats.effect_verdict import MARGIN
from ...services.arm_question import (
    arm_blender,
    arms_facts,
    ask_arms,
    control_kinds,
    pool_size,
    runs_to_train,
)
from ...stacking.arms.arm_blends import TITLES
from ...stacking.arms.arm_comparison import ArmStudy
from ...stacking.arms.arm_tables import arms_table, differences_table
from ...stacking.blending.prediction_export import ledger_words
from ...stacking.pool.control_runs import REPLICATES
from ...stacking.pool.model_pool import open_pool
from ...store.control_run_names import CONTROL_KINDS
from ...store.run.run_folder import RunFolder
from ...sweep.cluster.cluster_address import wanted_address
from ..command_options import (
    RUNS,
    AllowDrift,
    Cluster,
    Headless,
    Json,
    MaxHours,
    RunName,
    RunsDir,
    Until,
    comma_list,
)
from ..command_registry import command
from ..console_output import as_json, narrate, terminal_width
from ..training_to_end import train_to_end
from .stack import BlendOption, check_split, warn

_SCORES = ("arm", "title", "pool", "errors", "accuracy", "wilson", "log_loss", "seconds")
_MEMBERS = ("arm", "rule", "draws", "cochran", "disagreement", "double_fault", "oracle_error")
_DIFFERENCES = ("pair", "accuracy", "interval", "least", "mcnemar", "holm", "log_loss", "ranked")


@command("Evaluate and ensemble")
def arms(
    name: RunName,
    k: Annotated[int, typer.Option("--k", help="Members of each arm.", min=1)] = 5,
    blend: BlendOption = "mean",
    pool: Annotated[
        int | None,
        typer.Option(
            "--pool", help="Trials to choose from, for each control. Default: as many as windows.", metavar="N"
        ),
    ] = None,
    controls: Annotated[
        str, typer.Option("--controls", help=f"Controls to train: {', '.join(CONTROL_KINDS)}.", metavar="A,B,..")
    ] = ",".join(CONTROL_KINDS),
    replicates: Annotated[
        int, typer.Option("--replicates", help="Additional trainings of each of the best 2k windows.", min=0)
    ] = REPLICATES,
    train: Annotated[bool, typer.Option("--train/--no-train", help="Train missing controls first.")] = True,
    ink: Annotated[
        str | None,
        typer.Option(
            "--ink", help="Only windows whose masks remove this share of ink: '1..20 %'.", metavar="LOW..HIGH"
        ),
    ] = None,
    margin: Annotated[
        float,
        typer.Option("--margin", help="Accuracy differences up to this count as no difference.", min=0.0, max=1.0),
    ] = MARGIN,
    split: Annotated[
        str, typer.Option("--split", help="Images to score: select or test.", metavar="SPLIT")
    ] = "select",
    open_test: Annotated[
        bool, typer.Option("--open-test", help="Allow the locked test set to be read; the ledger records it.")
    ] = False,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
    headless: Headless = False,
    max_hours: MaxHours = None,
    until: Until = None,
    allow_drift: AllowDrift = False,
    cluster: Cluster = None,
) -> None:
    """Compare a blend of windows with blends of as many seeds, random masks and placebos."""
    where = wanted_address(cluster)
    limits = session_limits(max_hours, until)
    check_split(split, open_test)
    kind = arm_blender(blend, k, margin)
    wanted = control_kinds(comma_list(controls))
    share = read_ink(ink)
    run = RunFolder.open(runs_dir, name)
    count = pool_size(run, k, pool)
    if train:
        for folder, needed in runs_to_train(run, wanted, count, k=k, replicates=replicates, say=narrate):
            train_to_end(
                folder,
                "xsample-tui arms",
                needed,
                headless=headless,
                allow_drift=allow_drift,
                cluster=where,
                limits=limits,
            )
    models = open_pool(run)
    warn(models)
    study = ask_arms(
        models,
        kind,
        k,
        ink=share,
        margin=margin,
        opened_by="arms" if split == "test" else None,
        on_arm=lambda letter: narrate(f"arm {letter}: {TITLES[letter]}"),
    )
    for line in study.missing:
        narrate(line)
    if json:
        print(as_json(arms_facts(models, study, split)))
    else:
        _print(study, split)
    narrate(ledger_words(models))


def read_ink(text: str | None) -> tuple[float, float] | None:
    """Read a range of ink: ``1..20 %`` or ``0.01..0.2``, both ends included.

    Raises:
        InputError: it is none, or not within 0 to 1.
    """
    if text is None:
        return None
    match = re.fullmatch(r"\s*([0-9]*\.?[0-9]+)\s*\.\.\s*([0-9]*\.?[0-9]+)\s*(%?)\s*", text)
    if match is not None:
        low, high = (float(part) / (100 if match[3] else 1) for part in (match[1], match[2]))
        if 0 <= low <= high <= 1:
            return low, high
    raise ArgumentError("ink", text, "write the smallest and the largest share of ink, as '1..20 %'")


def _print(study: ArmStudy, split: str) -> None:
    first = study.results["A"]
    for line in study.answer:
        print(line)
    chosen = "members chosen on other folds" if split == "select" else "members chosen on select"
    print(
        f"\n{first.blend.blender.title}, k = {len(first.members)}, {first.blend.score.n:,} {split} images, {chosen}"
    )
    arms = arms_table(study.results)
    differences = differences_table(study.comparisons)
    for table, columns in ((arms, _SCORES), (arms, _MEMBERS), (differences, _DIFFERENCES)):
        for line in table.lines(columns, terminal_width()):
            print(line)
        print()
    ranks = {found.rank for found in study.comparisons}
    said = "all are exploratory" if ranks == {"exploratory"} else "the others are secondary, corrected by Holm"
    print(
        f"intervals over {study.primary.difference.over}, with the windows fixed; least: the smallest difference "
        f"that is found in 4 of 5 repetitions; {said}"
    )
