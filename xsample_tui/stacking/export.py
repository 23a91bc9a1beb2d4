"""Exports: a blend's predictions as CSV, and the sidecar that says how they came about."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import __version__
from ..core.errors import InputError
from ..store.result_files import check_results, is_stream
from .blend import Blend, Part
from .ledger import Ledger
from .library import Library, Member
from .recipe import Logistic
from .rule import Rule

if TYPE_CHECKING:
    import pandas as pd

UNSOUND = "article protocol: test data stopped and selected these models; every score is too good"
HONEST = "honest protocol: members chosen and everything fitted on select alone"


def table(blend: Blend, *, probabilities: bool) -> bytes:
    """Return a CSV of :func:`predictions`, whose text reads back to the same numbers."""
    return bytes(predictions(blend, probabilities=probabilities).to_csv(index=False).encode())


def predictions(blend: Blend, *, probabilities: bool) -> pd.DataFrame:
    """Return a blend's predictions, a row a picture in the dataset's order.

    Columns: ``picture`` (index into the dataset), ``predicted``, ``true`` (empty where not known), on select
    ``fold``, and if wanted ``p0``, ``p1``, ... as float32.

    Args:
        blend: the blend.
        probabilities: whether to give them.
    """
    import pandas as pd

    outputs = blend.outputs
    labels = pd.array(outputs.labels, dtype="Int64")
    labels[outputs.labels < 0] = pd.NA
    columns: dict[str, Any] = {"picture": outputs.pictures, "predicted": blend.predicted, "true": labels}
    if outputs.folds:
        columns["fold"] = np.concatenate([np.full(f.stop - f.start, i) for i, f in enumerate(outputs.folds)])
    if probabilities:
        columns |= {f"p{label}": blend.probabilities[:, label] for label in range(outputs.classes)}
    return pd.DataFrame(columns).sort_values("picture", kind="stable", ignore_index=True)


def facts(library: Library, rule: Rule, blend: Blend) -> dict[str, Any]:
    """Return everything that a blend's numbers depend on, and the numbers, as plain values for JSON."""
    document = library.run.document
    described: dict[str, Any] = {
        "xsample_tui": __version__,
        "run": library.run.name,
        "protocol": "article" if library.article else "honest",
        "note": UNSOUND if library.article else HONEST,
        "data": document.spec.source,
        "dataset_digest": document.dataset_digest,
        "split_digest": document.split_digest,
        "masks_digest": document.masks_digest,
        "split": blend.outputs.split,
        "pictures": len(blend.outputs.labels),
        "epochs": document.spec.training.epochs,
        "seed": document.spec.seed,
        "blend": blend.blender.name,
        "rule": rule.words(),
        "score": blend.score.facts(),
        **_part(library, blend.whole),
        "members": [
            member_facts(library, index, weight)
            for index, weight in zip(blend.whole.members, _weights(blend.whole), strict=True)
        ],
        "ledger": ledger_facts(library.ledger),
    }
    if blend.outputs.folds:
        described["cross_fitted"] = (
            "each fold is predicted by members chosen, a recipe fitted and a temperature set on the other folds"
        )
        described["folds"] = [
            {"fold": part.fold, "members": [library.members[i].name for i in part.members], **_part(library, part)}
            for part in blend.parts
        ]
    return described


def member_facts(library: Library, index: int, weight: float | None) -> dict[str, Any]:
    """Return a member's name, mask, weight and scores on select."""
    member: Member = library.members[index]
    trial = member.trial
    return {
        "name": member.name,
        "run": member.run.name,
        "kind": trial.kind,
        "row": trial.row,
        "col": trial.col,
        "height": trial.height,
        "width": trial.width,
        "pixels_zeroed": trial.pixels_zeroed,
        "ink_removed": trial.ink_removed,
        "weight": weight,
        "select_log_loss": float(library.select.losses()[index]),
        "select_errors": int(library.select.errors[index]),
        "epochs": member.epoch,
        "seconds": member.seconds,
    }


def sidecar(csv: Path) -> Path:
    """Return where what is said of a CSV goes: beside it."""
    return csv.with_name(f"{csv.name}.json")


def check_table(field: str, csv: Path, *, force: bool, again: str = "pass --force") -> None:
    """Refuse, before anything is computed, a table that could not be written with its sidecar.

    Args:
        field, force, again: as of :func:`~xsample_tui.store.result_files.check_results`.
        csv: the table.

    Raises:
        FileThere: one of the two exists, and ``force`` is False.
        InputError: one cannot be written, or the table is to go where no file can lie beside it.
    """
    check_results(field, (csv,), force=force, again=again)
    if is_stream(csv):
        raise InputError(field, csv, "is not a file, and beside the table goes how it came about; name a file")
    check_results(field, (sidecar(csv),), force=force, again=again)


def written(rows: int, csv: Path, what: str = "predictions") -> str:
    """Say what was written, and where it says how it came about."""
    return f"{rows:,} {what} written to {csv}, how they came about to {sidecar(csv)}"


def ledger_facts(ledger: Ledger) -> dict[str, Any]:
    """Return how often the test set has been opened, and each opening."""
    openings = ledger.openings()
    return {"openings": len(openings), "entries": [opening.model_dump() for opening in openings]}


def ledger_words(library: Library) -> str:
    """Say how often the test set has been opened."""
    count = library.ledger.count
    if library.article:
        return f"the article's protocol used the test set throughout; opened {count} times besides"
    return "test set never opened" if not count else f"test set opened {count} time{'s' if count > 1 else ''}"


def _weights(part: Part) -> list[float | None]:
    weights: NDArray[np.float64] | None = part.recipe.weights
    return [None] * len(part.members) if weights is None else [float(weight) for weight in weights]


def _part(library: Library, part: Part) -> dict[str, Any]:
    described: dict[str, Any] = {"weights": _weights(part), "temperature": part.temperature}
    if isinstance(part.recipe, Logistic):
        fit = part.recipe.fit
        described["regression"] = {
            "slopes": fit.slopes.tolist(),
            "intercepts": [None if np.isinf(value) else float(value) for value in fit.intercepts],
        }
    return described
