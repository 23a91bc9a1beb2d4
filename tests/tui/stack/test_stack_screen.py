"""The stack screen: every key, what it shows, what it writes, and images of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.harness.finished_runs import finish, finished_run
from tests.harness.interface import NOW, app_on, beat, session_of, still, until
from tests.harness.screens import Compare, at_rest, one_size, screen_text, stack_of, strength
from tests.tui.keys.shown_keys import footer
from tests.tui.stack.conftest import stacked, text_of, with_controls
from xsample_tui.services.ensemble_study import EnsembleStudy, TooFewModels
from xsample_tui.stacking.blending.blender_registry import BLENDERS
from xsample_tui.stacking.blending.logistic_stacking import LogisticFit
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.help.help_screen import Help
from xsample_tui.tui.stack.agreement_matrix import AgreementMatrix
from xsample_tui.tui.stack.blender_table import BlenderTable
from xsample_tui.tui.stack.disagreement_browser import DisagreementBrowser
from xsample_tui.tui.stack.member_list import MemberList
from xsample_tui.tui.stack.size_curve import SizeCurvePlot
from xsample_tui.tui.stack.stack_tabs import PANELS
from xsample_tui.tui.stack.verdict_panel import VerdictPanel
from xsample_tui.tui.sweep.sweep_screen import SweepScreen

# -- the other panels --------------------------------------------------------------------------------------------


async def test_number_keys_show_each_panel_alone_where_it_is_narrow(done: RunFolder) -> None:
    async with stacked(done) as (pilot, screen):
        widgets = [MemberList, SizeCurvePlot, AgreementMatrix, DisagreementBrowser, VerdictPanel]
        for number, widget in enumerate(widgets, 1):
            await pilot.press(str(number))
            await at_rest(pilot)
            seen = [w for w in widgets if screen.query_one(w).region.area]
            assert seen == [widget]
            assert pilot.app.focused is screen.query_one(widget)


async def test_everything_at_once_where_it_is_wide(done: RunFolder) -> None:
    async with stacked(done, (200, 50)) as (_, screen):
        for widget in (MemberList, BlenderTable, SizeCurvePlot, AgreementMatrix, DisagreementBrowser, VerdictPanel):
            assert screen.query_one(widget).region.area


async def test_curve_and_greedy_path(done: RunFolder) -> None:
    async with stacked(done) as (pilot, screen):
        await pilot.press("2")
        await at_rest(pilot)
        shown = text_of(screen, SizeCurvePlot)
        assert "k = 5" in shown
        for key, axis in (("minus", "▲1"), ("A", "9▲")):
            await pilot.press(*[key] * 4)
            await at_rest(pilot)
            assert axis in text_of(screen, SizeCurvePlot)
        assert "accuracy" in shown
        await pilot.press("m", "m", "m")
        await at_rest(pilot)
        assert screen.members.blender == "caruana"
        # The curve of a fitted blender would take minutes on a large run.
        assert "arithmetic mean" in str(screen.query_one("#stack-curve").border_title)
        await pilot.press("M")
        assert screen.members.blender == "vote"
        await at_rest(pilot)


async def test_images_are_turned_over(done: RunFolder) -> None:
    async with stacked(done) as (pilot, screen):
        await pilot.press("4")
        await at_rest(pilot)
        browser = screen.query_one(DisagreementBrowser)
        blend = screen.members.standings["mean"].blend
        found = screen.members.study.disagreements(blend)
        assert found
        shown = text_of(screen, DisagreementBrowser)
        assert f"1/{len(found)}" in shown
        assert f"true label {found[0].label}" in shown
        assert f"{found[0].first_p[found[0].first]:.3f}" in shown
        await pilot.press("n")
        assert browser.current.image == found[1].image
        await pilot.press("p", "p")
        assert browser.current.image == found[-1].image


async def test_only_images_of_one_kind_are_turned_over(done: RunFolder) -> None:
    async with stacked(done) as (pilot, screen):
        await pilot.press("4")
        await at_rest(pilot)
        browser = screen.query_one(DisagreementBrowser)
        every = screen.members.study.disagreements(screen.members.standings["mean"].blend)
        kinds = (
            [d for d in every if d.first == d.label],
            [d for d in every if d.second == d.label],
            [d for d in every if d.label not in (d.first, d.second)],
        )
        assert all(kinds)
        for found in (*kinds, every):
            await pilot.press("o")
            assert f" 1/{len(found)}  " in f" {text_of(screen, DisagreementBrowser).strip()}"
            assert browser.current.image == found[0].image
            await pilot.press("p")
            assert browser.current.image == found[-1].image


async def test_a_tall_panel_has_the_image_above_the_table(finished: XSampleApp) -> None:
    async with finished.run_test(size=(120, 40)) as pilot:
        await shown("4")(pilot)
        lines = text_of(stack_of(finished), DisagreementBrowser).split("\n")
        table = next(at for at, line in enumerate(lines) if "true label" in line)
        assert lines[table].startswith("image")
        # 8x8 pixels, four times as large.
        assert table == 1 + 4 * 8 // 2
        assert len(lines[1]) == 4 * 8


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_the_footer_has_the_keys_of_the_next_step(done: RunFolder, size: tuple[int, int]) -> None:
    async with stacked(done, size) as (pilot, _):
        assert "space Tick" in footer(pilot.app)
        assert "T Train arms" in footer(pilot.app)
        await pilot.press("4")
        await still(pilot)
        assert "n Next image" in footer(pilot.app)
        assert "T Train arms" in footer(pilot.app)


async def test_the_temperature_of_a_blend_is_shown(done: RunFolder) -> None:
    async with stacked(done) as (_, screen):
        blend = screen.members.standings["mean"].blend
        assert f"T = {blend.whole.temperature:.2f}" in text_of(screen, BlenderTable)


async def test_names_that_are_not_listed_take_no_room(runs: Path) -> None:
    run = finished_run(runs, "q", strength=strength)
    with_controls(run)
    async with stacked(run) as (_, screen):
        members = screen.query_one(MemberList)
        names = {screen.members.study.models.members[at].name for at in screen.members.study.ranked["windows"]}
        head = members.render_line(0).text
        assert head.index("val acc") - head.index("name") == max(map(len, names)) + 1


async def test_agreement_is_the_members_disagreement(done: RunFolder) -> None:
    async with stacked(done) as (pilot, screen):
        await pilot.press("3")
        await at_rest(pilot)
        select = screen.members.study.models.select
        one, two = screen.members.study.ranked["windows"][:2]
        apart = int((select.correct[one] != select.correct[two]).sum())
        line = text_of(screen, AgreementMatrix).splitlines()[1]
        assert line.split()[2:4] == ["╲", str(apart)]


async def test_verdict_without_and_with_controls(done: RunFolder) -> None:
    async with stacked(done) as (pilot, screen):
        await pilot.press("5")
        await at_rest(pilot)
        text = str(screen.query_one("#verdict-text", Static).render())
        assert "xsample-tui arms q" in text
        assert "noise floor" in text
        assert "differences of 0.001 are not detectable" in text
        with_controls(done)
        await pilot.press("r")
        await until(pilot, lambda: len(screen.members.study.controls) == 4)
        await at_rest(pilot)
        text = str(screen.query_one("#verdict-text", Static).render())
        assert "Not resolved: the best" in text or "Blending windows" in text
        assert "best random masks of equal" in text
        assert "xsample-tui arms q" not in text


def test_a_control_run_that_does_not_fit_hides_nothing(done: RunFolder) -> None:
    other = finished_run(done.path.parent, "q-seeds", seed=7)
    study = EnsembleStudy(done)
    assert study.controls == ()
    assert other.name in study.notes[0]


async def test_an_article_run_is_marked(runs: Path) -> None:
    run = finished_run(runs, "art", preset_name="article", windows={"mask": "article"}, baselines=1)
    async with stacked(run) as (pilot, screen):
        assert "ARTICLE PROTOCOL" in str(screen.query_one("#stack-title", Static).render())
        await pilot.press("5")
        await at_rest(pilot)
        assert "honest protocol" in str(screen.query_one("#verdict-text", Static).render())


async def test_the_test_set_stays_locked(done: RunFolder) -> None:
    async with stacked(done) as (_, screen):
        assert "test set locked, never opened" in str(screen.query_one("#stack-title", Static).render())
    assert not list(done.path.parent.glob("*.ledger.jsonl"))


async def test_too_few_finished_windows(runs: Path) -> None:
    names = tuple(f"keep-r{r:02d}-c{c:02d}" for r in (0, 2, 4) for c in (0, 2, 4))
    run = finished_run(runs, "q", leave=names[1:])
    with pytest.raises(TooFewModels):
        EnsembleStudy(run)
    async with stacked(run) as (pilot, screen):
        assert "q has 1 so far" in str(screen.query_one("#stack-message", Static).render())
        await pilot.press("plus", "space", "m", "3", "n", "e", "w", "a")
        assert pilot.app.screen is screen
        trial = next(trial for trial in run.document.trials if trial.name == names[1])
        finish(run, trial, 3.0)
        await pilot.press("r")
        await at_rest(pilot)
        assert screen.members.study.first_choice().k == 2
        assert "7 trials are not finished" in screen.members.study.notes[0]
        await pilot.press("space")
        chosen = [screen.members.study.models.members[i].name for i in screen.members.choice.hand]
        finish(run, next(t for t in run.document.trials if t.name == names[2]), 3.0)
        await pilot.press("r")
        await until(pilot, lambda: len(screen.members.study.ranked["windows"]) == 3)
        await at_rest(pilot)
        # What was chosen by hand stays chosen.
        assert [screen.members.study.models.members[i].name for i in screen.members.choice.hand] == chosen


async def test_back_and_help(done: RunFolder) -> None:
    async with stacked(done) as (pilot, _):
        await pilot.press("question_mark")
        assert isinstance(pilot.app.screen, Help)
        shown = " ".join(" ".join(str(row.render()) for row in pilot.app.screen.query("AlignedRow")).split())
        for words in (
            "blend one more or one fewer",
            "next or previous image",
            "previous member",
            "in nats",
            *PANELS.values(),
        ):
            assert words in shown
        await pilot.press("escape")
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, SweepScreen)


async def test_many_members_leave_room_for_the_words(runs: Path) -> None:
    run = finished_run(runs, "q", windows={"stride": 1}, strength=strength)
    async with stacked(run) as (pilot, screen):
        await pilot.press("A", "3")
        await at_rest(pilot)
        shown = text_of(screen, AgreementMatrix)
        assert "of 25 (more do not fit)" in shown
        assert "all wrong" in shown
        assert "at most" not in text_of(screen, BlenderTable)


async def test_the_logistic_blender_says_how_many_it_takes(done: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(BLENDERS["logistic"]), "most", 4)
    async with stacked(done) as (_, screen):
        assert "at most 4 members" in text_of(screen, BlenderTable)


# -- images ----------------------------------------------------------------------------------------------------


@pytest.fixture
def fixed_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same logistic fit on every processor: the real one stops at a fourth digit that rounding decides."""

    def fit(matrices: Iterable[Any], labels: Any, classes: int) -> LogisticFit:
        members = len(list(matrices))
        return LogisticFit(np.tile(0.75 * np.eye(classes), members), np.zeros(classes))

    monkeypatch.setattr("xsample_tui.stacking.blending.blender_registry.fit_logistic", fit)


