"""Sentences of the report that depend on how the run was trained."""

from __future__ import annotations

from pathlib import Path

from tests.harness.finished_runs import finished_run
from xsample_tui.report.report_findings import gather
from xsample_tui.report.report_text import asked


def test_another_precision_than_usual_is_named(tmp_path: Path) -> None:
    said = "\n".join(asked(gather(finished_run(tmp_path, "usual"))))
    assert "passes over them." in said
    mixed = "\n".join(asked(gather(finished_run(tmp_path, "mixed", training={"precision": "bfloat16"}))))
    assert mixed == said.replace("passes over them.", "passes over them, computed in bfloat16.")
