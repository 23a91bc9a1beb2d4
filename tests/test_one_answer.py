"""One run, one answer: every front end gives the same figures for the same question.

Each question is a function of QUESTIONS that asks it of every front end; the fixture is one finished run with all its
controls.
"""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.stacking.conftest import Command, command  # noqa: F401  # a fixture
from tests.stacking.sample import dataset, finish, finished_run
from tests.tui.made import app_on, link_of, until
from xsample_tui import Sweep
from xsample_tui.core.progress import Progress
from xsample_tui.core.trial import Trial
from xsample_tui.report.figure import heatmap
from xsample_tui.report.findings import Findings, gather
from xsample_tui.stacking.blender import BLENDERS
from xsample_tui.stacking.companion import COMPANION_KINDS, lay_out_companions
from xsample_tui.stacking.library import PoolKind, open_pool
from xsample_tui.stacking.rule import best_windows
from xsample_tui.stacking.summary import summary
from xsample_tui.store.folder import RunFolder
from xsample_tui.tui.noise import Yardstick
from xsample_tui.tui.study import Choice, Study

Answers = dict[str, Any]


def strength(trial: Trial) -> float:
    """Return how good each network is: one window clearly better, one clearly worse."""
    return {"keep-r02-c02": 5.0, "keep-r00-c04": 1.0}.get(trial.name[:12], 3.0)


async def shown(run: RunFolder) -> tuple[Progress, Yardstick]:
    """Return what the interface paints its table and grid by, once it has judged the finished run."""
    app = app_on(run)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: link_of(app).opened and link_of(app).yardstick.smoothed is not None)
        return link_of(app).progress, link_of(app).yardstick


class Read:
    """What the front ends other than the command line read of a run."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self.sweep = Sweep.open(run.name, runs_dir=run.path.parent)
        self.stack = self.sweep.stack()
        self.judgement = self.sweep.judge()
        self.study = Study(run)
        assert self.study.verdict is not None
        self.judged = self.study.verdict
        self.arms = self.study.arms(5, BLENDERS["mean"])
        self.report: Findings = gather(run)
        assert self.report.judgement is not None
        self.reported = self.report.judgement
        self.lines = summary(run)
        self.progress, self.yardstick = asyncio.run(shown(run))


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


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """Return a finished run with every control that ``arms`` trains, as it is read."""
    runs = tmp_path_factory.mktemp("one") / "runs"
    made = finished_run(runs, data=dataset(1200), strength=strength)
    for kind in COMPANION_KINDS:
        best = best_windows(open_pool(made), 10) if kind == "replicates" else []
        for folder in lay_out_companions(made, kind, 9, replicated=best):
            for trial in folder.document.trials:
                finish(folder, trial, strength(trial))
    return Read(made)


@pytest.fixture
def front(read: Read, command: Command, monkeypatch: pytest.MonkeyPatch) -> Front:  # noqa: F811
    monkeypatch.chdir(read.run.path.parent.parent)
    return Front(read, command)


def noise_floor(front: Front) -> Answers:
    """How many baselines, and their mean?"""
    level = front.yardstick.level(2)
    assert level is not None
    facts = front.json("judge", "r")["floor"]
    return {
        "judge": (facts["count"], facts["mean"]),
        "python": (front.judgement.floor.count, front.judgement.floor.mean),
        "stack screen": (front.judged.floor.count, front.judged.floor.mean),
        "grid": (level.count, level.errors),
        "report": (front.reported.floor.count, front.reported.floor.mean),
        "summary": next(
            (int(line.split()[0]), pytest.approx(float(line.split()[-2]), abs=0.05))
            for line in front.lines
            if " baselines on " in line and "mean" in line
        ),
    }


def noise_sd(front: Front) -> Answers:
    """How far do seeds alone move the errors?"""
    level = front.yardstick.level(2)
    assert level is not None
    return {
        "judge": front.json("judge", "r")["sd"],
        "python": front.judgement.sd,
        "stack screen": front.judged.sd,
        "grid": level.sd,
        "report": front.reported.sd,
    }


def standings(front: Front) -> Answers:
    """What is each window against the baselines?"""
    frame = front.judgement.to_frame()
    return {
        "judge": {row["name"]: row["standing"] for row in front.json("judge", "r")["windows"]},
        "python": dict(zip(frame["name"], frame["standing"], strict=True)),
        "stack screen": {row.name: row.standing for row in front.judged.windows},
        "grid": {entry.trial.name: front.yardstick.verdict(entry) for entry in front.progress.windows},
        "report": {name: row.standing for name, row in front.report.judged.items()},
    }


def gains(front: Front) -> Answers:
    """How many images does each window gain on the baselines' mean?"""
    trials = front.sweep.trials()
    windows = trials[trials["kind"] == "keep"]
    status = front.json("status", "r")["trials"]
    return {
        "judge": {row["name"]: pytest.approx(row["gain"]) for row in front.json("judge", "r")["windows"]},
        "python": dict(zip(windows["trial"], windows["gain"], strict=True)),
        "status": {row["trial"]: row["gain"] for row in status if row["kind"] == "keep"},
        "grid": {entry.trial.name: front.yardstick.gain(entry) for entry in front.progress.windows},
        "report": {name: pytest.approx(row.gain) for name, row in front.report.judged.items()},
    }


