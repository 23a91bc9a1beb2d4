"""The dialog of classes: what it says of a trial and of a blend, at any width, and what it copies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from textual.color import Color
from textual.widgets import Static

from tests.harness.finished_runs import finished_run
from tests.harness.interface import NOW, app_on, session_of, still, until
from tests.harness.runs import noise_images
from tests.harness.screens import at_rest, screen_text, strength
from xsample_tui.core.stats.confusion import Confusion
from xsample_tui.stacking.findings.class_scores import ClassScores, trial_class_scores
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.details.class_scores_dialog import ClassScoresDialog
from xsample_tui.tui.details.confusion_drawing import matrix_lines
from xsample_tui.tui.widgets.aligned_row import AlignedRow

# So many that the dialog scrolls in a small terminal.
CLASSES = 14
NAMES = ("cat", "dog", "owl \x1b[31m", "a class whose name is long", *(f"kind {n}" for n in range(4, CLASSES)))
COLOURS = {"page": Color(0, 0, 0), "right": Color(0, 0, 255), "wrong": Color(255, 128, 0)}
SIZES = [(80, 24), (100, 30), (120, 40), (160, 45), (200, 50)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("classes") / "runs"
    data = replace(noise_images(1400, 8, CLASSES), class_names=NAMES)
    finished_run(runs, "q", strength=strength, data=data, leave=("keep-r04-c04",))
    return runs


async def read(pilot: Any) -> ClassScoresDialog:
    app = pilot.app
    await until(pilot, lambda: isinstance(app.screen, ClassScoresDialog) and app.screen.found is not None)
    await until(pilot, lambda: len(app.screen.query(AlignedRow)) == CLASSES)
    await still(pilot)
    found: ClassScoresDialog = app.screen
    return found


def text(screen: ClassScoresDialog, part: str) -> str:
    return str(screen.query_one(f"#classes-{part}", Static).content)


@pytest.mark.parametrize("size", SIZES, ids=[f"{width}x{height}" for width, height in SIZES])
async def test_it_shows_the_chosen_trial_and_no_row_wraps(folder: Path, size: tuple[int, int]) -> None:
    run = RunFolder.open(folder, "q")
    app = app_on(run, work=False, clock=lambda: NOW)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await pilot.press("C")
        screen = await read(pilot)
        found = trial_class_scores(run, "keep-r00-c00")
        assert screen.found is not None
        assert screen.found.confusion.counts.tolist() == found.confusion.counts.tolist()
        assert text(screen, "answer").startswith(found.answer())
        assert all(row.size.height == 1 for row in screen.query(AlignedRow))
        room = screen.query_one("#classes-counts").size.width
        lines = [text(screen, "head"), *text(screen, "counts").split("\n"), *screen._lines]
        assert max(map(len, lines)) <= room
        assert screen.query_one("#classes-head").size.height == 1
        assert "accuracy" in lines[0]
        assert "\x1b" not in "".join(lines) + screen_text(app)


async def test_the_weakest_class_comes_first_on_request_and_all_of_it_is_copied(folder: Path) -> None:
    app = app_on(RunFolder.open(folder, "q"), work=False, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await pilot.press("C")
        screen = await read(pilot)
        assert [row.head.strip() for row in screen.query(AlignedRow)][:2] == ["cat", "dog"]
        await pilot.press("s")
        await still(pilot)
        assert screen.found is not None
        accuracies = [row.accuracy for row in screen.found.rows(weakest_first=True)]
        rows = zip(screen._lines, screen.query(AlignedRow), strict=True)
        shown = [float(line.removeprefix(row.head).split()[0]) for line, row in rows]
        assert shown == sorted(shown) == [round(value, 4) for value in accuracies]
        await pilot.press("y")
        assert text(screen, "answer") in app.clipboard
        assert text(screen, "counts") in app.clipboard
        assert all(line in app.clipboard for line in screen._lines)
        await pilot.press("C")
        await until(pilot, lambda: not isinstance(app.screen, ClassScoresDialog))


async def test_a_trial_that_is_not_finished_has_none(folder: Path) -> None:
    app = app_on(RunFolder.open(folder, "q"), work=False, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await pilot.press("pagedown", "end", "C")
        await until(pilot, lambda: "keep-r04-c04 is not finished" in " ".join(n.message for n in app._notifications))
        assert not isinstance(app.screen, ClassScoresDialog)


async def test_damaged_outputs_are_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(run: RunFolder, trial: str) -> ClassScores:
        raise OSError("no\x1b such disk")

    monkeypatch.setattr("xsample_tui.stacking.findings.class_scores.trial_class_scores", refuse)
    app = app_on(RunFolder.open(folder, "q"), work=False, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await pilot.press("C")
        await until(pilot, lambda: "Cannot read the outputs: no\\x1b such disk" in screen_text(app))


async def test_the_stack_screen_shows_the_blend(folder: Path) -> None:
    app = app_on(RunFolder.open(folder, "q"), work=False, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await pilot.press("b")
        stack = await at_rest(pilot)
        await pilot.press("m")
        blend = stack.members.standings["geometric"].blend
        assert blend is not None
        await pilot.press("C")
        screen = await read(pilot)
        assert screen.found is not None
        assert screen.found.confusion.errors == blend.score.errors
        assert "geometric of top 5 of 8" in screen_text(app)


def made(classes: int, names: tuple[str, ...] | None = None) -> ClassScores:
    counts = np.eye(classes, dtype=np.int64) * 100
    counts[2, 1] = 7
    counts[1, 0] = 1
    return ClassScores(
        "x", "select", names or tuple(map(str, range(classes))), Confusion(counts), np.ones(classes), 3
    )


def test_a_matrix_that_does_not_fit_shows_the_classes_with_the_most_errors() -> None:
    lines = [line.plain for line in matrix_lines(made(100), 30, **COLOURS)]
    assert max(map(len, lines[:-1])) <= 30
    assert lines[-1] == "the 6 of 100 classes with the most errors (more do not fit)"
    assert lines[0].split() == ["true", "0", "1", "2", "3", "4", "5"]
    assert lines[2].split() == ["1", "1", "100", "·", "·", "·", "·"]
    assert lines[3].split() == ["2", "·", "7", "100", "·", "·", "·"]


def test_long_names_have_their_labels_as_headings() -> None:
    lines = [line.plain for line in matrix_lines(made(3, ("a cat", "an elephant", "owl")), 60, **COLOURS)]
    assert lines[0].split() == ["true", "0", "1", "2"]
    assert lines[2].split() == ["1", "an", "elephant", "1", "100", "·"]
