"""The summary of a finished run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.finished_runs import dataset, finished_run
from xsample_tui.core.errors import InputError
from xsample_tui.stacking.findings.run_summary import summary
from xsample_tui.stacking.pool.model_pool import ModelPool


def test_a_finished_run_is_judged_and_its_blends_compared(tmp_path: Path) -> None:
    run = finished_run(tmp_path, "q", strength=lambda trial: 3.4 if trial.is_baseline else 2.2)
    found = summary(run)
    lines = found.lines
    text = "\n".join(lines)
    images = len(ModelPool(run).select.labels)
    assert lines[0].startswith("No verdict on blending windows: fewer than 4 whole-image networks")
    assert lines[1].endswith(f"xsample-tui arms q --runs-dir {tmp_path}")
    assert found.verdict == "no verdict"
    assert " best 3 windows (A), " in text
    assert " best 3 whole-image networks (B), " in text
    assert f"3 baselines on {images} " in text
    assert "Exploratory: the analysis fixed in advance is the mean of k = 5" in lines


def test_with_every_twin_the_first_line_is_the_answer_and_the_second_what_would_resolve_it(tmp_path: Path) -> None:
    run = finished_run(tmp_path, "q", baselines=9, data=dataset(2000))
    found = summary(run)
    lines = found.lines
    assert lines[0].startswith("Not resolved: the best 5 of these 9 windows make ")
    assert lines[0].endswith(", over seeds (assumed) and images)")
    assert lines[1].startswith("What would resolve it: ")
    assert found.verdict == "not resolved"
    assert "times as many seeds and images, about" in lines[1]


def test_no_two_lines_have_the_same_subject(tmp_path: Path) -> None:
    for name, baselines in (("few", 3), ("many", 9)):
        lines = summary(finished_run(tmp_path, name, baselines=baselines, data=dataset(2000))).lines
        heads = [head for head, colon, _ in (line.partition(": ") for line in lines) if colon]
        assert len(heads) == len(set(heads))
        assert sum("xsample-tui arms" in line for line in lines) == 1


def test_one_baseline_leaves_no_blend_to_compare_with(tmp_path: Path) -> None:
    run = finished_run(tmp_path, "q", strength=lambda trial: 3.0, baselines=1)
    found = summary(run)
    lines = found.lines
    assert lines[0].startswith("No verdict on blending windows: two windows and four whole-image networks are needed")
    assert lines[1] == f"What would give a verdict: xsample-tui arms q --runs-dir {tmp_path}"
    assert found.verdict == "no verdict"


def test_an_article_run_is_set_beside_the_article(tmp_path: Path) -> None:
    run = finished_run(tmp_path, "a", preset_name="article", strength=lambda trial: 3.0)
    found = summary(run)
    lines = found.lines
    assert any("test set, used for early stopping and selection" in line for line in lines)
    assert not any("errors of blends" in line for line in lines)
    assert sum("; run: " in line for line in lines) >= 4
    assert found.verdict is None


def test_baselines_alone_have_no_summary(tmp_path: Path) -> None:
    run = finished_run(tmp_path, "b", strength=lambda trial: 3.0, windows={"only": ("baseline-s00",)})
    with pytest.raises(InputError, match="no window is finished"):
        summary(run)
