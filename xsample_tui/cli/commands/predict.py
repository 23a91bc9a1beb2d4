"""The command ``predict``: labels new images with a blend, in the format of Kaggle's Digit Recognizer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...core.data.image_shifts import shifts
from ...core.errors import InputError, check_choice, printable
from ...datasets.unlabelled_images import NewImages, load_unlabelled
from ...services.blends.made_blend import make_blend
from ...services.member_rule import member_rule
from ...services.new_image_labels import FORMATS, kaggle_warnings
from ...stacking.blending.blender_registry import blender
from ...stacking.blending.prediction_export import check_table, ledger_words, written
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
    made = make_blend(models, rule, kind)
    if layout == "kaggle":
        for warning in kaggle_warnings(models, len(found), named=bool(new.ids)):
            narrate(f"warning: {warning}")
    if dry_run:
        print(prediction_cost(models, made.members, len(found), shift, refit=refit))
        return
    refits = None
    if refit:
        command_of = "xsample-tui predict --refit"
        refits = train_refits(made, command_of, headless=headless, allow_drift=allow_drift)
    if shift:
        narrate("note: the effect of --shift was not measured on the selection images")
    made.export_labels(
        csv,
        new,
        field="csv",
        layout=layout,
        force=force,
        shift=shift,
        refits=refits,
        source=images,
        on_member=lambda member: narrate(f"{member}: {len(found)} images"),
    )
    narrate(f"{written(len(found), csv, 'labels')}; {ledger_words(models)}")


def _read(path: Path, models: ModelPool) -> NewImages:
    try:
        return load_unlabelled(path, models.run.dataset, models.run.spec.reading)
    except InputError as error:
        # The readers are those of `run`, whose option has another name.
        raise error.renamed(data="input") from error
