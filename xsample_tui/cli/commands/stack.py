"""The command ``stack``: blends the stored outputs of models of one or several runs and exports the predictions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...core.count_text import counted
from ...core.errors import ArgumentError
from ...core.table_text import TextColumn
from ...services.blends.made_blend import MadeBlend, curve_pool, make_blend
from ...services.exporting.model_files import ModelFile, check_model_file, export_blend
from ...services.member_rule import member_rule
from ...stacking.blending.blender_registry import BLENDERS, blender
from ...stacking.blending.prediction_export import UNSOUND, check_table, ledger_words, written
from ...stacking.pool.model_pool import POOL_KINDS, ModelPool
from ...stacking.pool.several_runs import open_runs
from ...store.run.run_folder import RunFolder
from ..command_options import RUNS, AllowDrift, Force, Headless, Json, RunNames, RunsDir, comma_list
from ..command_registry import command
from ..console_output import as_json, narrate, print_table
from ..training_to_end import check_refit_options, train_refits

if TYPE_CHECKING:
    from ...stacking.findings.class_scores import ClassScores

TopOption = Annotated[
    str | None,
    typer.Option(
        "--top", help="Members: the K best by log-loss on the selection images, or all. Default 5.", metavar="K|all"
    ),
]
MembersOption = Annotated[
    str | None,
    typer.Option(
        "--members",
        help="Members by name, separated by commas, instead of --top; of several runs: RUN/TRIAL.",
        metavar="A,B,..",
    ),
]
PoolOption = Annotated[
    str, typer.Option("--pool", help=f"What --top chooses from: {', '.join(POOL_KINDS)}.", metavar="POOL")
]
BlendOption = Annotated[
    str, typer.Option("--blend", help=f"Kind of blend: {', '.join(BLENDERS.names())}.", metavar="BLEND")
]

RefitOption = Annotated[
    bool,
    typer.Option(
        "--refit",
        help="First train the members again on train and selection images together, in NAME-refit; weights stay.",
    ),
]

TO_HELP = "raw images in, probabilities out, masks inside; loads without xsample-tui. ONNX needs the extra onnx."

MEMBERS = (
    TextColumn("member", least=12),
    TextColumn("weight", right=True, rank=1),
    TextColumn("log-loss", right=True),
    TextColumn("errors", right=True),
)
CURVE = (
    TextColumn("k", right=True),
    TextColumn("accuracy", right=True),
    TextColumn("95 % band", rank=1),
    TextColumn("log-loss", right=True),
    TextColumn("95 % band", rank=2),
)


@command("Evaluate and ensemble")
def stack(
    names: RunNames,
    top: TopOption = None,
    members: MembersOption = None,
    pool: PoolOption = "windows",
    blend: BlendOption = "mean",
    split: Annotated[
        str, typer.Option("--split", help="Images to score: select or test.", metavar="SPLIT")
    ] = "select",
    open_test: Annotated[
        bool, typer.Option("--open-test", help="Allow the locked test set to be read; the ledger records it.")
    ] = False,
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv", help="CSV to write, one row per image; FILE.json says how it was made.", metavar="FILE"
        ),
    ] = None,
    probabilities: Annotated[
        bool, typer.Option("--probabilities", help="Also write every class's probability.")
    ] = False,
    to: Annotated[
        Path | None, typer.Option("--to", help=f"The whole blend as one model: {TO_HELP}", metavar="FILE.keras|.onnx")
    ] = None,
    curve: Annotated[bool, typer.Option("--curve", help="Also print the score by ensemble size k.")] = False,
    classes: Annotated[
        bool, typer.Option("--classes", help="Also print the accuracy of each class, and which classes are confused.")
    ] = False,
    refit: RefitOption = False,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
    headless: Headless = False,
    allow_drift: AllowDrift = False,
    force: Force = False,
) -> None:
    """Blend the stored outputs of the best windows of one or several runs; nothing is trained but for --refit."""
    check_split(split, open_test)
    kind = blender(blend)
    if csv is not None:
        check_table("csv", csv, force=force)
    elif probabilities:
        raise ArgumentError("probabilities", "given", "they go into a CSV; add --csv FILE")
    check_refit_options(refit=refit, headless=headless, allow_drift=allow_drift)
    if refit and to is None:
        raise ArgumentError("refit", "given", "refitted members go into a model; add --to FILE.keras, or use predict")
    if to is not None:
        check_model_file("to", to, force=force)
    models = open_models(runs_dir, names)
    warn(models)
    rule = member_rule(models, top, read_names(members), pool)
    if curve:
        curve_pool(rule)
    made = make_blend(models, rule, kind, opened_by="stack" if split == "test" else None)
    described = made.facts() | {"command": "stack"}
    if curve:
        described["curve"] = made.curve().rows()
    if classes:
        described["by_class"] = made.by_class.facts()
    if csv is not None:
        rows = made.export_table(csv, field="csv", probabilities=probabilities, force=force, described=described)
        narrate(written(rows, csv))
    if to is not None:
        target, refits = to, None
        if refit:
            trained_by = "xsample-tui stack --refit"
            refits = train_refits(made, trained_by, headless=headless, allow_drift=allow_drift)
        write_model(lambda: export_blend(models, rule, made.fitted, target, field="to", force=force, refits=refits))
    if json:
        print(as_json(described))
    else:
        _print(made, described)
        if classes:
            _print_classes(made.by_class)
    narrate(ledger_words(models))


def check_split(split: str, open_test: bool) -> None:
    """Refuse splits that do not exist, and test without the word that opens it.

    Raises:
        InputError: as said.
    """
    if split not in ("select", "test"):
        raise ArgumentError("split", split, "choose select or test")
    if split == "test" and not open_test:
        raise ArgumentError(
            "split", "test", "the test set is locked; add --open-test to open it, which the ledger records"
        )
    if split == "select" and open_test:
        raise ArgumentError(
            "open_test", "given", "applies to the test set only; add --split test, or omit --open-test"
        )


def open_models(runs: Path, names: Sequence[str]) -> ModelPool:
    """Return the models of the runs of these names.

    Raises:
        InputError: as :func:`~xsample_tui.stacking.pool.several_runs.open_runs`; or there is no such run.
    """
    return open_runs([RunFolder.open(runs, name) for name in names])


def read_names(text: str | None) -> list[str] | None:
    """Return the names that stand in an option with commas between them; None where it is not given."""
    return None if text is None else list(comma_list(text))


def warn(models: ModelPool) -> None:
    """Print what limits a pool: damaged members, unfinished trials, an unsound protocol."""
    for problem in models.problems:
        narrate(f"warning: {problem}")
    if models.unfinished:
        narrate(f"{models.unfinished} trials are not finished and are left out")
    if models.repeated:
        narrate(f"{counted(models.repeated, 'training')} of these runs are in another of them too, and count once")
    if models.article:
        narrate(f"warning: {UNSOUND}")


def write_model(write: Callable[[], ModelFile]) -> None:
    """Write a model's file, and say what was written."""
    narrate("writing the model, and loading it again as a check ...")
    made = write()
    narrate(made.words())
    for warning in made.warnings():
        narrate(f"warning: {warning}")


