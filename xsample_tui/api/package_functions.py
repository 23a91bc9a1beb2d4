"""The package's functions: sweeps made, loaded, listed and deleted, and what can be asked without a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Unpack

from ..core.data.data_description import DataDescription as DataDescription
from ..core.data.data_description import describe_data as description_of
from ..core.data.reading_options import ReadingOptions
from ..core.errors import InputError, check_choice
from ..core.shell_command import RUNS
from ..core.training.spec_toml import spec_toml
from ..core.training.sweep_spec import PresetName
from ..datasets import load
from ..services.exporting.table_files import TableFormat, export_history, export_trials, table_format
from ..services.installed_extensions import installed_extensions
from ..services.machine_tuning import tune_machine
from ..services.run_selection import selected_runs, tagged_runs
from ..services.spec_from_options import SweepOptions, size_of
from ..services.sweep_estimate import SweepEstimate, estimate_sweep
from ..services.window_figures import window_figures
from ..stacking.pool.member_selection import PRIMARY_K
from ..stacking.pool.several_runs import open_runs
from ..store.run.run_folder import RunFolder
from ..store.run_catalog import RunCatalog
from ..store.run_removal import remove
from .given_arrays import given_dataset
from .stack_object import Stack, make
from .sweep_object import Sweep, draft_spec

if TYPE_CHECKING:
    import pandas as pd


def create_sweep(
    preset: PresetName | None = None,
    *,
    runs_dir: str | Path = RUNS,
    cluster: str | None = None,
    allow_drift: bool = False,
    spec: str | Path | None = None,
    like: str | None = None,
    images: Any = None,
    labels: Any = None,
    select: tuple[Any, Any] | None = None,
    test: tuple[Any, Any] | None = None,
    **options: Unpack[SweepOptions],
) -> Sweep:
    """Lay out a new sweep, as :meth:`Sweep.create`."""
    return Sweep.create(
        preset,
        runs_dir=runs_dir,
        cluster=cluster,
        allow_drift=allow_drift,
        spec=spec,
        like=like,
        images=images,
        labels=labels,
        select=select,
        test=test,
        **options,
    )


def load_sweep(name: str, *, runs_dir: str | Path = RUNS) -> Sweep:
    """Load a sweep that exists, as :meth:`Sweep.load`."""
    return Sweep.load(name, runs_dir=runs_dir)


def delete_sweep(name: str, *, runs_dir: str | Path = RUNS) -> None:
    """Delete a sweep with all its trials, without asking. The controls that were trained beside it stay.

    Raises:
        RunBusy: something trains it now.
        InputError: there is none of that name, or its folder cannot be changed.
    """
    remove(Path(runs_dir), name)


def sweeps(runs_dir: str | Path = RUNS, *, tags: Sequence[str] = (), archived: bool = True) -> pd.DataFrame:
    """Return the runs of a folder, newest first, and their tags and notes.

    Args:
        runs_dir: the folder.
        tags: what each must have.
        archived: whether archived runs are wanted too.

    Returns:
        a row a run: name, state, trials done, trials, preset, data, created, tags, note, archived.
    """
    import pandas as pd

    found = []
    for run in selected_runs(RunCatalog(Path(runs_dir)).summaries(), tags, archived=archived):
        progress = run.progress
        found.append(
            {
                "name": run.name,
                "state": run.state,
                "done": progress.counts()["done"] if progress else None,
                "trials": len(progress.trials) if progress else None,
                "preset": progress.spec.preset if progress else None,
                "data": progress.spec.source if progress else None,
                "created": pd.Timestamp(run.created, unit="s", tz="UTC"),
                "tags": run.notes.tags,
                "note": run.notes.note,
                "archived": run.notes.archived,
            }
        )
    columns = ["name", "state", "done", "trials", "preset", "data", "created", "tags", "note", "archived"]
    return pd.DataFrame(found, columns=columns).astype({"done": "Int64", "trials": "Int64"})


def stack(
    *sweeps: Sweep | str,
    top: int | Literal["all"] | None = None,
    blend: str = "mean",
    members: Sequence[str] | None = None,
    pool: str = "windows",
    open_test: bool = False,
    runs_dir: str | Path = RUNS,
) -> Stack:
    """Blend the stored softmax outputs of the best models of several sweeps on the same data and split.

    Members are chosen, weights fitted and scores cross-fitted on the selection images as for one sweep. A training
    that several of them hold counts once. The stack has no arms: these are about one sweep's windows.

    Args:
        sweeps: each sweep or its name, once.
        top, blend, pool, open_test: as of :meth:`Sweep.stack`.
        members: names of trials, each ``SWEEP/TRIAL``, instead of ``top``.
        runs_dir: folder that holds the runs, for names.

    Raises:
        InputError: as :meth:`Sweep.stack`; or a sweep is named twice, or was laid out on other data or another split.
    """
    if not sweeps:
        raise InputError("run", "none", "name at least one sweep")
    found = [Sweep.load(sweep, runs_dir=runs_dir) if isinstance(sweep, str) else sweep for sweep in sweeps]
    models = open_runs([sweep._folder for sweep in found])
    return make(models, top, blend, members, pool, open_test=open_test)


def estimate(
    preset: PresetName | None = None,
    *,
    runs_dir: str | Path = RUNS,
    cluster: str | None = None,
    spec: str | Path | None = None,
    like: str | None = None,
    **options: Unpack[SweepOptions],
) -> SweepEstimate:
    """Measure for some seconds what a sweep would take, and say what it could find; nothing is started.

    Args:
        preset, runs_dir, cluster, spec, like, options: as of :meth:`Sweep.create`.

    Raises:
        InputError: as :meth:`Sweep.create`.
        XSampleError: the measurement failed.
    """
    return estimate_sweep(draft_spec(preset, runs_dir, cluster, spec, like, **options), Path(runs_dir))


def sweep_spec(
    preset: PresetName | None = None,
    *,
    runs_dir: str | Path = RUNS,
    cluster: str | None = None,
    spec: str | Path | None = None,
    like: str | None = None,
    **options: Unpack[SweepOptions],
) -> str:
    """Return the spec that :meth:`Sweep.create` would lay out, as TOML; nothing is read or created.

    Args:
        preset, runs_dir, cluster, spec, like, options: as of :meth:`Sweep.create`.

    Raises:
        InputError: a value out of range, or values that do not go together.
    """
    return spec_toml(draft_spec(preset, runs_dir, cluster, spec, like, **options))


def describe_data(
    data: str | None = None,
    *,
    size: int | tuple[int, int] | None = None,
    skip_bad: bool = False,
    label_column: str | None = None,
    transpose: bool | None = None,
    images: Any = None,
    labels: Any = None,
    select: tuple[Any, Any] | None = None,
    test: tuple[Any, Any] | None = None,
) -> DataDescription:
    """Return what a data set holds: sizes, classes, duplicates, what is converted, the mean image.

    Args:
        data, size, skip_bad, label_column, transpose, images, labels, select, test: as of :meth:`Sweep.create`.

    Raises:
        InputError: there is no such data set, or it cannot be read.
    """
    dataset = given_dataset(data, images, labels, select, test)
    if dataset is None:
        reading = ReadingOptions(None if size is None else size_of(size, "size"), skip_bad, label_column, transpose)
        dataset = load(data or "demo", reading)
    return description_of(dataset)


def export_sweeps(
    path: str | Path,
    tags: Sequence[str],
    *,
    what: Literal["trials", "history"] = "trials",
    runs_dir: str | Path = RUNS,
    force: bool = False,
) -> Path:
    """Write the trials or epochs of all sweeps that have some tags into one table, and return the path.

    Args:
        path: the file: Parquet where it ends in ``.parquet``, else CSV. Its first column has the sweeps' names.
        tags: what each must have.
        what, force: as of :meth:`Sweep.export`.
        runs_dir: folder that holds the runs.

    Raises:
        InputError: no sweep has them, or as :meth:`Sweep.export`.
    """
    check_choice("what", what, ("trials", "history"))
    file = Path(path)
    kind: TableFormat = "parquet" if table_format(file) == "parquet" else "csv"
    runs = [RunFolder.open(Path(runs_dir), name) for name in _tagged(runs_dir, tags)]
    (export_trials if what == "trials" else export_history)(runs, file, kind, field="path", force=force)
    return file


def report_sweeps(
    path: str | Path, tags: Sequence[str], *, k: int = PRIMARY_K, runs_dir: str | Path = RUNS, force: bool = False
) -> list[Path]:
    """Write the reports of all sweeps that have some tags, each into a folder of its name; return their pages.

    Args:
        path: the folder for these folders.
        tags: what each must have.
        k, force: as of :meth:`Sweep.report`.
        runs_dir: folder that holds the runs.

    Raises:
        InputError: no sweep has them, or as :meth:`Sweep.report`.
    """
    names = _tagged(runs_dir, tags)
    return [Sweep.load(name, runs_dir=runs_dir).report(Path(path) / name, k=k, force=force) for name in names]


def _tagged(runs_dir: str | Path, tags: Sequence[str]) -> list[str]:
    try:
        return tagged_runs(Path(runs_dir), tags)
    except InputError as error:
        raise error.renamed(tag="tags") from error


def windows(
    data: str = "demo",
    *,
    mask: str = "keep",
    window: int | tuple[int, int] | None = None,
    stride: int | None = None,
    seed: int = 0,
    images: str = "fit",
) -> pd.DataFrame:
    """Return the windows of a mask kind, a row each, and the share of ink that each mask removes.

    Args:
        data, mask, window, stride, seed: as of :meth:`Sweep.create`; windows that are not given are those of
            ``standard``, in proportion to the images.
        images: which to count: ``fit``, ``select``, ``test`` or ``all``.

    Raises:
        InputError: bad data, a value out of range, or a set without images.
    """
    import pandas as pd

    size = None if window is None else size_of(window)
    return pd.DataFrame(window_figures(data, mask, size, stride, seed, images).table)


def tune() -> pd.DataFrame:
    """Measure how this machine trains fastest, in a minute or two; new sweeps use what was fastest.

    Returns:
        a row a setting: ``jobs``, ``threads``, ``onednn``, ``micro_batch``, images per second, and ``chosen``;
        its ``attrs`` have ``bfloat16``: how that did beside float32, and whether it is ``proposed``.

    Raises:
        InputError: there is no place to store the choice.
    """
    import pandas as pd

    found = tune_machine()
    rows = [asdict(pace) | {"chosen": pace == found.chosen} for pace in found.measured]
    frame = pd.DataFrame(rows).rename(columns={"pictures_per_second": "images_per_second"})
    frame.attrs["bfloat16"] = found.precision_facts()
    return frame


def extensions() -> pd.DataFrame:
    """Return what installed packages bring, a row each: kind, name, package, version, target, problem."""
    import pandas as pd

    columns = ["kind", "name", "package", "version", "target", "problem"]
    return pd.DataFrame([asdict(one) for one in installed_extensions()], columns=columns)
