"""Sentences of the report that depend on how the run was trained."""

from __future__ import annotations

from pathlib import Path

from tests.harness.finished_runs import finished_run
from tests.harness.inline_slot import InlineSlot
from tests.harness.runs import make_run
from xsample_tui.report.report_findings import gather
from xsample_tui.report.report_text import asked, findings, unresolved
from xsample_tui.sweep.controller import Controller


def test_another_precision_than_usual_is_named(tmp_path: Path) -> None:
    said = "\n".join(asked(gather(finished_run(tmp_path, "usual"))))
    assert "passes over them." in said
    mixed = "\n".join(asked(gather(finished_run(tmp_path, "mixed", training={"precision": "bfloat16"}))))
    assert mixed == said.replace("passes over them.", "passes over them, computed in bfloat16.")


def test_windows_that_rungs_have_parked_are_among_those_that_are_corrected_for(tmp_path: Path) -> None:
    run = make_run(tmp_path, windows={"stride": 2}, baselines=3, search="halving", halving_factor=3, halving_least=4)
    assert (
        Controller(run, lambda number: InlineSlot(), lease="tests.harness.fake_lease:run_judged").work() == "finished"
    )
    found = gather(run)
    text = " ".join([*asked(found), *findings(found), *unresolved(found)])
    assert "Corrected for testing 9 windows" in text
    assert "after correction for 9 windows" in text
    assert "5 of 9 windows are parked" in text
