"""The stack screen: every key, what it shows, what it writes, and images of it."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.harness.finished_runs import finish, finished_run
from tests.harness.interface import NOW, app_on, beat, session_of, still, until
from tests.harness.screens import Compare, at_rest, one_size, screen_text, stack_of, strength
from tests.harness.until import SECONDS
from xsample_tui.cli.main_command import main
from xsample_tui.core.errors import InputError
from xsample_tui.services.ensemble_study import Choice, EnsembleStudy, TooFewModels
from xsample_tui.stacking.blending.blender_registry import BLENDERS
from xsample_tui.stacking.blending.logistic_stacking import LogisticFit
from xsample_tui.stacking.pool.control_runs import Missing, lay_out_control_runs, missing
from xsample_tui.stacking.pool.member_selection import best_windows
from xsample_tui.stacking.pool.model_pool import open_pool
from xsample_tui.store.control_run_names import ControlKind
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.help.help_screen import Help
from xsample_tui.tui.latest_only import LatestOnly
from xsample_tui.tui.stack.agreement_matrix import AgreementMatrix
from xsample_tui.tui.stack.blender_table import BlenderTable
from xsample_tui.tui.stack.disagreement_browser import DisagreementBrowser
from xsample_tui.tui.stack.export_dialog import ExportDialog
from xsample_tui.tui.stack.member_list import MemberList
from xsample_tui.tui.stack.size_curve import SizeCurvePlot
from xsample_tui.tui.stack.stack_screen import StackScreen
from xsample_tui.tui.stack.stack_tabs import PANELS
from xsample_tui.tui.stack.train_controls_dialog import TrainControlsDialog
from xsample_tui.tui.stack.verdict_panel import VerdictPanel
from xsample_tui.tui.sweep.sweep_screen import SweepScreen
from xsample_tui.tui.widgets.half_block_image import greys, half_blocks


@pytest.fixture
def done(runs: Path) -> RunFolder:
    """A finished run of 3 baselines and 9 windows on 80 select images."""
    return finished_run(runs, "q", strength=strength)


def with_controls(run: RunFolder) -> None:
    """Finish what ``xsample-tui arms`` would train."""
    kinds: tuple[ControlKind, ...] = ("seeds", "replicates", "random", "placebo")
    for kind in kinds:
        best = best_windows(open_pool(run), 10) if kind == "replicates" else []
        (folder,) = lay_out_control_runs(run, kind, 9, replicated=best)
        for trial in folder.document.trials:
            finish(folder, trial, strength(trial))


@asynccontextmanager
async def stacked(run: RunFolder, size: tuple[int, int] = (80, 24)) -> Any:
    """Show a run's stack screen."""
    app = app_on(run, work=False, clock=lambda: NOW)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await pilot.press("b")
        yield pilot, await at_rest(pilot)


def text_of(screen: StackScreen, panel: type[Any]) -> str:
    """Return what a panel shows, as plain text."""
    widget = screen.query_one(panel)
    lines = [widget.render_line(y).text for y in range(widget.size.height)]
    return "\n".join(line.rstrip() for line in lines)


# -- computing ---------------------------------------------------------------------------------------------------


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


# -- export ------------------------------------------------------------------------------------------------------


async def export_to(pilot: Pilot[Any], path: str, *keys: str) -> None:
    """Open the prompt, name a path, and press keys."""
    await pilot.press("e")
    assert isinstance(pilot.app.screen, ExportDialog)
    pilot.app.screen.query_one(Input).value = path
    await pilot.press(*keys)


async def test_export_writes_what_the_command_writes(
    done: RunFolder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with stacked(done) as (pilot, screen):
        await pilot.press("m", "e")
        assert pilot.app.screen.query_one(Input).value == "q-stack.csv"
        await pilot.press("ctrl+t", "enter")
        await until(pilot, lambda: pilot.app.screen is screen)
    arguments = ["stack", "q", "--blend", "geometric", "--csv", "other.csv", "--probabilities"]
    monkeypatch.setattr(sys, "argv", ["xsample-tui", *arguments])
    assert main() == 0
    assert (tmp_path / "q-stack.csv").read_bytes() == (tmp_path / "other.csv").read_bytes()
    assert (tmp_path / "q-stack.csv.json").read_bytes() == (tmp_path / "other.csv.json").read_bytes()
    frame = pd.read_csv(tmp_path / "q-stack.csv")
    assert frame["picture"].tolist() == done.plan.split.select.tolist()
    assert frame[["p0", "p1", "p2", "p3"]].to_numpy().argmax(axis=1).tolist() == frame["predicted"].tolist()


async def test_export_of_a_hand_made_set(done: RunFolder, tmp_path: Path) -> None:
    async with stacked(done) as (pilot, screen):
        await pilot.press("space")
        await at_rest(pilot)
        await export_to(pilot, "out.csv", "enter")
        await until(pilot, lambda: pilot.app.screen is screen)
    facts = json.loads((tmp_path / "out.csv.json").read_text())
    assert facts["rule"] == "4 members chosen by hand"
    assert list(pd.read_csv(tmp_path / "out.csv").columns) == ["picture", "predicted", "true", "fold"]


async def test_export_asks_before_it_overwrites(done: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("mine")
    async with stacked(done) as (pilot, screen):
        await export_to(pilot, "out.csv", "enter")
        prompt = pilot.app.screen
        said = prompt.query_one("#path-error", Static)
        await until(pilot, lambda: "exists" in str(said.render()))
        assert (tmp_path / "out.csv").read_text() == "mine"
        # Another path, and back again: it has to be confirmed anew.
        prompt.query_one(Input).value = "other.csv"
        await pilot.pause()
        assert str(said.render()) == ""
        prompt.query_one(Input).value = "out.csv"
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: "exists" in str(said.render()))
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is screen)
    assert len(pd.read_csv(tmp_path / "out.csv")) == 80


