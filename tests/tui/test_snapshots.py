"""Pictures of every screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.tui.made import NOW, app_on, beat, commit, link_of, make_run, still, until
from xsample_tui.store.folder import RunFolder
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.grid import Grid
from xsample_tui.tui.preview import Preview
from xsample_tui.tui.start import StartScreen
from xsample_tui.tui.summary import SummarySheet

Compare = Callable[..., bool]
Before = Callable[[Pilot[Any]], Awaitable[None]]
SIZES = [(80, 24), (200, 50)]
both_sizes = pytest.mark.parametrize("size", SIZES, ids=["80x24", "200x50"])


def settled(*keys: str) -> Before:
    """Return what waits for the screen to have read its data, and then presses keys."""

    async def before(pilot: Pilot[Any]) -> None:
        app = pilot.app
        if isinstance(app.screen, StartScreen):
            screen = app.screen
            await until(pilot, lambda: screen._rows is not None and all(row.state for row in screen._rows))
        else:
            await until(pilot, lambda: link_of(app).opened)  # type: ignore[arg-type]
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
        await pilot.pause()
        await until(pilot, lambda: not any(preview.waiting for preview in app.screen.query(Preview)))
        for field in app.screen.query(Input):
            field.cursor_blink = False
        await still(pilot)
        await pilot.pause()

    return before


@both_sizes
def test_start_without_runs(runs: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(XSampleApp(runs), terminal_size=size, run_before=settled())


@both_sizes
def test_start_with_runs(runs: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    for name, trained in (("done", 11), ("half-way-with-a-longer-name", 5), ("new", 0)):
        run = make_run(runs, name)
        for trial in run.document.trials[:trained]:
            commit(run, trial.name, 3)
    beat(RunFolder.open(runs, "half-way-with-a-longer-name"), "running")
    article = make_run(runs, "as-in-the-article", preset_name="article", mask="article")
    commit(article, article.document.trials[0].name, 3)
    (runs / "damaged").mkdir()
    (runs / "damaged" / "spec.json").write_text("{}")
    created = RunFolder.open(runs, "done").document.created
    app = XSampleApp(runs, clock=lambda: created + 3 * 3600)
    assert snap_compare(app, terminal_size=size, run_before=settled("down"))


@both_sizes
def test_form(runs: Path, snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(XSampleApp(runs), terminal_size=size, run_before=settled("n"))


def test_form_with_mistakes(runs: Path, snap_compare: Compare) -> None:
    keys = ("n", "9", "x", "9", "9", "tab", "0", "tab", "tab", "x", "tab", "tab", "0")
    assert snap_compare(XSampleApp(runs), terminal_size=(80, 24), run_before=settled(*keys))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)], ids=["80x24", "120x40", "200x50"])
def test_sweep(mid_run: RunFolder, snap_compare: Compare, size: tuple[int, int]) -> None:
    app = app_on(mid_run, clock=lambda: NOW + 0.4)
    assert snap_compare(app, terminal_size=size, run_before=settled("down", "down", "right"))


def test_sweep_in_light(mid_run: RunFolder, snap_compare: Compare) -> None:
    app = app_on(mid_run, clock=lambda: NOW + 0.4)
    app.theme = "xsample-light"
    assert snap_compare(app, terminal_size=(120, 40), run_before=settled("t"))


def test_sweep_without_colour(mid_run: RunFolder, snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = app_on(mid_run, clock=lambda: NOW + 0.4)
    assert snap_compare(app, terminal_size=(80, 24), run_before=settled("t"))


def test_failed_trial(mid_run: RunFolder, snap_compare: Compare) -> None:
    app = app_on(mid_run, clock=lambda: NOW + 0.4)
    keys = ("down", "down", *("right",) * 15)
    assert snap_compare(app, terminal_size=(80, 24), run_before=settled(*keys))


def test_log_in_the_compact_layout(mid_run: RunFolder, snap_compare: Compare) -> None:
    app = app_on(mid_run, clock=lambda: NOW + 0.4)
    assert snap_compare(app, terminal_size=(80, 24), run_before=settled("l"))


def test_stalled(mid_run: RunFolder, snap_compare: Compare) -> None:
    now = [NOW]
    app = app_on(mid_run, clock=lambda: now[0])

    async def before(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: link_of(app).opened)

        def stalled() -> bool:
            now[0] += 1
            return link_of(app).state == "stalled"

        await until(pilot, stalled)
        now[0] = NOW + 60
        await until(pilot, lambda: any("stalled" in strip.text for strip in app.screen._compositor.render_strips()))
        await settled()(pilot)

    assert snap_compare(app, terminal_size=(80, 24), run_before=before)


def test_article(runs: Path, snap_compare: Compare) -> None:
    run = make_run(
        runs, "as-in-the-article", preset_name="article", mask="article", side=28, window=9, stride=1, baselines=1
    )
    for trial in run.document.trials[:40]:
        commit(run, trial.name, 3)
    app = app_on(run, work=False, clock=lambda: NOW)
    assert snap_compare(app, terminal_size=(80, 24), run_before=settled("down"))


@both_sizes
def test_help(mid_run: RunFolder, snap_compare: Compare, size: tuple[int, int]) -> None:
    app = app_on(mid_run, clock=lambda: NOW + 0.4)
    assert snap_compare(app, terminal_size=size, run_before=settled("question_mark"))


@both_sizes
def test_quit_question(
    mid_run: RunFolder, snap_compare: Compare, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from xsample_tui.tui.quit import QuitQuestion

    app = app_on(mid_run, clock=lambda: NOW + 0.4)

    async def before(pilot: Pilot[Any]) -> None:
        await settled()(pilot)
        app.push_screen(QuitQuestion())
        await still(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)


async def summed_up(pilot: Pilot[Any]) -> None:
    """Ask for the summary, and wait for it."""
    await settled("e")(pilot)
    await until(pilot, lambda: isinstance(pilot.app.screen, SummarySheet) and pilot.app.screen.found)
    await still(pilot)


@both_sizes
def test_summary(ended: XSampleApp, snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(ended, terminal_size=size, run_before=summed_up)


def test_too_small(mid_run: RunFolder, snap_compare: Compare) -> None:
    app = app_on(mid_run, clock=lambda: NOW + 0.4)
    assert snap_compare(app, terminal_size=(59, 20), run_before=settled())


def test_crashed(run: RunFolder, snap_compare: Compare) -> None:
    def broken(*arguments: Any, **options: Any) -> Any:
        raise RuntimeError("no room \x1b[2Jleft")

    app = app_on(run, make=broken, clock=lambda: NOW)

    async def before(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: link_of(app).fault)
        await settled()(pilot)

    assert snap_compare(app, terminal_size=(80, 24), run_before=before)


LOOKS = ["dark", "light", "no-colour", "ascii"]


def looking(run: RunFolder, look: str, monkeypatch: pytest.MonkeyPatch) -> XSampleApp:
    """Return the interface in a theme, without colours, or in ASCII."""
    if look == "no-colour":
        monkeypatch.setenv("NO_COLOR", "1")
    app = app_on(run, clock=lambda: NOW + 0.4, ascii_only=look == "ascii")
    if look == "light":
        app.theme = "xsample-light"
    return app


@both_sizes
@pytest.mark.parametrize("look", LOOKS)
def test_importance_map_and_picture(
    mid_run: RunFolder, snap_compare: Compare, size: tuple[int, int], look: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = looking(mid_run, look, monkeypatch)
    keys = ("v", "right", "i", "down") if size == SIZES[0] else ("right", "i", "down")

    async def before(pilot: Pilot[Any]) -> None:
        await settled(*keys)(pilot)
        await until(pilot, lambda: link_of(app) and app.screen.query_one(Grid).pixels is not None)
        await still(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)


@both_sizes
@pytest.mark.parametrize("look", LOOKS)
def test_pinned_curves_and_another_metric(
    mid_run: RunFolder, snap_compare: Compare, size: tuple[int, int], look: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = looking(mid_run, look, monkeypatch)
    keys = ("p", "down", "down", "p", "down", "right", "m", "m", "c")
    assert snap_compare(app, terminal_size=size, run_before=settled(*keys))


@both_sizes
def test_smoothed_gain(mid_run: RunFolder, snap_compare: Compare, size: tuple[int, int]) -> None:
    app = app_on(mid_run, clock=lambda: NOW + 0.4)

    async def before(pilot: Pilot[Any]) -> None:
        await settled(*"mmmm")(pilot)
        await until(pilot, lambda: link_of(app).yardstick.smoothed is not None)
        await settled()(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)


def test_large_cells_with_boxes(mid_run: RunFolder, snap_compare: Compare) -> None:
    app = app_on(mid_run, clock=lambda: NOW + 0.4)
    assert snap_compare(app, terminal_size=(120, 40), run_before=settled("plus", "plus", "down"))


@both_sizes
def test_filter_with_a_mistake(mid_run: RunFolder, snap_compare: Compare, size: tuple[int, int]) -> None:
    app = app_on(mid_run, clock=lambda: NOW + 0.4)
    keys = ("u", "slash", *"row<3", "enter", "slash", "space", *"acc>o")
    assert snap_compare(app, terminal_size=size, run_before=settled(*keys))


@both_sizes
def test_panel_help(mid_run: RunFolder, snap_compare: Compare, size: tuple[int, int]) -> None:
    app = app_on(mid_run, clock=lambda: NOW + 0.4)
    assert snap_compare(app, terminal_size=size, run_before=settled("slash", "f1"))
