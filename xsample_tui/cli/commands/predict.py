"""The command ``predict``: labels new images with a blend, in the format of Kaggle's Digit Recognizer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...core.data.image_shifts import shifts
from ...core.errors import InputError, check_choice, printable
from ...datasets.unlabelled_images import NewImages, load_unlabelled
from ...services.member_rule import member_rule
from ...services.new_image_labels import (
    FORMATS,
    kaggle_warnings,
    predict_images,
    prediction_table,
    source_sha256,
)
from ...stacking.blending.blend import blend_select
from ...stacking.blending.blender_registry import blender
from ...stacking.blending.prediction_export import check_table, facts, ledger_words, refit_facts, write_table, written
from ...stacking.findings.command_cost import prediction_cost
from ...stacking.pool.model_pool import ModelPool
from ...sweep.machine.training_packages import need_training_packages
from ..command_options import RUNS, AllowDrift, DryRun, Force, Headless, RunNames, RunsDir
from ..command_registry import command
from ..console_output import narrate
from ..training_to_end import check_refit_options, train_refits
from .stack import BlendOption, MembersOption, PoolOption, RefitOption, TopOption, open_models, read_names, warn


@command("Evaluate and ensemble")
def predict(
    names: RunNames,
    images: Annotated[
        Path,
        typer.Option(
            "--input",
            help="Images: a .csv of pixels or of image files, an .npz, or a folder of images.",
            metavar="FILE|FOLDER",
        ),
    ],
    csv: Annotated[
        Path,
        typer.Option(
            "--csv", help="CSV to write, one row per image; FILE.json says how it was made.", metavar="FILE"
        ),
    ],
    layout: Annotated[
        str,
        typer.Option(
            "--format",
            help="kaggle: ImageId from 1, Label. plain: image from 0, predicted, p0, p1, ... Ids are kept.",
            metavar="FORMAT",
        ),
    ] = "kaggle",
    shift: Annotated[
        int,
        typer.Option(
            "--shift",
            help="Average over the image and copies moved by up to N pixels: (2N+1)² predictions of each.",
            metavar="N",
            show_default=False,
        ),
    ] = 0,
    refit: RefitOption = False,
    top: TopOption = None,
    members: MembersOption = None,
    pool: PoolOption = "windows",
    blend: BlendOption = "mean",
    runs_dir: RunsDir = RUNS,
    headless: Headless = False,
    allow_drift: AllowDrift = False,
    force: Force = False,
    dry_run: DryRun = False,
) -> None:
    """Label new images with a blend of models of one or several runs, each under its own mask."""
    check_choice("format", layout, FORMATS)
    shifts(shift)
    check_refit_options(refit=refit, headless=headless, allow_drift=allow_drift)
    check_table("csv", csv, force=force)
    # Before anything is read: without them nothing can be predicted.
    need_training_packages()
    kind = blender(blend)
    models = open_models(runs_dir, names)
    warn(models)
    new = _read(images, models)
    found = new.images
    for note in new.notes:
        narrate(printable(note, 300))
    rule = member_rule(models, top, read_names(members), pool)
    fitted = blend_select(models.select, rule, kind, models.run.spec.seed)
    if layout == "kaggle":
        for warning in kaggle_warnings(models, len(found), named=bool(new.ids)):
            narrate(f"warning: {warning}")
    if dry_run:
        blended = [models.members[index] for index in fitted.whole.members]
        print(prediction_cost(models, blended, len(found), shift, refit=refit))
        return
    refits = None
    if refit:
        command_of = "xsample-tui predict --refit"
        refits = train_refits(models, fitted, command_of, headless=headless, allow_drift=allow_drift)
    if shift:
        narrate("note: the effect of --shift was not measured on the selection images")
    probabilities = predict_images(
        models, fitted, found, lambda member: narrate(f"{member}: {len(found)} images"), shift, refits
    )
    data = prediction_table(probabilities, layout, models.run.document.class_names, new.ids, new.id_name)
    described = facts(models, rule, fitted) | {
        "command": "predict",
        "shift": shift,
        "refit": None if refits is None else refit_facts(models, refits),
        "input": {"file": images.name, "pictures": len(found), "sha256": source_sha256(images)},
    }
    write_table("csv", csv, data, described, rows=len(found), format=layout)
    narrate(f"{written(len(found), csv, 'labels')}; {ledger_words(models)}")


def _read(path: Path, models: ModelPool) -> NewImages:
    try:
        return load_unlabelled(path, models.run.dataset, models.run.spec.reading)
    except InputError as error:
        # The readers are those of `run`, whose option has another name.
        raise error.renamed(data="input") from error