def smoothed_gains(front: Front) -> Answers:
    """What do neighbouring windows gain together, and where is it beyond noise?"""
    facts, report = front.json("judge", "r")["smoothed"], front.report.smoothed
    assert report is not None
    screen = {entry.trial.name: entry for entry in front.progress.windows}
    signs = {**dict.fromkeys(facts["better"], "better"), **dict.fromkeys(facts["worse"], "worse")}
    return {
        "judge": {row["name"]: (row["smoothed"], signs.get(row["name"], "noise")) for row in facts["windows"]},
        "report": {
            name: (gain, "better" if name in report.better else "worse" if name in report.worse else "noise")
            for name, gain in zip(report.names, report.smoothed.tolist(), strict=True)
        },
        "grid": {
            name: (front.yardstick.gain(entry, "smoothed"), front.yardstick.verdict(entry, "smoothed"))
            for name, entry in screen.items()
        },
    }


def greys(front: Front) -> Answers:
    """Which windows are grey, as nothing that is beyond noise?"""
    cells = heatmap._cells(front.report)
    at = {entry.trial.name: (entry.trial.row, entry.trial.col) for entry in front.progress.windows}
    return {
        "judge": {w["name"] for w in front.json("judge", "r")["windows"] if w["standing"] not in ("better", "worse")},
        "report": {
            name
            for name, (row, col) in at.items()
            if row is not None and col is not None and cells.noise[cells.rows.index(row), cells.cols.index(col)]
        },
        "grid": {
            entry.trial.name
            for entry in front.progress.windows
            if front.yardstick.verdict(entry) in ("noise", "uncorrected", "unknown")
        },
    }


def twins(front: Front) -> Answers:
    """How many images does each window gain on its twin?"""
    trials = front.sweep.trials()
    windows = trials[trials["kind"] == "keep"]
    front.command("export", "r", "--csv", "trials.csv", "--force")
    import pandas as pd

    csv = pd.read_csv("trials.csv").query("kind == 'keep'")
    return {
        "judge": {row["name"]: row["paired_gain"] for row in front.json("judge", "r")["windows"]},
        "python": dict(zip(windows["trial"], windows["paired_gain"], strict=True)),
        "csv": {name: int(gain) for name, gain in zip(csv["trial"], csv["paired_gain"], strict=True)},
        "table": {e.trial.name: front.progress.paired_gain(e.trial.name) for e in front.progress.windows},
        "report": {name: row.paired_gain for name, row in front.report.judged.items()},
    }


def blended(front: Front, pool: PoolKind, letter: str) -> Answers:
    """Return how many errors the best five of a pool make, blended: the arm of a letter."""
    arm = next(arm for arm in front.json("arms", "r", "--no-train")["arms"] if arm["arm"] == letter)
    screen = front.study.blend(Choice(pool, 5), BLENDERS["mean"]).blend
    assert screen is not None
    answers = {
        "stack": front.json("stack", "r", "--pool", pool)["score"]["errors"],
        "arms": arm["errors"],
        "python": front.sweep.stack(pool=pool).errors,
        "python's arms": front.stack.arms.loc[letter, "errors"],
        "stack screen": screen.score.errors,
        "report": front.report.arms[letter].blend.score.errors,
    }
    if letter in ("A", "B"):
        stacked = next(line for line in front.lines if line.startswith("stack across:"))
        answers["summary"] = int(stacked.split(f"({letter}) ")[1].split()[0])
    return answers


