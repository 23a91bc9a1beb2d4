"""One run, one answer: every front end gives the same figures for the same question.

Each question is a function of QUESTIONS that asks it of every front end; the fixture is one finished run with all its
controls.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.harness.finished_runs import dataset, finish, finished_run
from tests.harness.front_ends import Front, Read, strength
from tests.harness.table_questions import TABLE_QUESTIONS, plain
from tests.stacking.conftest import Command, command  # noqa: F401  # a fixture
from xsample_tui import compare, sweeps, windows
from xsample_tui.report.figure import heatmap_figure
from xsample_tui.services.ensemble_study import Choice
from xsample_tui.stacking.blending.blender_registry import BLENDERS
from xsample_tui.stacking.pool.control_runs import lay_out_control_runs
from xsample_tui.stacking.pool.member_selection import best_windows
from xsample_tui.stacking.pool.model_pool import PoolKind, open_pool
from xsample_tui.store.control_run_names import CONTROL_KINDS

Answers = dict[str, Any]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """Return a finished run with every control that ``arms`` trains, as it is read."""
    runs = tmp_path_factory.mktemp("one") / "runs"
    made = finished_run(runs, data=dataset(1200), strength=strength)
    for kind in CONTROL_KINDS:
        best = best_windows(open_pool(made), 10) if kind == "replicates" else []
        for folder in lay_out_control_runs(made, kind, 9, replicated=best):
            for trial in folder.document.trials:
                finish(folder, trial, strength(trial))
    return Read(made)


@pytest.fixture
def front(read: Read, command: Command, monkeypatch: pytest.MonkeyPatch) -> Front:  # noqa: F811
    monkeypatch.chdir(read.run.path.parent.parent)
    return Front(read, command)


def noise_floor(front: Front) -> Answers:
    """How many baselines, and their mean?"""
    level = front.baseline_test.level(2)
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
    level = front.baseline_test.level(2)
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
        "grid": {entry.trial.name: front.baseline_test.verdict(entry) for entry in front.progress.windows},
        "report": {name: row.standing for name, row in front.report.judged.items()},
    }


def gains(front: Front) -> Answers:
    """How many images does each window gain on the baselines' mean?"""
    trials = front.sweep.trials_dataframe()
    windows = trials[trials["kind"] == "keep"]
    status = front.json("status", "r")["trials"]
    return {
        "judge": {row["name"]: pytest.approx(row["gain"]) for row in front.json("judge", "r")["windows"]},
        "python": dict(zip(windows["trial"], windows["gain"], strict=True)),
        "status": {row["trial"]: row["gain"] for row in status if row["kind"] == "keep"},
        "grid": {entry.trial.name: front.baseline_test.gain(entry) for entry in front.progress.windows},
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
            name: (front.baseline_test.gain(entry, "smoothed"), front.baseline_test.verdict(entry, "smoothed"))
            for name, entry in screen.items()
        },
    }


def greys(front: Front) -> Answers:
    """Which windows are grey, as nothing that is beyond noise?"""
    cells = heatmap_figure._cells(front.report)
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
            if front.baseline_test.verdict(entry) in ("noise", "uncorrected", "unknown")
        },
    }


def twins(front: Front) -> Answers:
    """How many images does each window gain on its twin?"""
    trials = front.sweep.trials_dataframe()
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
        "python's arms": front.stack.arms_dataframe().loc[letter, "errors"],
        "stack screen": screen.score.errors,
        "report": front.report.arms[letter].blend.score.errors,
    }
    if letter in ("A", "B"):
        stacked = next(line for line in front.lines if line.startswith("errors of blends: "))
        answers["summary"] = int(stacked.split(f" ({letter})")[0].replace(": ", ", ").split(", ")[-1].split()[0])
    return answers


def best_windows_blended(front: Front) -> Answers:
    """How many errors do the best five windows make, blended?"""
    assert front.study.first_choice() == Choice("windows", 5)
    return blended(front, "windows", "A") | {"report's blends": front.report.blends[0].score.errors}


def best_seeds_blended(front: Front) -> Answers:
    """How many errors do the best five whole-image networks make, blended?"""
    return blended(front, "baselines", "B")


def windows_and_seeds_blended(front: Front) -> Answers:
    """How many errors do the best five of windows and whole-image networks make, blended?"""
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
            front.summary.verdict,
            [*front.lines[:2], *(line for line in facts["answer"][2:] if line in front.lines)],
        ),
    }


def intervals(front: Front) -> Answers:
    """By how much do the arms differ?"""
    facts = front.json("arms", "r", "--no-train")["comparisons"]
    screen = front.arms
    frame = front.stack.comparisons_dataframe()
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
    first = next(line for line in front.lines if line.startswith("single windows: "))
    said = [
        first.removeprefix("single windows: "),
        sentences[1],
        *(line for line in front.lines if line in sentences),
    ]
    return {
        "judge": printed[: len(sentences)],
        "python": sentences,
        "stack screen": front.study.judgement,
        "summary": said,
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


def arms_in_full(front: Front) -> Answers:
    """What is all that is said of the arms?"""
    return {
        "arms": front.json("arms", "r", "--no-train"),
        "python": plain(front.sweep.arms().to_dict()),
    }


def judgement_in_full(front: Front) -> Answers:
    """What is all that is said of the windows?"""
    return {"judge": front.json("judge", "r"), "python": plain(front.sweep.judge_dict())}


def blend_in_full(front: Front) -> Answers:
    """What is all that is said of a blend, with its curve?"""
    facts = front.json("stack", "r", "--top", 3, "--blend", "caruana", "--curve")
    stack = front.sweep.stack(3, "caruana")
    curve = plain(stack.curve_dataframe().to_dict("records"))
    return {
        "stack": {key: value for key, value in facts.items() if key != "command"},
        "python": plain(stack.to_dict()) | {"curve": curve},
    }


def how_far(front: Front) -> Answers:
    """How far is the run?"""
    said = front.json("status", "r")
    status = front.sweep.refresh()
    (listed,) = sweeps(front.run.path.parent).query("name == 'r'").to_dict("records")
    return {
        "status": (said["state"], said["counts"]["done"], said["fraction_done"]),
        "python": (status.state, status.done, status.fraction_done),
        "python's list": (listed["state"], int(listed["done"]), listed["done"] / listed["trials"]),
    }


def trials_as_files(front: Front) -> Answers:
    """What is exported?"""
    front.command("export", "r", "--csv", "command.csv", "--force")
    return {
        "export": Path("command.csv").read_bytes(),
        "python": front.sweep.export("python.csv", force=True).read_bytes(),
    }


def side_by_side(front: Front) -> Answers:
    """How does the run compare with a second one, here itself?"""
    return {
        "compare": front.json("compare", "r", "r"),
        "python": plain(compare(front.sweep, "r", runs_dir=front.run.path.parent).to_dict()),
    }


def whole(front: Front) -> Answers:
    """Is every byte what was written?"""
    return {
        "verify": front.json("verify", "r")["findings"],
        "python": front.sweep.verify().to_dict("records"),
    }


def window_ink(front: Front) -> Answers:
    """What do masks remove?"""
    return {
        "windows": front.json("windows", "--mask", "occlude", "--window", "9x7", "--stride", 10)["table"],
        "python": plain(windows(mask="occlude", window=(9, 7), stride=10).to_dict("records")),
    }


QUESTIONS: list[Callable[[Front], Answers]] = [
    arms_in_full,
    judgement_in_full,
    blend_in_full,
    how_far,
    trials_as_files,
    side_by_side,
    whole,
    window_ink,
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
    *TABLE_QUESTIONS,
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
