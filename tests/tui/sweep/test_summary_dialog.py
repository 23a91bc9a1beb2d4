"""The summary: it comes by itself once a sweep ends, is computed in a thread, and comes back with a key."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from textual.widgets import Static

from tests.harness.interface import NOW, app_on, session_of, still, sweep_of, until
from tests.harness.screens import screen_text
from xsample_tui.core.errors import InputError
from xsample_tui.stacking.findings.run_summary import Summary
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run.stored_answer import stored_answer
from xsample_tui.tui.help.help_screen import Help
from xsample_tui.tui.sweep.summary_dialog import SummaryDialog
from xsample_tui.tui.widgets.aligned_row import AlignedRow

LINES = [
    "Blending windows hurts: the best 5 of these 9 windows make 12 more errors of 100 than the best 5 networks "
    "(95 % 3 to 21 more errors)",
    "What it can find: a difference of 9 errors of 100 is found in 4 of 5 such sweeps",
    "differences of 0.001 are not detectable with 10 images",
    "noise floor: SD 2.0 images",
    "errors of blends: 91 best 5 windows (A), 33 best 5 whole-image networks (B), 41 best single model (G)",
]


def words(app: Any) -> str:
    return "\n".join(str(widget.render()) for widget in app.screen.query(Static))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[threading.Thread]:
    """In which threads the summary was asked for."""
    threads: list[threading.Thread] = []

    def summary(run: RunFolder) -> Summary:
        threads.append(threading.current_thread())
        return Summary(tuple(LINES), "hurts")

    monkeypatch.setattr("xsample_tui.stacking.findings.run_summary.summary", summary)
    return threads


async def test_it_comes_by_itself_at_the_end_and_back_with_a_key(
    run: RunFolder, asked: list[threading.Thread]
) -> None:
    app = app_on(run)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, SummaryDialog) and app.screen.found)
        assert session_of(app).state == "finished"
        await until(pilot, lambda: "11 of 11 done" in words(app))
        assert LINES[0] in words(app)
        assert LINES[2] in words(app)
        await pilot.press("escape")
        assert app.screen is sweep_of(app)
        await pilot.press("e")
        assert isinstance(app.screen, SummaryDialog)
        await pilot.pause()
        # It was kept: nothing has changed since.
        assert "Noise floor" in words(app)
        assert len(asked) == 1
        assert asked[0] is not threading.main_thread()
        await pilot.press("e")
        assert app.screen is sweep_of(app)


async def test_behind_another_screen_it_waits_until_that_is_closed(
    run: RunFolder, asked: list[threading.Thread]
) -> None:
    app = app_on(run)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await pilot.press("question_mark")
        await until(pilot, lambda: session_of(app).state == "finished")
        await still(pilot)
        assert isinstance(app.screen, Help)
        assert not asked
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, SummaryDialog))


async def test_a_run_that_was_finished_before_is_summed_up_only_when_asked(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.harness.interface import commit

    def refused(run: RunFolder) -> Summary:
        raise InputError("run", run.name, "has no finished baseline")

    monkeypatch.setattr("xsample_tui.stacking.findings.run_summary.summary", refused)
    for trial in run.document.trials:
        commit(run, trial.name, 3)
    app = app_on(run, work=False, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await still(pilot)
        assert app.screen is sweep_of(app)
        await pilot.press("e")
        await until(pilot, lambda: "Cannot compute the summary: run: sweep: has no finished baseline" in words(app))


async def test_there_is_none_of_a_sweep_that_goes_on(mid_run: RunFolder, asked: list[threading.Thread]) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await pilot.press("e")
        assert app.screen is sweep_of(app)
        assert not asked


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_the_answer_comes_first_and_keys_and_values_are_aligned(
    run: RunFolder, asked: list[threading.Thread], size: tuple[int, int]
) -> None:
    app = app_on(run)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: isinstance(app.screen, SummaryDialog) and app.screen.found)
        await still(pilot)
        box = app.screen.query_one(".help")
        lines = [line[box.region.x + 1 : box.region.right - 1].strip() for line in screen_text(app).splitlines()]
        lines = [line for line in lines[box.region.y :] if line]
        assert lines[1].startswith("Summary: ")
        assert lines[2].startswith("Blending windows hurts: the best 5 of these 9 windows")
        starts = {row.head: row.region.x + 1 + row._width for row in app.screen.query(AlignedRow) if row.head}
        assert list(starts) == ["Noise floor", "Errors of blends", "Trials"]
        assert len(set(starts.values())) == 1
        # It is as high as what it holds, and where there is little room nothing of the screen below is beside it.
        assert box.region.height < size[1] if size[1] > 24 else box.region.height <= 24
        assert box.virtual_size.height <= box.size.height
        assert (box.region.x, box.region.width) == (0, 80) if size[0] == 80 else box.region.width == 100


async def test_a_dialog_of_three_lines_is_that_high(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "xsample_tui.stacking.findings.run_summary.summary", lambda run: Summary(tuple(LINES[:1]), "hurts")
    )
    app = app_on(run)
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, SummaryDialog) and app.screen.found)
        # The list of runs shows the verdict from now on.
        answer = stored_answer(run.path)
        assert answer is not None
        assert (answer.sentence, answer.verdict) == (LINES[0], "hurts")
        await still(pilot)
        assert app.screen.query_one(".help").region.height < 12
