"""A sweep's results as frames, arrays and files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import xsample_tui
from tests.harness.finished_runs import finished_run
from xsample_tui import InputError, Sweep


def test_the_maps_are_a_frame_and_an_array_and_files(tmp_path: Path) -> None:
    finished_run(tmp_path, leave=("keep-r04-c04",))
    sweep = Sweep.load("r", runs_dir=tmp_path)
    trials, places = sweep.trials_dataframe().set_index("trial"), sweep.map_dataframe()
    assert [int(row) for row in places.index] == [int(col) for col in places.columns] == [0, 2, 4]
    gains = places.to_numpy()
    assert gains[1, 0] == trials["gain"].to_dict()["keep-r02-c00"]
    assert np.isnan(gains[2, 2])
    table = pd.read_csv(sweep.export(tmp_path / "i.csv", what="importance"))
    array = sweep.importance_array()
    assert array.shape == (8, 8)
    np.testing.assert_allclose(table["gain"].to_numpy().reshape(8, 8), array, equal_nan=True)
    assert sweep.export(tmp_path / "m.svg", what="map").read_text().startswith("<?xml")
    classes = pd.read_csv(sweep.export(tmp_path / "c.csv", what="classes"))
    assert classes["errors"].tolist() == sweep.classes_dataframe()["errors"].tolist()


def test_softmax_arrays_are_those_of_the_file(tmp_path: Path) -> None:
    finished_run(tmp_path)
    sweep = Sweep.load("r", runs_dir=tmp_path)
    arrays = sweep.softmax_arrays()
    with np.load(sweep.export(tmp_path / "s.npz", what="softmax")) as stored:
        assert set(stored) == set(arrays)
        for name in stored:
            np.testing.assert_array_equal(stored[name], arrays[name])
    assert arrays["softmax"].dtype == np.float32
    assert sweep.softmax_arrays(open_test=True)["picture"].tolist() != arrays["picture"].tolist()


def test_sweeps_with_a_tag_are_exported_reported_and_compared(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        finished_run(tmp_path, name, baselines=6)
        if name != "three":
            Sweep.load(name, runs_dir=tmp_path).tag("+paper")
    table = pd.read_csv(xsample_tui.export_sweeps(tmp_path / "t.csv", ["paper"], runs_dir=tmp_path))
    assert sorted(table["run"].unique()) == ["one", "two"]
    epochs = xsample_tui.export_sweeps(tmp_path / "h.csv", ["paper"], what="history", runs_dir=tmp_path)
    assert pd.read_csv(epochs)["epoch"].max() == 2
    pages = xsample_tui.report_sweeps(tmp_path / "reports", ["paper"], runs_dir=tmp_path)
    assert sorted(page.parent.name for page in pages) == ["one", "two"]
    assert len(xsample_tui.compare(tags=["paper"], runs_dir=tmp_path).to_frame()) == 9
    several = xsample_tui.compare("three", tags=["paper"], runs_dir=tmp_path).to_frame()
    assert set(several["run"]) == {"one", "two", "three"}
    assert several["run"].tolist()[0] == "three"
    calls: list[Any] = [
        lambda: xsample_tui.export_sweeps(tmp_path / "x.csv", ["none"], runs_dir=tmp_path),
        lambda: xsample_tui.report_sweeps(tmp_path / "x", ["none"], runs_dir=tmp_path),
        lambda: xsample_tui.compare(tags=["none"], runs_dir=tmp_path),
    ]
    for call in calls:
        with pytest.raises(InputError, match=r"^tags: none: no run has it; known tags: paper"):
            call()


def test_what_is_asked_for_is_named(tmp_path: Path) -> None:
    finished_run(tmp_path)
    with pytest.raises(InputError, match=r"^what: all: choose one of trials, history, classes, softmax, map"):
        Sweep.load("r", runs_dir=tmp_path).export(tmp_path / "x.csv", what="all")  # type: ignore[arg-type]
