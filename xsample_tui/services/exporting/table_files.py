"""Writes a run's trials, epochs and softmax outputs to files: CSV, Parquet, ``.npz``."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ArgumentError
from ...core.run_state.result_rows import frame, history, rows
from ...core.run_state.run_progress import Progress
from ...stacking.findings.weighted_scores import add_weighted_scores
from ...stacking.findings.window_classes import window_classes
from ...stacking.pool.control_runs import progress_with_controls
from ...stacking.pool.member_outputs import Outputs
from ...stacking.pool.model_pool import ModelPool
from ...store.files.result_files import check_results, write_results
from ...store.run.run_folder import RunFolder
from ...store.run.stored_outputs import ScoredSplit

if TYPE_CHECKING:
    import pandas as pd

TableFormat = Literal["csv", "parquet", "npz"]


def table_format(path: Path) -> TableFormat:
    """Return the format that a file's name asks for; CSV where it asks for none."""
    suffix = path.suffix.lower()
    return "parquet" if suffix == ".parquet" else "npz" if suffix == ".npz" else "csv"


def check_table_file(field: str, path: Path, kind: TableFormat, *, force: bool) -> None:
    """Refuse, before anything is read, a table that could not be written.

    Args:
        field: what errors name, the argument that gave the path.
        path: the file.
        kind: its format.
        force: whether a file that is there is overwritten.

    Raises:
        InputError: the file is there and ``force`` is False, it cannot be written, or what writes Parquet is not
            installed.
    """
    if kind == "parquet" and find_spec("pyarrow") is None:
        raise ArgumentError(field, path, "pyarrow is not installed; pip install 'xsample-tui[parquet]'")
    check_results(field, [path], force=force)


def export_trials(
    runs: RunFolder | Sequence[RunFolder], path: Path, kind: TableFormat, *, field: str, force: bool
) -> int:
    """Write a run's trials, a row each, or those of several, which a column ``run`` names; return how many there are.

    Args:
        runs: the run, or several.
        path, kind, field, force: as of :func:`check_table_file`.

    Raises:
        InputError: as :func:`check_table_file`.
    """

    def table(run: RunFolder, progress: Progress) -> pd.DataFrame:
        return frame(add_weighted_scores(run, rows(progress)))

    return _export(table, runs, path, kind, field=field, force=force)


def export_history(
    runs: RunFolder | Sequence[RunFolder], path: Path, kind: TableFormat, *, field: str, force: bool
) -> int:
    """Write the epochs of a run and of its controls, a row each; return how many there are.

    Args:
        runs, path, kind, field, force: as of :func:`export_trials`.

    Raises:
        InputError: as :func:`check_table_file`.
    """
    return _export(lambda _, progress: frame(history(progress)), runs, path, kind, field=field, force=force)


def _export(
    table_of: Callable[[RunFolder, Progress], pd.DataFrame],
    runs: RunFolder | Sequence[RunFolder],
    path: Path,
    kind: TableFormat,
    *,
    field: str,
    force: bool,
) -> int:
    check_table_file(field, path, kind, force=force)
    if isinstance(runs, RunFolder):
        table = table_of(runs, progress_with_controls(runs))
    else:
        import pandas as pd

        tables = [table_of(run, progress_with_controls(run)) for run in runs]
        for run, one in zip(runs, tables, strict=True):
            one.insert(0, "run", run.name)
        table = pd.concat(tables, ignore_index=True)
    write_results(field, {path: _bytes(table, kind)})
    return len(table)


def export_classes(models: ModelPool, path: Path, kind: TableFormat, *, field: str, force: bool) -> int:
    """Write a run's windows by class, a row for each window and class; return how many there are.

    Args:
        models: the run's members.
        path, kind, field, force: as of :func:`export_trials`.

    Raises:
        InputError: as :func:`check_table_file`, or no baseline or no window is finished.
    """
    check_table_file(field, path, kind, force=force)
    table = window_classes(models).to_frame()
    write_results(field, {path: _bytes(table, kind)})
    return len(table)


def check_softmax_file(field: str, path: Path, *, force: bool) -> TableFormat:
    """Refuse a file for softmax outputs that could not be written; return its format.

    Raises:
        InputError: as :func:`check_table_file`, or its name ends in neither ``.npz`` nor ``.parquet``.
    """
    kind = table_format(path)
    if kind == "csv":
        raise ArgumentError(field, path, "end its name in .npz, or in .parquet")
    check_table_file(field, path, kind, force=force)
    return kind


def export_softmax(
    models: ModelPool, path: Path, split: ScoredSplit, *, command: str, field: str, force: bool
) -> tuple[int, int]:
    """Write all members' softmax outputs on a split; return how many members and images there are.

    ``.npz`` holds ``trials`` (k,) str, ``picture`` (n,) int64, indices into the dataset, ``true`` (n,) int64, -1
    where not known, and ``softmax`` (k, n, classes) float32. Parquet holds a row for each trial and image: ``trial``,
    ``picture``, ``true``, ``p0``, ``p1``, ...

    Args:
        models: the run's members.
        path, field, force: as of :func:`check_softmax_file`.
        split: which images; ``test`` opens the test set.
        command: what the ledger names.

    Raises:
        InputError: as :func:`check_softmax_file`, or the test set cannot be opened.
    """
    kind = check_softmax_file(field, path, force=force)
    names, outputs = _outputs(models, split, command)
    if kind == "npz":
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **_arrays(names, outputs))
        data = buffer.getvalue()
    else:
        data = _rows(names, outputs)
    write_results(field, {path: data})
    return len(names), len(outputs.labels)


def softmax_arrays(models: ModelPool, split: ScoredSplit, *, command: str) -> dict[str, NDArray[np.generic]]:
    """Return all members' softmax outputs on a split, as the arrays of an ``.npz`` of :func:`export_softmax`.

    Args:
        models, split, command: as of :func:`export_softmax`.

    Raises:
        InputError: the test set cannot be opened.
    """
    return _arrays(*_outputs(models, split, command))


def _outputs(models: ModelPool, split: ScoredSplit, command: str) -> tuple[list[str], Outputs]:
    outputs = models.select if split == "select" else models.open_test(command, "softmax outputs of all models")
    return [member.name for member in models.members], outputs


def _arrays(names: list[str], outputs: Outputs) -> dict[str, NDArray[np.generic]]:
    order = np.argsort(outputs.images)
    return {
        "trials": np.array(names),
        "picture": outputs.images[order],
        "true": outputs.labels[order],
        "softmax": outputs.softmax[:, order],
    }


def _rows(names: list[str], outputs: Outputs) -> bytes:
    import pandas as pd

    order = np.argsort(outputs.images)
    count = len(order)
    columns = {
        "trial": pd.Categorical.from_codes(np.repeat(np.arange(len(names)), count), categories=pd.Index(names)),
        "picture": np.tile(outputs.images[order], len(names)),
        "true": np.tile(outputs.labels[order], len(names)),
    }
    flat = outputs.softmax[:, order].reshape(-1, outputs.classes)
    probabilities = {f"p{label}": flat[:, label] for label in range(outputs.classes)}
    return _bytes(pd.DataFrame(columns | probabilities), "parquet")


def _bytes(table: pd.DataFrame, kind: TableFormat) -> bytes:
    if kind == "parquet":
        buffer = io.BytesIO()
        table.to_parquet(buffer, engine="pyarrow", index=False)
        return buffer.getvalue()
    return bytes(table.to_csv(index=False).encode("utf-8", "surrogateescape"))
