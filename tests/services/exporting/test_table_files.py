"""Tables for other tools: what is read back is what the run has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.harness.finished_runs import finished_run
from xsample_tui import InputError, Sweep
from xsample_tui.services.exporting.table_files import (
    check_softmax_file,
    export_history,
    export_softmax,
    export_trials,
    table_format,
)
from xsample_tui.stacking.pool.model_pool import open_pool
from xsample_tui.store.run.stored_outputs import softmax


def test_trials_and_epochs_are_the_same_in_both_formats(tmp_path: Path) -> None:
    run = finished_run(tmp_path / "runs", leave=("keep-r00-c00",))
    for write, expected, rows in (
        (export_trials, Sweep(run).trials_dataframe(), 12),
        (export_history, Sweep(run).history_dataframe(), 22),
    ):
        csv, parquet = tmp_path / "t.csv", tmp_path / "t.parquet"
        assert write(run, csv, "csv", field="csv", force=True) == rows
        assert write(run, parquet, "parquet", field="parquet", force=True) == rows
        pd.testing.assert_frame_equal(pd.read_parquet(parquet), expected)
        text = pd.read_csv(csv, keep_default_na=False, na_values=[""])
        assert text.columns.tolist() == expected.columns.tolist()
        np.testing.assert_allclose(text["val_loss"], expected["val_loss"].astype(float))


@pytest.mark.parametrize("split", ["select", "test"])
@pytest.mark.parametrize("name", ["out.npz", "out.parquet"])
def test_softmax_outputs_are_those_that_trials_stored(tmp_path: Path, split: str, name: str) -> None:
    run = finished_run(tmp_path / "runs")
    sweep, path = Sweep(run), tmp_path / name
    sweep.export(path, what="softmax", open_test=split == "test")
    cut = run.plan.split
    at = cut.select if split == "select" else cut.test
    stored = {t.name: softmax(run, t.name, 2, split, len(at)) for t in run.document.trials}  # type: ignore[arg-type]
    order = np.argsort(at)
    if name.endswith(".npz"):
        with np.load(path, allow_pickle=False) as arrays:
            found = dict(zip(arrays["trials"].tolist(), arrays["softmax"], strict=True))
            images, true = arrays["picture"], arrays["true"]
    else:
        table = pd.read_parquet(path)
        parts = {str(trial): part for trial, part in table.groupby("trial", observed=True)}
        found = {trial: part[["p0", "p1", "p2", "p3"]].to_numpy() for trial, part in parts.items()}
        images, true = (parts["baseline-s00"][column].to_numpy() for column in ("picture", "true"))
    np.testing.assert_array_equal(images, at[order])
    np.testing.assert_array_equal(true, run.dataset.labels[at[order]])
    assert found.keys() == stored.keys()
    for trial, matrix in found.items():
        assert matrix.dtype == np.float32
        np.testing.assert_array_equal(matrix, stored[trial][order])
    assert open_pool(run).ledger.count == (split == "test")


def test_what_cannot_be_written_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    run = finished_run(tmp_path / "runs")
    there = tmp_path / "there.npz"
    there.write_bytes(b"mine")
    with pytest.raises(InputError, match="exists"):
        export_softmax(open_pool(run), there, "test", command="t", field="softmax", force=False)
    with pytest.raises(InputError, match=r"softmax: .*out\.csv: end its name in \.npz"):
        check_softmax_file("softmax", tmp_path / "out.csv", force=False)
    with pytest.raises(InputError, match="there is no folder"):
        export_trials(run, tmp_path / "no" / "t.csv", "csv", field="csv", force=False)
    assert there.read_bytes() == b"mine"
    assert open_pool(run).ledger.count == 0


def test_without_what_writes_parquet_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xsample_tui.services.exporting.table_files.find_spec", lambda name: None)
    run = finished_run(tmp_path / "runs")
    with pytest.raises(InputError, match=r"pip install 'xsample-tui\[parquet\]'"):
        Sweep(run).export(tmp_path / "t.parquet")
    assert not (tmp_path / "t.parquet").exists()


@pytest.mark.parametrize(
    ("name", "kind"), [("a.csv", "csv"), ("a.PARQUET", "parquet"), ("a.npz", "npz"), ("a", "csv")]
)
def test_a_name_says_its_format(name: str, kind: str) -> None:
    assert table_format(Path(name)) == kind
