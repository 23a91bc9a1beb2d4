"""Exports a blend's predictions as CSV, with their provenance as JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ... import __version__
from ...core.count_text import counted
from ...core.data.dataset import Dataset
from ...core.errors import ArgumentError
from ...store.files.result_files import FORCE, check_results, is_stream, write_results
from ...store.run.run_folder import RunFolder
from ..pool.member_selection import MemberSelection
from ..pool.model_pool import Member, ModelPool
from ..pool.shared_ledger import SharedLedger
from .blend import Blend, Part
from .pooling import Logistic

if TYPE_CHECKING:
    import pandas as pd

UNSOUND = "article protocol: test set used for early stopping and selection; every score is biased upwards"
HONEST = "honest protocol: members and weights chosen on the selection images alone"


def table(blend: Blend, *, probabilities: bool, dataset: Dataset | None = None) -> bytes:
    """Return a CSV of :func:`predictions`, whose text reads back to the same numbers."""
    frame = predictions(blend, probabilities=probabilities, dataset=dataset)
    return bytes(frame.to_csv(index=False).encode("utf-8", "surrogateescape"))


def predictions(blend: Blend, *, probabilities: bool, dataset: Dataset | None = None) -> pd.DataFrame:
    """Return a blend's predictions, a row an image in the dataset's order.

    Columns: ``picture`` (index into the dataset), the images' ids where they have some, ``predicted``, ``true``
    (empty where not known), on select ``fold``, and if wanted ``p0``, ``p1``, ... as float32. Where classes have
    names, ``predicted`` and ``true`` are names, and the probabilities are ``p_NAME``.

    Args:
        blend: the blend.
        probabilities: whether to give them.
        dataset: the run's images, for the classes' names and the images' ids; None for neither.
    """
    import pandas as pd

    class_names = () if dataset is None else dataset.class_names
    outputs = blend.outputs
    predicted: Any = blend.predicted
    labels: Any = pd.array(outputs.labels, dtype="Int64")
    labels[outputs.labels < 0] = pd.NA
    if class_names:
        predicted = named_classes(blend.predicted, class_names)
        labels = [class_names[label] if label >= 0 else None for label in outputs.labels.tolist()]
    columns: dict[str, Any] = {"picture": outputs.images}
    if dataset is not None and dataset.ids:
        columns |= id_column(dataset.id_name, [dataset.ids[at] for at in outputs.images.tolist()])
    columns |= {"predicted": predicted, "true": labels}
    if outputs.folds:
        columns["fold"] = np.concatenate([np.full(f.stop - f.start, i) for i, f in enumerate(outputs.folds)])
    if probabilities:
        names = probability_columns(outputs.classes, class_names)
        columns |= {name: blend.probabilities[:, label] for label, name in enumerate(names)}
    return pd.DataFrame(columns).sort_values("picture", kind="stable", ignore_index=True)


def id_column(name: str, ids: Sequence[str]) -> dict[str, list[str]]:
    """Return a column of images' ids by its name, ``id`` where that is another column's; none without ids."""
    taken = name in ("", "picture", "predicted", "true", "fold") or name.startswith("p_")
    return {"id" if taken else name: list(ids)} if ids else {}


def named_classes(labels: NDArray[np.int64], class_names: Sequence[str]) -> list[str]:
    """Return the names of labels (n,), each in 0..classes-1."""
    return [class_names[label] for label in labels.tolist()]


def probability_columns(classes: int, class_names: Sequence[str] = ()) -> list[str]:
    """Return what the columns of probabilities are called: ``p0``, ``p1``, ..., or ``p_NAME``."""
    return [f"p_{name}" for name in class_names] or [f"p{label}" for label in range(classes)]


def run_facts(models: ModelPool) -> dict[str, Any]:
    """Return what holds of everything that is made of a run's models: which run, which data, which protocol."""
    document = models.run.document
    return {
        "xsample_tui": __version__,
        "run": models.title,
        "protocol": "article" if models.article else "honest",
        "note": UNSOUND if models.article else HONEST,
        "data": document.spec.source,
        "dataset_digest": document.dataset_digest,
        "split_digest": document.split_digest,
        "masks_digest": document.masks_digest if len(models.runs) == 1 else None,
        "runs": [_one_run(run) for run in models.runs],
    }


def _one_run(run: RunFolder) -> dict[str, Any]:
    spec, lay = run.spec, run.spec.windows
    return {
        "name": run.name,
        "mask": lay.mask,
        "height": lay.height,
        "width": lay.width,
        "stride": lay.stride,
        "network": spec.network,
        "epochs": spec.training.epochs,
        "seed": spec.seed,
        "masks_digest": run.document.masks_digest,
    }


