"""The grid shows the scout's estimate of windows that are not trained, marked, until their own result is there."""

from __future__ import annotations

from pathlib import Path

from tests.harness.fake_lease import errors_of
from tests.harness.interface import app_on, beat, commit, make_shown_run, session_of, until
from tests.harness.screens import LARGE, SMALL, screen_text, settled
from xsample_tui.core.run_state.run_events import EVENT, ScoutEnded
from xsample_tui.core.scout.scout_estimate import ScoutEstimate, ScoutScores
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.scout_files import store_estimate
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.heatmap.grid_cells import GridCells
from xsample_tui.tui.heatmap.heatmap import Heatmap


def estimate_of(run: RunFolder) -> ScoutEstimate:
    """Return an estimate that ranks the windows as they will."""
    windows = [trial for trial in run.document.trials if not trial.is_baseline]
    scores = ScoutScores(
        trained="scout",
        loss=tuple(1 + errors_of(trial, 3) / 300 for trial in windows),
        errors=tuple(errors_of(trial, 3) for trial in windows),
    )
    names = tuple(trial.name for trial in windows)
    return ScoutEstimate(windows=names, epochs=3, images=36, plan="p", digest="d" * 64, scout=scores)


def run_of(runs: Path, trained: int, *, scouted: bool = True) -> RunFolder:
    """Return a run of 9 windows of which so many are trained, after its baselines."""
    run = make_shown_run(runs, baselines=5)
    if scouted:
        store_estimate(run.path, estimate_of(run))
    for trial in run.document.trials[: 5 + trained] if trained else ():
        commit(run, trial.name, 3)
    beat(run, "stopped")
    return run


def cells_of(app: XSampleApp) -> GridCells:
    return app.screen.query_one(Heatmap).cells


async def test_before_any_training_all_cells_show_the_ranks(runs: Path) -> None:
    run = run_of(runs, 0)
    app = app_on(run, work=False)
    async with app.run_test(size=LARGE) as pilot:
        await settled()(pilot)
        cells = cells_of(app)
        rank = estimate_of(run).rank
        best = next(name for name, place in rank.items() if place == 1)
        worst = next(name for name, place in rank.items() if place == 9)
        assert (cells.estimated, cells.ranked, cells.lends) == (9, True, False)
        assert (cells.by_name[best].estimate, cells.by_name[worst].estimate) == (9, 0)
        assert {cell.tone for cell in cells.by_name.values()} == {"level"}
        steps = [cells.by_name[name].lent or 0 for name in sorted(rank, key=rank.__getitem__)]
        assert steps == sorted(steps, reverse=True)
        # No cell takes an estimate for a result.
        assert {cell.step for cell in cells.by_name.values()} == {None}
        text = screen_text(app)
        assert "windows · gain, images · : 9 estimated" in text
        assert ": estimate (scout), 9 best" in text
        assert "expected: worst" in text
        assert ": estimate by the scout: rank " in text
        assert ":9" in text


async def test_a_windows_own_training_replaces_its_estimate(runs: Path) -> None:
    run = run_of(runs, 4)
    trained = {trial.name for trial in run.document.trials[5:9]}
    app = app_on(run, work=False)
    async with app.run_test(size=SMALL) as pilot:
        await settled()(pilot)
        cells = cells_of(app)
        assert {name for name, cell in cells.by_name.items() if cell.estimate is None} == trained
        assert all(cells.by_name[name].step is not None for name in trained)
        assert (cells.estimated, cells.ranked, cells.lends) == (5, False, False)
        # The colours are those of the metric that is expected.
        assert {cell.tone for cell in cells.by_name.values()} == {cells.scale.tone}
        assert all(cell.lent is not None for cell in cells.by_name.values() if cell.estimate is not None)
        assert ": estimate (scout), 9 best" in screen_text(app)


async def test_once_all_are_trained_nothing_is_left_of_it(runs: Path) -> None:
    app = app_on(run_of(runs, 9), work=False)
    async with app.run_test(size=SMALL) as pilot:
        await settled()(pilot)
        assert cells_of(app).estimated == 0
        assert "estimate" not in screen_text(app)


async def test_without_a_scout_cells_have_the_colour_of_the_nearest(runs: Path) -> None:
    app = app_on(run_of(runs, 4, scouted=False), work=False)
    async with app.run_test(size=SMALL) as pilot:
        await settled()(pilot)
        assert (cells_of(app).estimated, cells_of(app).lends) == (0, True)
        assert "estimate" not in screen_text(app)


async def test_other_metrics_have_no_estimate(runs: Path) -> None:
    app = app_on(run_of(runs, 4), work=False)
    async with app.run_test(size=SMALL) as pilot:
        await settled()(pilot)
        while cells_of(app).metric.compared:
            await pilot.press("m")
        assert cells_of(app).estimated == 0


async def test_it_appears_when_the_scout_has_ended(runs: Path) -> None:
    run = run_of(runs, 0, scouted=False)
    app = app_on(run, work=False)
    async with app.run_test(size=SMALL) as pilot:
        await settled()(pilot)
        assert cells_of(app).estimated == 0
        event = ScoutEnded(at=1.0, estimate=estimate_of(run))
        # As a line of the event log.
        again = EVENT.validate_json(event.model_dump_json())
        assert again == event
        session_of(app).progress.apply(again)
        app.screen.query_one(Heatmap).refresh_trials()
        await until(pilot, lambda: cells_of(app).estimated == 9)


async def test_in_ascii_an_estimate_has_its_sign_and_its_tenth(runs: Path) -> None:
    app = app_on(run_of(runs, 0), work=False, ascii_only=True)
    async with app.run_test(size=SMALL) as pilot:
        await settled()(pilot)
        text = screen_text(app)
        assert text.isascii()
        assert all(f":{tenth}" in text for tenth in (0, 9))
