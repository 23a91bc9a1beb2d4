"""The windows by class: what is found where an effect is, and what is said where none can be."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.harness.finished_runs import dataset, finish, finished_run
from tests.stacking.conftest import Command, command  # noqa: F401  # a fixture
from xsample_tui import Sweep
from xsample_tui.core.errors import InputError
from xsample_tui.core.training.checkpoint_format import encode
from xsample_tui.report.figure.class_figure import report_figure
from xsample_tui.report.figure.figure_style import LIGHT
from xsample_tui.report.report_findings import gather
from xsample_tui.stacking.findings.window_classes import window_classes
from xsample_tui.stacking.findings.window_judgement import judge
from xsample_tui.stacking.pool.model_pool import open_pool
from xsample_tui.store.run.run_folder import RunFolder

BLIND, CLASS = "occlude-r02-c02", 2


def class_run(runs: Path, **changes: Any) -> RunFolder:
    """Return a run of good networks, one window of which takes class 2 for class 3 always."""
    settings: dict[str, Any] = {"baselines": 8, "data": dataset(800), "strength": lambda trial: 6.0}
    run = finished_run(runs, windows={"mask": "occlude"}, **(settings | changes))
    state = finish(run, next(trial for trial in run.document.trials if trial.name == BLIND), 6.0)
    labels, softmax = run.dataset.labels, dict(state.softmax)
    softmax["select"] = softmax["select"].copy()
    of_class = labels[run.plan.split.select] == CLASS
    softmax["select"][of_class] = np.eye(run.document.classes, dtype=np.float32)[3]
    run.commit(BLIND, state.epoch, encode(replace(state, softmax=softmax)), finished=True)
    return run


def test_the_window_that_a_class_needs_is_found_and_no_other(tmp_path: Path) -> None:
    models = open_pool(class_run(tmp_path))
    found = window_classes(models)
    at = found.windows.index(BLIND)
    assert found.images.tolist() == [40, 40, 40, 40]
    assert found.standing(at, CLASS) == "worse"
    assert found.needed_by(CLASS) == at
    assert found.found.sum() == 1
    assert [found.needed_by(label) for label in (0, 1, 3)] == [None, None, None]
    assert found.cells()[CLASS][3].startswith(f"{BLIND} -")
    assert found.cells()[CLASS][3].endswith("*")
    # A loss of so many images can be found, a gain where the baselines make no more errors cannot.
    assert found.can_lose(CLASS)
    assert not found.can_gain(CLASS)
    assert found.sentences()[0].startswith("by class: 1 of 36 differences (9 windows x 4 classes)")
    assert found.sentences()[1].startswith("too few errors of the baselines for a gain to be found: every class")


def test_the_classes_errors_add_up_to_those_of_the_judgement(tmp_path: Path) -> None:
    models = open_pool(class_run(tmp_path))
    found, judged = window_classes(models), judge(models)
    totals = dict(zip(found.windows, found.errors.sum(axis=1).tolist(), strict=True))
    assert totals == {window.name: window.errors for window in judged.windows}
    assert found.base_errors.sum() == pytest.approx(judged.floor.mean)
    gains = dict(zip(found.windows, found.gain.sum(axis=1).tolist(), strict=True))
    assert gains == pytest.approx({window.name: window.gain for window in judged.windows})


def test_one_baseline_resolves_nothing_and_says_so(tmp_path: Path) -> None:
    found = window_classes(open_pool(class_run(tmp_path, baselines=1)))
    assert not found.found.any()
    assert {found.standing(0, label) for label in range(4)} == {"unknown"}
    assert "the noise is unknown" in found.sentences()[1]
    assert found.facts()["classes"][0]["least_found"] is None


def test_a_run_without_baselines_has_nothing_to_compare(tmp_path: Path) -> None:
    names = tuple(f"baseline-s0{s}" for s in range(3))
    with pytest.raises(InputError, match="no baseline is finished"):
        window_classes(open_pool(finished_run(tmp_path, leave=names)))


def test_few_images_of_a_class_cannot_show_a_difference(tmp_path: Path) -> None:
    # 8 images a class: McNemar's exact test needs 12 for 36 differences.
    found = window_classes(open_pool(class_run(tmp_path, data=dataset(160))))
    assert found.images.tolist() == [8, 8, 8, 8]
    assert not found.found.any()
    assert found.cells()[0][-1] == "none"
    assert found.sentences()[1] == "too few images or baselines for any difference to be found: every class"


def test_every_front_end_has_it(command: Command, tmp_path: Path) -> None:  # noqa: F811
    run = class_run(tmp_path / "runs")
    text = command("judge", "r", "--classes").out
    assert "by class: 1 of 36 differences" in text
    assert "by class" not in command("judge", "r").out
    facts = command("judge", "r", "--classes", "--json").json["by_class"]
    assert facts["classes"][CLASS]["needs"] == BLIND
    assert command("export", "r", "--classes", "c.csv").code == 0
    rows = (tmp_path / "c.csv").read_text().splitlines()
    assert len(rows) == 1 + 36
    frame = Sweep(run).classes_dataframe()
    worse = frame[frame["standing"] == "worse"]
    assert worse[["trial", "class"]].to_numpy().tolist() == [[BLIND, "2"]]
    made = gather(run)
    drawing = report_figure(made)
    assert drawing is not None
    assert f"Most needed, by class: 2: {BLIND}." in drawing.alt
    assert drawing.render(LIGHT, "png").startswith(b"\x89PNG")
