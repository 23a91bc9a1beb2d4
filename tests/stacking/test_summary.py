"""The summary of a finished run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stacking.sample import dataset, finished_run
from xsample_tui.core.errors import InputError
from xsample_tui.stacking.library import Library
from xsample_tui.stacking.summary import summary


def test_a_finished_run_is_judged_and_its_blends_compared(tmp_path: Path) -> None:
    run = finished_run(tmp_path, "q", strength=lambda trial: 3.4 if trial.is_baseline else 2.2)
    lines = summary(run)
    text = "\n".join(lines)
    pictures = len(Library(run).select.labels)
    assert lines[0].startswith("No verdict on blending windows: fewer than 4 whole-picture networks")
    assert lines[1].endswith("xsample-tui arms q")
    assert "best 3 windows blended (A) " in text
    assert "best 3 whole-picture networks blended (B) " in text
    assert f"3 baselines on {pictures} " in text
    assert "Exploratory: the analysis fixed in advance is the mean of k = 5" in lines


def test_with_every_twin_the_first_line_is_the_answer_and_the_second_what_would_resolve_it(tmp_path: Path) -> None:
    run = finished_run(tmp_path, "q", baselines=9, data=dataset(2000))
    lines = summary(run)
    assert lines[0].startswith(
        "Not resolved: for these 9 windows, over seeds (assumed) and images, the best 5 windows"
    )
    assert lines[1].startswith("What would resolve it: ")
    assert "times as many seeds and images, about" in lines[1]


def test_one_baseline_leaves_no_blend_to_compare_with(tmp_path: Path) -> None:
    run = finished_run(tmp_path, "q", strength=lambda trial: 3.0, baselines=1)
    lines = summary(run)
    assert lines[0].startswith("No verdict on blending windows: it takes two windows and four whole-picture networks")
    assert lines[1] == "What would give one: xsample-tui arms q"


def test_an_article_run_is_set_beside_the_article(tmp_path: Path) -> None:
    run = finished_run(tmp_path, "a", preset_name="article", strength=lambda trial: 3.0)
    lines = summary(run)
    assert any("test set, which also stopped and selected" in line for line in lines)
    assert not any("stack across" in line for line in lines)
    assert sum("; run: " in line for line in lines) >= 4


def test_baselines_alone_have_no_summary(tmp_path: Path) -> None:
    run = finished_run(tmp_path, "b", strength=lambda trial: 3.0, windows={"only": ("baseline-s00",)})
    with pytest.raises(InputError, match="no window is finished"):
        summary(run)
