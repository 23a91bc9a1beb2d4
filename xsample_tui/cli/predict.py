"""``predict``: a blend's labels for new pictures, as Kaggle's Digit Recognizer wants them."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from ..core.errors import InputError, XSampleError
from ..datasets.unlabelled import load_unlabelled
from ..stacking.blend import blend_select
from ..stacking.blender import blender
from ..stacking.export import check_table, facts, ledger_words, sidecar, written
from ..stacking.library import Library, open_pool
from ..stacking.prediction import KAGGLE_PICTURES, leak_warning
from ..stacking.prediction import predict as apply_blend
from ..store.folder import RunFolder
from ..store.result_files import write_results
from ..sweep.slot import ProcessSlot
from .command import command
from .options import RUNS, Force, RunName, RunsDir
from .output import as_json, narrate
from .stack import BlendOption, MembersOption, PoolOption, TopOption, read_rule, warn

_FORMATS = ("kaggle", "plain")


@command("Judge and blend")
def predict(
    name: RunName,
    pictures: Annotated[
        Path, typer.Option("--input", help="A .csv with pixel0, pixel1, ..., or a .npz.", metavar="FILE")
    ],
    csv: Annotated[Path, typer.Option("--csv", help="Write a row a picture here, and FILE.json.", metavar="FILE")],
    layout: Annotated[
        str,
        typer.Option(
            "--format",
            help="kaggle: ImageId from 1, Label. plain: picture from 0, predicted, p0, p1, ...",
            metavar="FORMAT",
        ),
    ] = "kaggle",
    top: TopOption = None,
    members: MembersOption = None,
    pool: PoolOption = "windows",
    blend: BlendOption = "mean",
    runs_dir: RunsDir = RUNS,
    force: Force = False,
) -> None:
    """Name new pictures by a blend of a run's models, each under its own mask."""
    if layout not in _FORMATS:
        raise InputError("--format", layout, f"choose one of {', '.join(_FORMATS)}")
    check_table("--csv", csv, force=force)
    kind = blender(blend)
    library = open_pool(RunFolder.open(runs_dir, name))
    warn(library)
    found = _read(pictures, library)
    fitted = blend_select(library.select, read_rule(library, top, members, pool), kind, library.run.spec.seed)
    if layout == "kaggle":
        if warning := leak_warning(library.run.dataset):
            narrate(f"warning: this run was {warning}")
        if len(found) != KAGGLE_PICTURES:
            narrate(f"warning: {len(found)} pictures, where Digit Recognizer's test.csv has {KAGGLE_PICTURES}")
    slot = ProcessSlot(library.run.path.resolve() / "logs" / "predict.log", library.run.spec.machine)
    try:
        probabilities = apply_blend(
            library, fitted.whole, found, slot, lambda member: narrate(f"{member}: {len(found)} pictures")
        )
    finally:
        slot.close()
    data = _table(probabilities, layout)
    _check_rows(data, len(found))
    described = facts(library, read_rule(library, top, members, pool), fitted) | {
        "command": "predict",
        "input": {"file": pictures.name, "pictures": len(found), "sha256": _sha(pictures)},
        "csv": {"rows": len(found), "format": layout, "sha256": hashlib.sha256(data).hexdigest()},
    }
    write_results("--csv", {sidecar(csv): as_json(described).encode() + b"\n", csv: data})
    narrate(f"{written(len(found), csv, 'labels')}; {ledger_words(library)}")


def _read(path: Path, library: Library) -> Any:
    try:
        return load_unlabelled(path, library.run.dataset.shape)
    except InputError as error:
        # The readers are those of `run`, whose option has another name.
        raise InputError("--input" if error.field == "--data" else error.field, error.value, error.remedy) from error


def _table(probabilities: NDArray[np.float32], layout: str) -> bytes:
    import pandas as pd

    predicted = probabilities.argmax(axis=1)
    rows = np.arange(len(predicted))
    if layout == "kaggle":
        frame = pd.DataFrame({"ImageId": rows + 1, "Label": predicted})
    else:
        every = {f"p{label}": probabilities[:, label] for label in range(probabilities.shape[1])}
        frame = pd.DataFrame({"picture": rows, "predicted": predicted, **every})
    return bytes(frame.to_csv(index=False).encode())


def _check_rows(data: bytes, pictures: int) -> None:
    """Read the table back and refuse one that has not a row for each picture."""
    import pandas as pd

    rows = len(pd.read_csv(io.BytesIO(data)))
    if rows != pictures:
        raise XSampleError(f"{rows} rows came out for {pictures} pictures; nothing was written")


def _sha(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
