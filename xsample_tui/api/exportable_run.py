"""The base class of ``Sweep`` that gives its results as frames, arrays and files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..core.errors import ArgumentError, InputError, check_choice
from ..core.run_state.result_rows import frame, history, rows
from ..services.exporting.map_files import export_importance, export_map, pixel_importance
from ..services.exporting.model_files import export_trial
from ..services.exporting.table_files import (
    TableFormat,
    check_softmax_file,
    export_classes,
    export_history,
    export_softmax,
    export_trials,
    softmax_arrays,
    table_format,
)
from ..stacking.findings.weighted_scores import add_weighted_scores
from ..stacking.findings.window_classes import window_classes
from ..stacking.pool.control_runs import progress_with_controls
from ..stacking.pool.member_selection import PRIMARY_K
from ..stacking.pool.model_pool import open_pool
from ..store.run.integrity_check import audit
from ..store.run.stored_outputs import ScoredSplit
from .run_training import SENDER
from .stack_object import warn_of
from .trainable_run import TrainableRun

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


class ExportableRun(TrainableRun):
    """A run whose results are frames, arrays and files."""

    def trials_dataframe(self) -> pd.DataFrame:
        """Return a row a trial: its window, status, metrics of the epoch that counts, gain, ink, seconds."""
        return frame(add_weighted_scores(self._folder, rows(progress_with_controls(self._folder))))

    def history_dataframe(self) -> pd.DataFrame:
        """Return a row an epoch of every trial: loss, accuracy, the same on select (``val_``), seconds."""
        return frame(history(self._folder.progress()))

    def classes_dataframe(self) -> pd.DataFrame:
        """Return its windows by class, a row for each window and class: errors, gain, p-values, standing.

        Raises:
            InputError: no baseline or no window is finished.
        """
        return window_classes(open_pool(self._folder)).to_frame()

    def map_dataframe(self) -> pd.DataFrame:
        """Return the map of windows: gains in images on the baselines' mean, a row and a column a place.

        The index has the windows' top rows, the columns their left columns, in pixels; NaN where none is finished.
        """
        found = self.trials_dataframe().dropna(subset=["row", "col"])
        return found.pivot_table("gain", "row", "col", dropna=False)

    def importance_array(self) -> NDArray[np.float64]:
        """Return the importance of each pixel, (height, width) float64: the mean gain of the windows that cover it.

        It is in images, and NaN where no finished window covers.

        Raises:
            InputError: no baseline or no window is finished.
        """
        return pixel_importance(self._folder).mean

    def softmax_arrays(self, *, open_test: bool = False) -> dict[str, NDArray[np.generic]]:
        """Return every model's softmax outputs on the selection images, as ``export(what="softmax")`` has them.

        Args:
            open_test: give those on the locked test set instead; the run's ledger counts it.

        Returns:
            ``trials`` (k,) str, ``picture`` (n,) int64, indices into the data, ``true`` (n,) int64, -1 where not
            known, and ``softmax`` (k, n, classes) float32.

        Raises:
            InputError: no trial is finished, or the test set cannot be opened.
        """
        split: ScoredSplit = "test" if open_test else "select"
        return softmax_arrays(open_pool(self._folder), split, command=SENDER)

    def export(
        self,
        path: str | Path,
        *,
        what: Literal["trials", "history", "classes", "softmax", "map", "importance"] = "trials",
        open_test: bool = False,
        force: bool = False,
    ) -> Path:
        """Write a table for other tools, or a map, and return the path.

        A table is Parquet where the path ends in ``.parquet``, else CSV.

        Args:
            path: the file.
            what: ``trials``: :meth:`trials_dataframe`; ``history``: a row an epoch, those of the twins that ``arms``
                trained included; ``classes``: :meth:`classes_dataframe`; ``softmax``: every model's softmax outputs
                on the selection images, as ``.npz`` or ``.parquet``; ``map``: the map of windows, as ``.png`` or
                ``.svg``; ``importance``: that of each pixel, as ``.png``, ``.svg`` or ``.csv``.
            open_test: give the softmax outputs on the locked test set instead; the run's ledger counts it.
            force: whether a file that is there is overwritten.

        Raises:
            InputError: the file is there, or cannot be written; or what writes Parquet is not installed.
        """
        file = Path(path)
        check_choice("what", what, ("trials", "history", "classes", "softmax", "map", "importance"))
        if open_test and what != "softmax":
            raise ArgumentError("open_test", "given", "only softmax outputs are of a split")
        if what in ("map", "importance"):
            draw = export_map if what == "map" else export_importance
            draw(self._folder, file, field="path", force=force)
            return file
        if what == "softmax":
            check_softmax_file("path", file, force=force)
            split: ScoredSplit = "test" if open_test else "select"
            export_softmax(open_pool(self._folder), file, split, command=SENDER, field="path", force=force)
            return file
        kind: TableFormat = "parquet" if table_format(file) == "parquet" else "csv"
        if what == "classes":
            export_classes(open_pool(self._folder), file, kind, field="path", force=force)
        else:
            write = export_trials if what == "trials" else export_history
            write(self._folder, file, kind, field="path", force=force)
        return file

    def export_model(self, trial: str, path: str | Path, *, force: bool = False) -> Path:
        """Write a trained network with its mask as one model that loads without this package; return the path.

        It takes raw images, (n, height, width, channels) as the sweep's data have them, and gives probabilities,
        (n, classes). Class names and provenance are in the file's metadata, under ``xsample_tui``.

        Args:
            trial: the name of a finished trial of the sweep or of its controls.
            path: the file, which ends in ``.keras``, or in ``.onnx`` (needs the extra ``onnx``).
            force: whether a file that is there is overwritten.

        Raises:
            InputError: there is no such trial, or the file is there, or cannot be written.
            XSampleError: the trial's weights cannot be read, or the worker ended.
        """
        try:
            made = export_trial(open_pool(self._folder), trial, Path(path), field="path", force=force)
        except InputError as error:
            raise error.renamed(model="trial") from error
        warn_of(made)
        return made.path

    def report(self, path: str | Path, *, k: int = PRIMARY_K, force: bool = False) -> Path:
        """Write its report, one self-contained HTML page, with its figures as PNG and SVG; return the page's path.

        Args:
            path: folder to write into, made if there is none.
            k: members of the blends and arms.
            force: whether a report that is there is overwritten.

        Raises:
            InputError: a report is there, or the folder cannot be written.
        """
        # Imported late: matplotlib follows.
        from ..report.report_folder import write_report

        try:
            return write_report(self._folder, Path(path), k=k, force=force)[0]
        except InputError as error:
            raise error.renamed(out="path") from error

    def verify(self) -> pd.DataFrame:
        """Compute every checksum again; return a row a file or trial: ``what``, ``state``, ``note``.

        ``state`` is ``whole``, ``damaged`` or ``missing``, a trial without a whole checkpoint.
        """
        import pandas as pd

        return pd.DataFrame([asdict(finding) for finding in audit(self._folder)])
