"""The members that are blended, by keys and clicks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from textual.widgets import Static

from tests.harness.interface import until
from tests.harness.screens import at_rest
from tests.harness.until import SECONDS
from tests.tui.stack.conftest import stacked, text_of
from xsample_tui.services.ensemble_study import Choice, EnsembleStudy
from xsample_tui.stacking.blending.blender_registry import BLENDERS
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.latest_only import LatestOnly
from xsample_tui.tui.stack.agreement_matrix import AgreementMatrix
from xsample_tui.tui.stack.blender_table import BlenderTable
from xsample_tui.tui.stack.disagreement_browser import DisagreementBrowser
from xsample_tui.tui.stack.member_list import MemberList
from xsample_tui.tui.stack.size_curve import SizeCurvePlot


async def test_all_blenders_stand_side_by_side_with_what_they_have_to_beat(done: RunFolder) -> None:
    study = EnsembleStudy(done)
    async with stacked(done) as (_, screen):
        shown = text_of(screen, BlenderTable)
        for name, blender in BLENDERS.items():
            blend = study.blend(Choice("windows", 5), blender).blend
            assert blend is not None
            line = next(line for line in shown.splitlines() if name in line)
            assert line.split()[-3:] == [
                f"{blend.score.accuracy:.4f}", f"{blend.score.errors}/80", f"{blend.score.log_loss:.4f}"
            ]  # fmt: skip
        baselines = study.models.select.errors[study.models.pool("baselines")].mean()
        assert f"{baselines:.1f}/80" in shown
        assert "best (G)" in shown


async def test_more_and_fewer_members(done: RunFolder) -> None:
    async with stacked(done) as (pilot, screen):
        first = screen.members.standings["mean"].blend
        for keys, k in (
            (("plus",), 6),
            (("right_square_bracket",), 7),
            (("minus",), 6),
            (("left_square_bracket",), 5),
        ):
            await pilot.press(*keys)
            await at_rest(pilot)
            assert screen.members.choice == Choice("windows", k)
            assert len(screen.members.standings["simplex"].blend.whole.members) == k
        assert np.array_equal(screen.members.standings["mean"].blend.probabilities, first.probabilities)
        await pilot.press(*["minus"] * 9)
        assert screen.members.choice.k == 1
        await pilot.press("A")
        assert screen.members.choice.k == 9
        await pilot.press("plus")
        assert screen.members.choice.k == 9
        await at_rest(pilot)


async def test_ticking_makes_a_set_by_hand(done: RunFolder) -> None:
    async with stacked(done) as (pilot, screen):
        ranked = screen.members.study.ranked["windows"]
        await pilot.press("space")
        assert screen.members.choice.hand == ranked[1:5]
        await pilot.press("end", "space", "home", "down", "space")
        await at_rest(pilot)
        assert screen.members.choice.hand == (*ranked[2:5], ranked[8])
        assert screen.members.standings["caruana"].blend.whole.members.tolist() == list(screen.members.choice.hand)
        assert "4 members chosen by hand" in str(screen.query_one("#stack-title", Static).render())
        # A hand-made set has no k to change.
        await pilot.press("plus")
        assert len(screen.members.choice.hand) == 4
        await pilot.press("a")
        assert screen.members.choice == Choice("windows", 5)


async def test_nothing_ticked(done: RunFolder) -> None:
    async with stacked(done) as (pilot, screen):
        for _ in range(5):
            await pilot.press("space", "down")
        await at_rest(pilot)
        assert screen.members.choice.hand == ()
        assert text_of(screen, BlenderTable).count("no member") == 6
        await pilot.press("e")
        assert pilot.app.screen is screen
        for number, panel, said in (
            ("2", SizeCurvePlot, "k 1"),
            ("3", AgreementMatrix, "no members chosen"),
            ("4", DisagreementBrowser, "no members chosen"),
        ):
            await pilot.press(number)
            await at_rest(pilot)
            assert said in text_of(screen, panel), number
        await pilot.press("5")
        await at_rest(pilot)
        assert "noise floor" in str(screen.query_one("#verdict-text", Static).render())


async def test_a_click_in_the_box_ticks(done: RunFolder) -> None:
    async with stacked(done) as (pilot, screen):
        ranked = screen.members.study.ranked["windows"]
        await pilot.click(MemberList, offset=(1, 7))
        assert screen.members.choice.hand == ranked[:5] + ranked[6:7]
        await pilot.click(BlenderTable, offset=(4, 2))
        assert screen.members.blender == "geometric"
        await at_rest(pilot)


async def test_pools(done: RunFolder) -> None:
    async with stacked(done) as (pilot, screen):
        await pilot.press("w")
        assert screen.members.choice == Choice("baselines", 3)
        await pilot.press("w")
        assert screen.members.choice.pool == "all"
        assert "3 of 12" in str(screen.query_one(MemberList).border_title)
        await pilot.press("w")
        assert screen.members.choice.pool == "windows"
        await at_rest(pilot)


async def test_stale_results_are_dropped(done: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    async with stacked(done) as (pilot, screen):
        gate, first = threading.Event(), EnsembleStudy.blend

        def slow(study: EnsembleStudy, choice: Choice, blender: Any) -> Any:
            if choice.k == 6:
                gate.wait(SECONDS)
            return first(study, choice, blender)

        monkeypatch.setattr(EnsembleStudy, "blend", slow)
        await pilot.press("plus")
        assert screen.members.standings == {}
        assert text_of(screen, BlenderTable).count("…") >= 18
        await pilot.press("plus", "plus")
        gate.set()
        await at_rest(pilot)
        assert {len(s.blend.whole.members) for s in screen.members.standings.values()} == {8}


async def test_an_errand_drops_what_is_overtaken(done: RunFolder) -> None:
    async with stacked(done) as (pilot, screen):
        gate, begun, seen = threading.Event(), threading.Event(), []

        def do(request: int, latest: Callable[[], bool]) -> None:
            if request == 1:
                begun.set()
                gate.wait(SECONDS)
            seen.append((request, latest(), threading.current_thread() is threading.main_thread()))

        errand = LatestOnly(screen, "test", do)
        for request in (1, 2, 3):
            errand.ask(request)
            await until(pilot, begun.is_set)
        gate.set()
        await until(pilot, lambda: not errand.busy)
        assert seen == [(1, False, False), (3, True, False)]
        errand.close()
        errand.ask(4)
        assert not errand.busy
