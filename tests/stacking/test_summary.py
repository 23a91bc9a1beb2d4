"""The summary of a finished run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stacking.sample import finished_run
from xsample_tui.core.errors import InputError
from xsample_tui.stacking.library import Library
from xsample_tui.stacking.summary import summary


def test_a_finished_run_is_judged_and_its_blends_compared(tmp_path: Path) -> None:
    run = finished_run(tmp_path, "q", strength=lambda trial: 3.4 if trial.is_baseline else 2.2)
    lines = summary(run)
    text = "\n".join(lines)
    pictures = len(Library(run).select.labels)
    assert lines[0].startswith(f"3 baselines on {pictures} pictures")
    assert "best 3 windows blended (A) " in text
    assert "best 3 baselines blended (B) " in text
    assert any(line.startswith("A - B: ") for line in lines)
    assert f"{pictures} pictures cannot resolve thousandths here" in text
    assert lines[-1].endswith("xsample-tui arms q")


def test_one_baseline_leaves_no_blend_to_compare_with(tmp_path: Path) -> None:
    run = finished_run(tmp_path, "q", strength=lambda trial: 3.0, baselines=1)
    assert summary(run)[-1] == "stack across: needs two windows and two baselines to compare blends of both"


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
