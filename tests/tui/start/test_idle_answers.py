"""Verdicts that nobody has asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.harness.finished_runs import finished_run
from tests.harness.interface import make_shown_run, until
from tests.harness.screens import SMALL, rows, start_of
from xsample_tui.stacking.findings.answer_process import start_answer
from xsample_tui.store.run.stored_answer import stored_answer
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.start.idle_answers import IdleAnswers


def test_the_process_keeps_the_answer_beside_the_run(runs: Path) -> None:
    run = finished_run(runs)
    assert stored_answer(run.path) is None
    assert start_answer(runs, run.name).wait() == 0
    found = stored_answer(run.path)
    assert found is not None
    assert found.done == len(run.document.trials)
    assert found.sentence
    begun = make_shown_run(runs, "begun")
    assert start_answer(runs, begun.name).wait() == 1
    assert stored_answer(begun.path) is None


async def test_finished_runs_without_an_answer_are_computed_once_each(runs: Path) -> None:
    finished_run(runs, "done")
    finished_run(runs, "other")
    make_shown_run(runs, "begun")
    asked: list[str] = []

    def start(folder: Path, name: str) -> subprocess.Popen[bytes]:
        asked.append(name)
        return subprocess.Popen([sys.executable, "-c", ""])

    app = XSampleApp(runs)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: len(rows(app)) == 3 and "…" not in rows(app)[0][2])
        answers = IdleAnswers(app, runs, start)

        def both() -> bool:
            answers.ask(start_of(app)._rows or [])
            return len(asked) == 2

        await until(pilot, both)
        await until(pilot, lambda: not answers._work.busy)
        # None has come of either, and neither is tried again.
        answers.ask(start_of(app)._rows or [])
        assert not answers._work.busy
        assert sorted(asked) == ["done", "other"]
        answers.close()
