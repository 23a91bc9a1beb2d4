"""An image of every screen in dark, and a second one where a large terminal is laid out otherwise.

In light and without colours they are in ``test_looks.py``. What one sentence says is asserted as text.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.harness.interface import NOW, app_on, beat, commit, make_shown_run, session_of, still, sweep_of, until
from tests.harness.screens import (
    LARGE,
    SMALL,
    Compare,
    both_sizes,
    one_size,
    screen_colours,
    screen_text,
    settled,
    summed_up,
)
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.heatmap.heatmap import Heatmap
from xsample_tui.tui.sweep.learning_curve import LearningCurve
from xsample_tui.tui.sweep.log_panel import LogPanel
from xsample_tui.tui.sweep.trial_table import TrialTable


@one_size
def test_start_without_runs(runs: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(XSampleApp(runs), terminal_size=size, run_before=settled())


@one_size
def test_start_with_runs(runs: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    for name, trained in (("done", 11), ("half-way-with-a-longer-name", 5), ("new", 0)):
        run = make_shown_run(runs, name)
        for trial in run.document.trials[:trained]:
            commit(run, trial.name, 3)
    beat(RunFolder.open(runs, "half-way-with-a-longer-name"), "running")
    article = make_shown_run(runs, "as-in-the-article", preset_name="article", mask="article")
    commit(article, article.document.trials[0].name, 3)
    (runs / "damaged").mkdir()
    (runs / "damaged" / "spec.json").write_text("{}")
    created = RunFolder.open(runs, "done").document.created
    app = XSampleApp(runs, clock=lambda: created + 3 * 3600)
    assert snap_compare(app, terminal_size=size, run_before=settled("down"))


@one_size
def test_form(runs: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(XSampleApp(runs), terminal_size=size, run_before=settled("n"))


def test_form_with_mistakes(runs: Path, snap_compare: Compare) -> None:
    keys = ("n", "9", "x", "9", "9", "tab", "0", "tab", "tab", "x", "tab", "tab", "0")
    assert snap_compare(XSampleApp(runs), terminal_size=(80, 24), run_before=settled(*keys))


@both_sizes
def test_sweep(mid_run: RunFolder, snap_compare: Compare, size: tuple[int, int]) -> None:
    app = app_on(mid_run, clock=lambda: NOW + 0.4)
    assert snap_compare(app, terminal_size=size, run_before=settled("down", "down", "right"))


async def test_a_failed_trial_says_why(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW + 0.4)
    async with app.run_test(size=SMALL) as pilot:
        await settled("down", "down", *("right",) * 15)(pilot)
        chosen = sweep_of(app).selected
        assert chosen is not None
        entry = session_of(app).progress.trials[chosen]
        assert entry.status == "failed"
        await until(pilot, lambda: f"{chosen}: failed" in screen_text(app) or "✗" in screen_text(app))
        assert "the loss is not finite" in screen_text(app)


def test_log_in_the_compact_layout(mid_run: RunFolder, snap_compare: Compare) -> None:
    app = app_on(mid_run, clock=lambda: NOW + 0.4)
    assert snap_compare(app, terminal_size=(80, 24), run_before=settled("L"))


async def test_a_stalled_controller_is_named(mid_run: RunFolder) -> None:
    now = [NOW]
    app = app_on(mid_run, clock=lambda: now[0])

    def stalled() -> bool:
        now[0] += 1
        return session_of(app).state == "stalled"

    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        assert "stalled" not in screen_text(app)
        await until(pilot, stalled)
        await until(pilot, lambda: "stalled" in screen_text(app).splitlines()[0])


def test_article(runs: Path, snap_compare: Compare) -> None:
    run = make_shown_run(
        runs, "as-in-the-article", preset_name="article", mask="article", side=28, window=9, stride=1, baselines=1
    )
    for trial in run.document.trials[:40]:
        commit(run, trial.name, 3)
    app = app_on(run, work=False, clock=lambda: NOW)
    assert snap_compare(app, terminal_size=(80, 24), run_before=settled("down"))


@one_size
def test_help(mid_run: RunFolder, snap_compare: Compare, size: tuple[int, int]) -> None:
    app = app_on(mid_run, clock=lambda: NOW + 0.4)
    assert snap_compare(app, terminal_size=size, run_before=settled("question_mark"))


@one_size
def test_quit_question(
    mid_run: RunFolder, snap_compare: Compare, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from xsample_tui.tui.widgets.quit_dialogs import QuitDialog

    app = app_on(mid_run, clock=lambda: NOW + 0.4)

    async def before(pilot: Pilot[Any]) -> None:
        await settled()(pilot)
        app.push_screen(QuitDialog())
        await still(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)


@one_size
def test_summary(ended: XSampleApp, snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(ended, terminal_size=size, run_before=summed_up)


def test_too_small(mid_run: RunFolder, snap_compare: Compare) -> None:
    app = app_on(mid_run, clock=lambda: NOW + 0.4)
    assert snap_compare(app, terminal_size=(59, 20), run_before=settled())


async def test_a_controller_that_cannot_begin_says_why(run: RunFolder) -> None:
    def broken(*arguments: Any, **options: Any) -> Any:
        raise RuntimeError("no room \x1b[2Jleft")

    app = app_on(run, make=broken, clock=lambda: NOW)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).fault)
        await until(pilot, lambda: "no room" in screen_text(app))
        assert "\x1b" not in screen_text(app)
        assert "crashed" in screen_text(app)


IMAGES = ["dark", "ascii"]
OTHERS = ["light", "no-colour"]
MAP_KEYS = ("v", "right", "i", "down")


def looking(run: RunFolder, look: str, monkeypatch: pytest.MonkeyPatch) -> XSampleApp:
    """Return the interface in a theme, without colours, or in ASCII."""
    if look == "no-colour":
        monkeypatch.setenv("NO_COLOR", "1")
    app = app_on(run, clock=lambda: NOW + 0.4, ascii_only=look == "ascii")
    if look == "light":
        app.theme = "xsample-light"
    return app


async def map_shown(pilot: Pilot[Any]) -> None:
    """Show the pixel importance map and an image as the chosen trial sees it."""
    await settled(*MAP_KEYS)(pilot)
    await until(pilot, lambda: pilot.app.screen.query_one(Heatmap).pixels is not None)
    await still(pilot)


@one_size
@pytest.mark.parametrize("look", IMAGES)
def test_importance_map_and_image(
    mid_run: RunFolder, snap_compare: Compare, size: tuple[int, int], look: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert snap_compare(looking(mid_run, look, monkeypatch), terminal_size=size, run_before=map_shown)


@one_size
@pytest.mark.parametrize("look", IMAGES)
def test_pinned_curves_and_another_metric(
    mid_run: RunFolder, snap_compare: Compare, size: tuple[int, int], look: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = ("p", "down", "down", "p", "down", "right", "m", "m", "c")
    assert snap_compare(looking(mid_run, look, monkeypatch), terminal_size=size, run_before=settled(*keys))


@pytest.mark.parametrize("look", OTHERS)
async def test_the_importance_map_in_another_look_differs_by_its_colours(
    mid_run: RunFolder, look: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dark, other = looking(mid_run, "dark", monkeypatch), looking(mid_run, look, monkeypatch)
    drawn = []
    for app in (dark, other):
        async with app.run_test(size=SMALL) as pilot:
            await map_shown(pilot)
            drawn.append((screen_text(app), screen_colours(app)))
    (text, colours), (other_text, other_colours) = drawn
    grey = all(red == green == blue for red, green, blue in other_colours)
    assert grey is (look == "no-colour")
    assert other_colours != colours
    # Without colours other signs stand for the values; what is beside the map is the same.
    assert (other_text == text) is not grey
    assert "each pixel: mean gain" in text
    assert "each pixel: mean gain" in other_text


async def test_a_large_terminal_has_every_panel_at_once(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW + 0.4)
    async with app.run_test(size=LARGE) as pilot:
        await settled("u", "slash", *"row<3", "enter", "slash", "space", *"acc>o")(pilot)
        assert "acc>o" in screen_text(app)
        assert "o is not a number" in screen_text(app)
        for panel in (Heatmap, TrialTable, LearningCurve, LogPanel):
            assert app.screen.query_one(panel).region.area > 0, panel


@one_size
def test_smoothed_gain(mid_run: RunFolder, snap_compare: Compare, size: tuple[int, int]) -> None:
    app = app_on(mid_run, clock=lambda: NOW + 0.4)

    async def before(pilot: Pilot[Any]) -> None:
        await settled(*"mmmm")(pilot)
        await until(pilot, lambda: session_of(app).baseline_test.smoothed is not None)
        await settled()(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)


def test_large_cells_with_boxes(mid_run: RunFolder, snap_compare: Compare) -> None:
    app = app_on(mid_run, clock=lambda: NOW + 0.4)
    assert snap_compare(app, terminal_size=(120, 40), run_before=settled("plus", "plus", "down"))


@one_size
def test_filter_with_a_mistake(mid_run: RunFolder, snap_compare: Compare, size: tuple[int, int]) -> None:
    app = app_on(mid_run, clock=lambda: NOW + 0.4)
    keys = ("u", "slash", *"row<3", "enter", "slash", "space", *"acc>o")
    assert snap_compare(app, terminal_size=size, run_before=settled(*keys))


@one_size
def test_panel_help(mid_run: RunFolder, snap_compare: Compare, size: tuple[int, int]) -> None:
    app = app_on(mid_run, clock=lambda: NOW + 0.4)
    assert snap_compare(app, terminal_size=size, run_before=settled("slash", "f1"))
