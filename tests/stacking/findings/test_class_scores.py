"""Accuracy by class and confusions, of a trial and of a blend, from stored outputs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.harness.finished_runs import CLASSES, dataset, finished_run
from tests.stacking.conftest import Command
from xsample_tui.api.stack_object import make
from xsample_tui.core.errors import InputError
from xsample_tui.core.stats.confusion import Confusion
from xsample_tui.core.table_text import drawn
from xsample_tui.services.exporting.model_files import _origin
from xsample_tui.stacking.blending.blend import blend_select
from xsample_tui.stacking.blending.blender_registry import BLENDERS
from xsample_tui.stacking.findings.class_scores import (
    COLUMNS,
    ClassScores,
    blend_class_scores,
    trial_class_scores,
)
from xsample_tui.stacking.pool.member_selection import TopMembers
from xsample_tui.stacking.pool.model_pool import open_pool
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run.stored_outputs import softmax

NAMES = ("cat", "dog", "owl", "a class of a long name")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return finished_run(tmp_path_factory.mktemp("runs"), leave=("keep-r04-c04",))


def test_a_trial_is_counted_from_its_stored_outputs(run: RunFolder) -> None:
    found = trial_class_scores(run, "keep-r00-c02")
    at = run.plan.split.select
    said = softmax(run, "keep-r00-c02", 2, "select", len(at)).argmax(axis=1)
    labels = run.dataset.labels[at]
    counts = [[int(((labels == a) & (said == b)).sum()) for b in range(CLASSES)] for a in range(CLASSES)]
    assert found.confusion.counts.tolist() == counts
    assert sum(row.errors for row in found.rows()) == int((labels != said).sum())
    assert (found.title, found.split, found.names) == ("keep-r00-c02", "select", ("0", "1", "2", "3"))
    # The mean of three baselines, each read from its own outputs.
    levels = []
    for name in ("baseline-s00", "baseline-s01", "baseline-s02"):
        said = softmax(run, name, 2, "select", len(at)).argmax(axis=1)
        levels.append([(said == labels)[labels == c].mean() for c in range(CLASSES)])
    assert found.baselines is not None
    assert np.allclose(found.baselines, np.mean(levels, axis=0))
    assert found.baseline_count == 3


def test_only_what_is_asked_for_is_read(run: RunFolder) -> None:
    models = open_pool(run, only=lambda trial: trial.is_baseline)
    assert [member.name for member in models.members] == ["baseline-s00", "baseline-s01", "baseline-s02"]


def test_a_trial_that_is_not_finished_has_no_outputs(run: RunFolder) -> None:
    with pytest.raises(InputError, match="keep-r04-c04: no finished trial"):
        trial_class_scores(run, "keep-r04-c04")


def test_a_blend_is_counted_on_the_images_that_it_was_scored_on(run: RunFolder) -> None:
    models = open_pool(run)
    pool = tuple(int(i) for i in models.pool("windows"))
    blend = blend_select(models.select, TopMembers(3, pool), BLENDERS["mean"], 0)
    found = blend_class_scores(models, blend, "mean of 3")
    assert found.confusion.errors == blend.score.errors
    assert found.confusion.accuracy == pytest.approx(blend.score.accuracy)
    assert f"{blend.score.errors} of {blend.score.n} images wrong" in found.answer()


def made(counts: list[list[int]], names: tuple[str, ...] = NAMES) -> ClassScores:
    return ClassScores("x", "select", names, Confusion(np.array(counts)), None, 0)


def test_the_answer_names_the_weakest_class_and_the_pair_that_is_confused_most() -> None:
    found = made([[8, 2, 0, 0], [1, 9, 0, 0], [0, 0, 5, 5], [0, 0, 0, 0]])
    assert found.answer() == (
        "8 of 30 images wrong, accuracy 0.7333. Weakest class: owl (0.5000). "
        "Most confused: owl taken for a class of a long name, 5 images (50.0% of its class)"
    )
    assert [row.name for row in found.rows(weakest_first=True)] == ["owl", "cat", "dog", "a class of a long name"]
    empty = found.rows()[3]
    assert (empty.images, empty.baselines, empty.taken_for) == (0, None, "")
    assert empty.cells()[1:3] == ("–", "–")
    assert found.pair_cells(1) == [("owl", "a class of a long name", "5", "50.0%")]
    assert found.facts()["classes"][3]["accuracy"] is None


def test_without_errors_the_answer_says_so() -> None:
    assert made([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]]).answer().endswith("no class has an error")


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_row_is_wider_than_its_room(width: int) -> None:
    found = made([[800, 20, 0, 0], [1, 9, 0, 0], [0, 0, 5, 5], [0, 0, 0, 0]])
    assert max(map(len, drawn(COLUMNS, [row.cells() for row in found.rows()], width))) <= width


def test_the_command_prints_classes_and_pairs(tmp_path: Path, command: Command) -> None:
    run = finished_run(tmp_path / "runs")
    told = command("stack", "r", "--members", "keep-r00-c02", "--classes")
    assert told.code == 0
    found = trial_class_scores(run, "keep-r00-c02")
    assert f"by class: {found.answer()}" in told.out
    rows = [line.split() for line in told.out.splitlines()]
    for row in found.rows():
        assert [row.name, f"{row.accuracy:.4f}"] in [line[:2] for line in rows]
    assert "most confused:" in told.out
    stored = command("stack", "r", "--members", "keep-r00-c02", "--classes", "--json").json["by_class"]
    assert stored["confusion"] == found.confusion.counts.tolist()
    assert "by_class" not in command("stack", "r", "--json").json


def test_python_gives_both_as_frames(run: RunFolder) -> None:
    stack = make(open_pool(run), 2, "mean", None, "windows", open_test=False)
    frame, matrix = stack.classes_dataframe(), stack.confusion_dataframe()
    assert frame["errors"].sum() == stack.errors
    assert matrix.to_numpy().trace() == stack.score.n - stack.errors
    assert (matrix.index.name, matrix.columns.name) == ("true", "predicted")


def test_an_exported_model_names_the_classes_as_the_data_do(run: RunFolder, tmp_path: Path) -> None:
    assert _origin(open_pool(run))["classes"] == ["0", "1", "2", "3"]
    named = finished_run(tmp_path, data=replace(dataset(), class_names=NAMES))
    assert _origin(open_pool(named))["classes"] == list(NAMES)
    assert trial_class_scores(named, "keep-r00-c00").names == NAMES