def facts(models: ModelPool, rule: MemberSelection, blend: Blend) -> dict[str, Any]:
    """Return everything that a blend's numbers depend on, and the numbers, as plain values for JSON."""
    described: dict[str, Any] = run_facts(models) | {
        "split": blend.outputs.split,
        "pictures": len(blend.outputs.labels),
        "epochs": _common([run.spec.training.epochs for run in models.runs]),
        "seed": _common([run.spec.seed for run in models.runs]),
        "blend": blend.blender.name,
        "rule": rule.words(),
        "score": blend.score.facts(),
        **_part(models, blend.whole),
        "members": [
            member_facts(models, index, weight)
            for index, weight in zip(blend.whole.members, _weights(blend.whole), strict=True)
        ],
        "ledger": ledger_facts(models.ledger),
    }
    if blend.outputs.folds:
        described["cross_fitted"] = (
            "each fold is predicted by members chosen, weights fitted and a temperature set on the other folds"
        )
        described["folds"] = [
            {"fold": part.fold, "members": [models.members[i].name for i in part.members], **_part(models, part)}
            for part in blend.parts
        ]
    return described


def _common(values: Sequence[int]) -> int | None:
    """Return what all values are; None where they differ."""
    return values[0] if len(set(values)) == 1 else None


def refit_facts(models: ModelPool, refits: Mapping[str, RunFolder]) -> dict[str, Any]:
    """Return what holds of members that were trained again on train and selection images together.

    Args:
        models: the pool.
        refits: which run holds each member's refit, by the member's name.
    """
    split = models.run.plan.split
    return {
        "runs": {name: folder.name for name, folder in refits.items()},
        "pictures": len(split.fit) + len(split.select),
        "note": "weights, temperature and score are those of the members as trained on the train images alone; what "
        "refitting changes is not measured",
    }


def member_facts(models: ModelPool, index: int, weight: float | None) -> dict[str, Any]:
    """Return a member's name, mask, weight and scores on select."""
    member: Member = models.members[index]
    trial = member.trial
    return {
        "name": member.name,
        "run": member.run.name,
        "trial": trial.name,
        "kind": trial.kind,
        "row": trial.row,
        "col": trial.col,
        "height": trial.height,
        "width": trial.width,
        "pixels_zeroed": trial.pixels_zeroed,
        "ink_removed": trial.ink_removed,
        "weight": weight,
        "select_log_loss": float(models.select.losses()[index]),
        "select_errors": int(models.select.errors[index]),
        "epochs": member.epoch,
        "seconds": member.seconds,
    }


def sidecar(csv: Path) -> Path:
    """Return where what is said of a CSV goes: beside it."""
    return csv.with_name(f"{csv.name}.json")


def check_table(field: str, csv: Path, *, force: bool, again: str = FORCE) -> None:
    """Refuse, before anything is computed, a table that could not be written with its sidecar.

    Args:
        field, force, again: as of :func:`~xsample_tui.store.files.result_files.check_results`.
        csv: the table.

    Raises:
        FileThere: one of the two exists, and ``force`` is False.
        InputError: one cannot be written, or the table is to go where no file can lie beside it.
    """
    check_results(field, (csv,), force=force, again=again)
    if is_stream(csv):
        raise ArgumentError(field, csv, "is not a file, but the provenance goes into a file beside it; name a file")
    check_results(field, (sidecar(csv),), force=force, again=again)


def write_table(field: str, csv: Path, data: bytes, described: dict[str, Any], **more: Any) -> None:
    """Write a table and the sidecar beside it, both or neither.

    Args:
        field: what errors name, as ``--csv``.
        csv: the table's place.
        data: its bytes.
        described: how it came about; the table's SHA-256 is added under ``csv``.
        more: what else is to be said of the table, as ``rows``.

    Raises:
        InputError: a file cannot be written.
    """
    described["csv"] = {**more, "sha256": hashlib.sha256(data).hexdigest()}
    beside = json.dumps(described, indent=1, allow_nan=False).encode() + b"\n"
    write_results(field, {sidecar(csv): beside, csv: data})


def written(rows: int, csv: Path, what: str = "predictions") -> str:
    """Say what was written, and where its provenance is."""
    return f"{rows:,} {what} written to {csv}, provenance in {sidecar(csv)}"


def ledger_facts(ledger: SharedLedger) -> dict[str, Any]:
    """Return how often the test set has been opened, and each opening."""
    openings = ledger.openings()
    return {"openings": len(openings), "entries": [opening.model_dump() for opening in openings]}


def ledger_words(models: ModelPool) -> str:
    """Say how often the test set has been opened."""
    count = models.ledger.count
    if models.article:
        return f"the article's protocol used the test set throughout; opened {count} more times"
    return "test set never opened" if not count else f"test set opened {counted(count, 'time')}"


def _weights(part: Part) -> list[float | None]:
    weights: NDArray[np.float64] | None = part.pooling.weights
    return [None] * len(part.members) if weights is None else [float(weight) for weight in weights]


def _part(models: ModelPool, part: Part) -> dict[str, Any]:
    described: dict[str, Any] = {"weights": _weights(part), "temperature": part.temperature}
    if isinstance(part.pooling, Logistic):
        fit = part.pooling.fit
        described["regression"] = {
            "slopes": fit.slopes.tolist(),
            "intercepts": [None if np.isinf(value) else float(value) for value in fit.intercepts],
        }
    return described