def _print_classes(found: ClassScores) -> None:
    from ...stacking.findings.class_scores import COLUMNS, PAIR_COLUMNS

    print(f"by class: {found.answer()}")
    print_table(COLUMNS, [row.cells() for row in found.rows()])
    if pairs := found.pair_cells():
        print("most confused:")
        print_table(PAIR_COLUMNS, pairs)


def _print(made: MadeBlend, described: dict[str, Any]) -> None:
    result, score = made.shown, made.shown.score
    print(f"{made.title}, on {score.n:,} {result.outputs.split} images")
    print(f"accuracy {score.accuracy:.4f} ({score.errors} errors; 95 % {score.low:.4f} to {score.high:.4f})")
    print(
        f"log-loss {score.log_loss:.5f}, Brier {score.brier:.5f}, "
        f"ECE {score.ece:.5f} ({score.ece_bins} bins, n {score.n}), temperature {result.whole.temperature:.3f}"
    )
    print(
        f"every class alike: balanced accuracy {score.balanced_accuracy:.4f}, log-loss {score.balanced_log_loss:.5f}"
    )
    print_table(
        MEMBERS,
        [
            (
                member["name"],
                "" if member["weight"] is None else f"{member['weight']:.4f}",
                f"{member['select_log_loss']:.5f}",
                f"{member['select_errors']:,}",
            )
            for member in described["members"]
        ],
    )
    if "curve" in described:
        print_table(
            CURVE,
            [
                (
                    f"{row['k']:,}",
                    f"{row['accuracy']:.4f}",
                    f"{row['accuracy_low']:.4f} .. {row['accuracy_high']:.4f}",
                    f"{row['log_loss']:.5f}",
                    f"{row['log_loss_low']:.5f} .. {row['log_loss_high']:.5f}",
                )
                for row in described["curve"]
            ],
        )
