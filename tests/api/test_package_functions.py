"""The package's functions, and the names that it promises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import xsample_tui
from tests.harness.finished_runs import finished_run
from tests.harness.runs import make_run
from xsample_tui import InputError, Sweep, XSampleError
from xsample_tui.store.control.run_lock import RunLock


def test_every_promised_name_is_there_and_documented() -> None:
    assert xsample_tui.__all__ == sorted(xsample_tui.__all__)
    assert set(xsample_tui._PLACES) | set(xsample_tui._MODULES) | {"__version__"} == set(xsample_tui.__all__)
    assert dir(xsample_tui) == xsample_tui.__all__
    for name in xsample_tui.__all__:
        assert getattr(xsample_tui, name).__doc__, name
    page = (Path(__file__).parents[2] / "docs" / "python.md").read_text()
    assert [name for name in xsample_tui.__all__ if name[0] != "_" and name not in page] == []


def test_events_can_be_imported() -> None:
    program = "import xsample_tui; print(xsample_tui.events.EpochDone.__name__); from xsample_tui.events import Event"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "EpochDone\n"


def test_sweeps_are_created_loaded_and_deleted(tmp_path: Path) -> None:
    options = {"stride": 19, "epochs": 1, "baselines": 1, "limit": 200}
    sweep = xsample_tui.create_sweep("quick", runs_dir=tmp_path, name="c", **options)  # type: ignore[arg-type]
    assert repr(xsample_tui.load_sweep("c", runs_dir=tmp_path)) == repr(sweep)
    owner = RunLock(sweep.path)
    with pytest.raises(XSampleError, match="c"):
        xsample_tui.delete_sweep("c", runs_dir=tmp_path)
    owner.release()
    xsample_tui.delete_sweep("c", runs_dir=tmp_path)
    assert xsample_tui.sweeps(tmp_path).empty
    with pytest.raises(InputError, match="run: c: no such run"):
        xsample_tui.delete_sweep("c", runs_dir=tmp_path)
    make_run(tmp_path)
    Sweep.load("r", runs_dir=tmp_path).delete()
    assert xsample_tui.sweeps(tmp_path).empty


def test_windows_before_anything_is_trained() -> None:
    found = xsample_tui.windows(mask="occlude", window=(9, 7), stride=10)
    assert list(found.columns) == ["window", "row", "col", "pixels_zeroed", "ink_removed", "images_touched"]
    assert found["pixels_zeroed"].unique().tolist() == [63]
    with pytest.raises(InputError, match=r"^images: train: choose one of fit, select, test, all"):
        xsample_tui.windows(images="train")
    with pytest.raises(InputError, match=r"^window: 9x9: give one number"):
        xsample_tui.windows(window="9x9")  # type: ignore[arg-type]


def test_two_sweeps_are_compared(tmp_path: Path) -> None:
    finished_run(tmp_path, "one")
    finished_run(tmp_path, "two", strength=lambda trial: 4.0)
    found = xsample_tui.compare("one", Sweep.load("two", runs_dir=tmp_path), runs_dir=tmp_path)
    assert repr(found) == "<ComparisonResult of two with one: 9 windows>"
    assert len(found.to_frame()) == len(found.to_dict()["windows"]) == 9
    assert found.sentences() == found.to_dict()["sentences"]
    with pytest.raises(InputError, match="run: three"):
        xsample_tui.compare("one", "three", runs_dir=tmp_path)


def test_several_sweeps_are_compared_with_the_first(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        finished_run(tmp_path, name, baselines=6)
    found = xsample_tui.compare("one", "two", Sweep.load("three", runs_dir=tmp_path), runs_dir=tmp_path)
    assert repr(found) == "<RunsComparisonResult of two, three with one>"
    assert found.to_frame()["run"].tolist() == ["one", "two", "three"]
    assert found.to_frame()["blend_accuracy"].notna().all()
    assert list(found.pairs()) == ["two", "three"]
    assert len(found.windows()) == sum(len(pair.to_frame()) for pair in found.pairs().values()) == 18
    assert [run["name"] for run in found.to_dict()] == ["one", "two", "three"]
    with pytest.raises(InputError, match="runs: one: name each run once"):
        xsample_tui.compare("one", "two", "one", runs_dir=tmp_path)


def test_extensions_without_any() -> None:
    found = xsample_tui.extensions()
    assert isinstance(found, pd.DataFrame)
    assert list(found.columns) == ["kind", "name", "package", "version", "target", "problem"]


def test_an_estimate_refuses_what_a_sweep_refuses(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^preset: fast: choose one of"):
        xsample_tui.estimate("fast", runs_dir=tmp_path)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"^stride: 0: "):
        xsample_tui.estimate(runs_dir=tmp_path, stride=0)