def best_windows_blended(front: Front) -> Answers:
    """How many errors do the best five windows make, blended?"""
    assert front.study.first_choice() == Choice("windows", 5)
    return blended(front, "windows", "A") | {"report's blends": front.report.blends[0].score.errors}


def best_seeds_blended(front: Front) -> Answers:
    """How many errors do the best five whole-picture networks make, blended?"""
    return blended(front, "baselines", "B")


def windows_and_seeds_blended(front: Front) -> Answers:
    """How many errors do the best five of windows and whole-picture networks make, blended?"""
    return blended(front, "all", "M")


def verdict(front: Front) -> Answers:
    """Does blending windows help?"""
    facts = front.json("arms", "r", "--no-train")
    screen = front.arms
    return {
        "arms": (facts["verdict"], facts["answer"]),
        "python": (front.stack.verdict, front.stack.answer),
        "stack screen": (screen.comparisons[0].verdict, list(screen.answer)),
        "report": (front.report.comparisons[0].verdict, front.report.answer),
        "summary": (
            facts["verdict"],
            [*front.lines[:2], *(line for line in facts["answer"][2:] if line in front.lines)],
        ),
    }


def intervals(front: Front) -> Answers:
    """By how much do the arms differ?"""
    facts = front.json("arms", "r", "--no-train")["comparisons"]
    screen = front.arms
    frame = front.stack.comparisons
    return {
        "arms": {c["name"]: (c["difference"]["low"], c["difference"]["high"]) for c in facts},
        "python": {name: (row["low"], row["high"]) for name, row in frame.iterrows()},
        "stack screen": {c.name: (c.difference.low, c.difference.high) for c in screen.comparisons},
        "report": {c.name: (c.difference.low, c.difference.high) for c in front.report.comparisons},
    }


def judgement_in_words(front: Front) -> Answers:
    """What do the windows amount to, in sentences?"""
    printed = front.command("judge", "r").out.splitlines()
    sentences = front.judgement.sentences()
    return {
        "judge": printed[: len(sentences)],
        "python": sentences,
        "stack screen": front.study.judgement,
        "summary": [line for line in front.lines if line in sentences],
    }


def openings(front: Front) -> Answers:
    """How often has the test set been opened?"""
    words = front.study.ledger
    return {
        "judge": front.json("judge", "r")["ledger"]["openings"],
        "stack": front.json("stack", "r")["ledger"]["openings"],
        "arms": front.json("arms", "r", "--no-train")["ledger"]["openings"],
        "stack screen": 0 if words == "test set never opened" else words,
    }


QUESTIONS: list[Callable[[Front], Answers]] = [
    noise_floor,
    noise_sd,
    standings,
    gains,
    smoothed_gains,
    greys,
    twins,
    best_windows_blended,
    best_seeds_blended,
    windows_and_seeds_blended,
    verdict,
    intervals,
    judgement_in_words,
    openings,
]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.__name__)
def test_every_front_end_gives_the_same_answer(question: Callable[[Front], Answers], front: Front) -> None:
    answers = question(front)
    assert len(answers) > 1
    (first, expected), *others = answers.items()
    for other, answer in others:
        assert answer == expected, f"{question.__doc__} {first} and {other} differ"


def test_what_arms_trained_can_be_submitted(front: Front) -> None:
    """`predict` blends the twins too, and says the same members as arm B."""
    arm = next(arm for arm in front.json("arms", "r", "--no-train")["arms"] if arm["arm"] == "B")
    assert any(name not in {trial.name for trial in front.run.document.trials} for name in arm["members"])
    done = front.command("stack", "r", "--pool", "baselines", "--csv", "b.csv", "--force")
    assert done.code == 0
    facts = json.loads(Path("b.csv.json").read_text())
    assert [member["name"] for member in facts["members"]] == arm["members"]


def test_the_fixture_has_something_to_say(front: Front) -> None:
    """Or all front ends could agree on nothing."""
    found = front.judged
    assert found.of("better") == ["keep-r02-c02"]
    assert "keep-r00-c04" in found.of("worse")
    assert found.floor.count == 9
    assert all(row.twin is not None for row in found.windows)
