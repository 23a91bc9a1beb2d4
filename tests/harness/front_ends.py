"""One finished run, as every front end answers for it."""

import asyncio
from typing import Any

from tests.harness.interface import app_on, session_of, until
from tests.stacking.conftest import Command, command  # noqa: F401  # a fixture
from xsample_tui import Sweep
from xsample_tui.core.run_state.run_progress import Progress
from xsample_tui.core.training.trial_plan import Trial
from xsample_tui.report.report_findings import Findings, gather
from xsample_tui.services.ensemble_study import EnsembleStudy
from xsample_tui.stacking.blending.blender_registry import BLENDERS
from xsample_tui.stacking.findings.run_summary import summary
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.view_models.trial_significance import BaselineTest


def strength(trial: Trial) -> float:
    """Return how good each network is: one window clearly better, one clearly worse."""
    return {"keep-r02-c02": 5.0, "keep-r00-c04": 1.0}.get(trial.name[:12], 3.0)


async def shown(run: RunFolder) -> tuple[Progress, BaselineTest]:
    """Return what the interface paints its table and grid by, once it has judged the finished run."""
    app = app_on(run)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: session_of(app).opened and session_of(app).baseline_test.smoothed is not None)
        return session_of(app).progress, session_of(app).baseline_test


class Read:
    """What the front ends other than the command line read of a run."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self.sweep = Sweep.load(run.name, runs_dir=run.path.parent)
        self.stack = self.sweep.stack()
        self.judgement = self.sweep.judge()
        self.study = EnsembleStudy(run)
        assert self.study.verdict is not None
        self.judged = self.study.verdict
        self.arms = self.study.arms(5, BLENDERS["mean"])
        self.report: Findings = gather(run)
        assert self.report.judgement is not None
        self.reported = self.report.judgement
        self.summary = summary(run)
        self.lines = self.summary.lines
        self.progress, self.baseline_test = asyncio.run(shown(run))


class Front(Read):
    """All front ends on one run."""

    def __init__(self, read: Read, command: Command) -> None:  # noqa: F811
        self.__dict__.update(read.__dict__)
        self.command = command

    def json(self, *arguments: object) -> Any:
        """Return what a command says for machines."""
        done = self.command(*arguments, "--json")
        assert done.code == 0, done.err
        return done.json