def shown(*keys: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    """Return what opens the stack screen and presses keys."""

    async def before(pilot: Pilot[Any]) -> None:
        app: XSampleApp = pilot.app  # type: ignore[assignment]
        await until(pilot, lambda: session_of(app).opened)
        await pilot.press("b")
        await at_rest(pilot)
        for key in keys:
            await pilot.press(key)
            await at_rest(pilot)
        for field in app.screen.query(Input):
            field.cursor_blink = False
        await still(pilot)

    return before


@pytest.fixture
def finished(runs: Path, fixed_fit: None) -> XSampleApp:
    """The interface on a finished run."""
    run = finished_run(runs, "q", strength=strength)
    beat(run, "finished")
    return app_on(run, work=False, clock=lambda: NOW)


@pytest.mark.parametrize("panel", PANELS)
def test_panel(finished: XSampleApp, snap_compare: Compare, panel: str) -> None:
    keys = shown(str(list(PANELS).index(panel) + 1))
    assert snap_compare(finished, terminal_size=(80, 24), run_before=keys)


@pytest.mark.parametrize("size", [(60, 20), (200, 50)], ids=["60x20", "200x50"])
def test_stack(finished: XSampleApp, snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(finished, terminal_size=size, run_before=shown("down", "space", "m"))


async def test_a_medium_terminal_has_members_and_blenders_beside_one_panel(finished: XSampleApp) -> None:
    async with finished.run_test(size=(120, 40)) as pilot:
        await shown("down", "space", "m")(pilot)
        screen = stack_of(finished)
        assert len(screen.members.choice.hand or ()) == 4
        for panel in (MemberList, BlenderTable):
            region = screen.query_one(panel).region
            assert region.area > 0
            assert screen.region.contains_region(region)
        assert "geometric" in screen_text(finished)


@pytest.mark.usefixtures("fixed_fit")
async def test_with_all_arms_the_verdict_is_whole_where_it_is_wide(runs: Path) -> None:
    run = finished_run(runs, "q", strength=strength)
    with_controls(run)
    app = app_on(run, work=False, clock=lambda: NOW)
    async with app.run_test(size=(200, 50)) as pilot:
        await shown("5")(pilot)
        text = screen_text(app)
        for words in ("the best 5 of these 9 windows make", "A - B  ", "arm  blend of", "the best single model"):
            assert words in text, words
        assert "A - G  " in str(app.screen.query_one("#verdict-text", Static).render())
        assert "For another grid" in str(app.screen.query_one("#verdict-text", Static).render())


@one_size
def test_export_prompt(
    finished: XSampleApp, snap_compare: Compare, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "cwd", lambda: Path("/home/user"))
    assert snap_compare(finished, terminal_size=size, run_before=shown("e"))


def test_stack_with_too_few(runs: Path, snap_compare: Compare) -> None:
    run = finished_run(runs, "q", leave=tuple(f"keep-r{r:02d}-c{c:02d}" for r in (0, 2, 4) for c in (0, 2, 4)))
    app = app_on(run, work=False, clock=lambda: NOW)
    assert snap_compare(app, terminal_size=(80, 24), run_before=shown())