@pytest.mark.parametrize(
    ("path", "words"), [("", "Enter a file name."), ("no/where/x.csv", "there is no folder"), ("runs", "is a folder")]
)
async def test_export_errors_stay_in_the_prompt(done: RunFolder, path: str, words: str) -> None:
    async with stacked(done) as (pilot, screen):
        await export_to(pilot, path, "enter")
        prompt = pilot.app.screen
        await until(pilot, lambda: words in str(prompt.query_one("#path-error", Static).render()))
        await pilot.press("escape")
        assert pilot.app.screen is screen


def test_export_that_cannot_be_written(done: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = EnsembleStudy(done)
    choice = study.first_choice()
    blend = study.blend(choice, BLENDERS["mean"]).blend
    assert blend is not None

    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("xsample_tui.store.files.result_files.atomic_write.fill", full)
    with pytest.raises(InputError, match="No space left"):
        study.export(choice, blend, tmp_path / "out.csv", probabilities=False, force=False)
    assert not list(tmp_path.glob("*out.csv*"))


# -- drawing -----------------------------------------------------------------------------------------------------


def test_half_blocks_hold_every_pixel() -> None:
    image = np.arange(28 * 28, dtype=np.uint8).reshape(28, 28, 1)
    assert np.array_equal(greys(image, 28, 14), image[:, :, 0])
    lines = half_blocks(image, 40, 20)
    assert [line.cell_length for line in lines] == [28] * 14


def test_a_small_image_is_drawn_larger() -> None:
    image = np.arange(64, dtype=np.uint8).reshape(8, 8, 1)
    large = greys(image, 40, 12)
    assert large.shape == (24, 24)
    assert np.array_equal(large[::3, ::3], image[:, :, 0])


def test_a_large_or_odd_image_is_made_to_fit() -> None:
    image = np.full((33, 47, 3), 0.5, np.float32)
    small = greys(image, 20, 8)
    assert small.shape[0] % 2 == 0
    assert small.shape[0] <= 16
    assert small.shape[1] <= 20
    assert small[0, 0] == 128


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
def test_export_prompt(finished: XSampleApp, snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(finished, terminal_size=size, run_before=shown("e"))


def test_stack_with_too_few(runs: Path, snap_compare: Compare) -> None:
    run = finished_run(runs, "q", leave=tuple(f"keep-r{r:02d}-c{c:02d}" for r in (0, 2, 4) for c in (0, 2, 4)))
    app = app_on(run, work=False, clock=lambda: NOW)
    assert snap_compare(app, terminal_size=(80, 24), run_before=shown())


# -- training what the arms lack ---------------------------------------------------------------------------------


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Take note of what would be started in the background."""
    commands: list[list[str]] = []

    def start(run: RunFolder, arguments: list[str]) -> int:
        commands.append(arguments)
        return 4711

    monkeypatch.setattr("xsample_tui.tui.stack.train_controls_dialog.start_in_background", start)
    return commands


async def asked(pilot: Pilot[Any]) -> TrainControlsDialog:
    """Press T and wait for the question."""
    await pilot.press("T")
    await until(pilot, lambda: isinstance(pilot.app.screen, TrainControlsDialog))
    await pilot.pause()
    return pilot.app.screen  # type: ignore[return-value]


async def test_the_controls_are_trained_in_the_background_after_a_question(
    done: RunFolder, started: list[list[str]]
) -> None:
    async with stacked(done) as (pilot, screen):
        question = await asked(pilot)
        words = "\n".join(str(part.render()) for part in question.query(Static))
        assert "6 whole-image twins" in words
        assert "9 random masks" in words
        assert "9 placebo masks" in words
        assert "about" in words
        await pilot.press("escape")
        assert pilot.app.screen is screen
        assert not started
        await asked(pilot)
        await pilot.press("t")
        await until(pilot, lambda: bool(started))
        assert started == [["arms", "q", "--headless"]]
        assert "process 4711" in "".join(note.message for note in pilot.app._notifications)


async def test_a_key_pressed_twice_asks_one_question(
    done: RunFolder, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, counts = threading.Event(), threading.Event(), list[str]()

    def slow(run: RunFolder) -> Missing:
        counts.append(run.name)
        begun.set()
        go_on.wait(SECONDS)
        return missing(run)

    monkeypatch.setattr("xsample_tui.tui.stack.train_controls_dialog.missing", slow)
    async with stacked(done) as (pilot, screen):
        await pilot.press("T")
        await until(pilot, begun.is_set)
        await pilot.press("T")
        go_on.set()
        await until(pilot, lambda: isinstance(pilot.app.screen, TrainControlsDialog) and len(counts) == 2)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert not any(isinstance(node, TrainControlsDialog) for node in pilot.app.screen_stack)


async def test_with_all_arms_trained_there_is_nothing_to_ask(done: RunFolder, started: list[list[str]]) -> None:
    with_controls(done)
    async with stacked(done) as (pilot, screen):
        await pilot.press("T")
        await until(pilot, lambda: bool(pilot.app._notifications))
        assert pilot.app.screen is screen
        assert "all arms are trained" in next(iter(pilot.app._notifications)).message
        assert not started


@one_size
def test_the_question_before_training_the_controls(
    done: RunFolder, snap_compare: Compare, size: tuple[int, int]
) -> None:
    async def ask(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: session_of(app).opened)
        await pilot.press("b")
        await at_rest(pilot)
        await asked(pilot)

    app = app_on(done, work=False, clock=lambda: NOW)
    assert snap_compare(app, terminal_size=size, run_before=ask)
