"""Metrics: what a cell says, and the scale it is on."""

from __future__ import annotations

import numpy as np
import pytest

from tests.harness.interface import NOW, app_on, session_of, still, sweep_of, until
from tests.tui.heatmap.conftest import drawn, words
from xsample_tui.stacking.findings.weighted_scores import WeightedScore
from xsample_tui.stacking.findings.window_classes import WindowClasses
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.heatmap.heatmap import Heatmap
from xsample_tui.tui.heatmap.heatmap_cell import cell_of
from xsample_tui.tui.heatmap.heatmap_legend import TrialDescription
from xsample_tui.tui.heatmap.heatmap_metrics import METRICS
from xsample_tui.tui.heatmap.heatmap_scale import scale_for, shortened
from xsample_tui.tui.session.run_session import RunSession
from xsample_tui.tui.session.smoothed_map_thread import finished
from xsample_tui.tui.sweep.learning_curve import LearningCurve
from xsample_tui.tui.theme import symbols
from xsample_tui.tui.theme.colors import LEVELS, STEPS

SMALL, MIDDLE, LARGE = (80, 24), (120, 40), (200, 50)


async def test_m_goes_round_the_metrics_and_the_legend_always_tells_which(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        grid, curve = sweep_of(app).query_one(Heatmap), sweep_of(app).query_one(LearningCurve)
        for name in [*METRICS, "gain"]:
            assert grid.metric.name == name
            assert grid.metric.title in words(app)
            assert grid.metric.title in str(grid.border_title)
            low, high = grid.scale.ends
            assert f"{low}" in words(app)
            assert f"{high}" in words(app)
            assert curve.measure == ("loss" if name == "log-loss" else "errors")
            await pilot.press("m")
            await pilot.pause()
        await pilot.press("M", "M")
        assert grid.metric.name == "gain on twin"


async def test_smoothed_gains_come_from_a_thread_and_follow_the_sweep(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        run_session, screen = session_of(app), sweep_of(app)
        grid = screen.query_one(Heatmap)
        screen.view.show_metric("smoothed gain")
        await until(pilot, lambda: run_session.baseline_test.smoothed is not None)
        await pilot.pause()
        found = run_session.baseline_test.smoothed
        assert found is not None
        done = [entry.trial.name for entry in run_session.progress.windows if entry.status == "done"]
        assert list(found.names) == done
        assert found.better or found.worse
        for name in done:
            sign = symbols.VERDICT["better" if name in found.better else "worse" if name in found.worse else "noise"]
            assert grid.cells.by_name[name].sign == sign
            assert (grid.cells.by_name[name].step == 0) == (sign == symbols.VERDICT["noise"])
        assert "band above 0" in words(app)
        # A further window at its end asks for another map.
        entry = next(entry for entry in run_session.progress.windows if entry.status == "running")
        run_session.progress.mark(entry.trial.name, "done")
        screen.view.renew_smoothed()
        await until(pilot, lambda: run_session.baseline_test.smoothed is not found)
        assert run_session.baseline_test.smoothed is not None
        assert entry.trial.name in run_session.baseline_test.smoothed.names


async def test_a_short_scale_has_every_level_once(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        sweep_of(app).view.show_metric("accuracy")
        await still(pilot)
        assert "0123456789" in words(app)


async def test_the_palette_offers_every_metric(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        found = {command.title: command.callback for command in app.get_system_commands(app.screen)}
        grid = sweep_of(app).query_one(Heatmap)
        for name in METRICS:
            found[f"Metric: {name}"]()
            assert grid.metric.name == name


def by_class(run_session: RunSession) -> WindowClasses:
    """Return made-up gains of the finished windows on three classes."""
    names = tuple(entry.trial.name for entry in run_session.progress.windows if entry.status == "done")
    gain = np.linspace(-30.0, 20.0, 3 * len(names)).reshape(len(names), 3)
    p = np.where(np.abs(gain) > 10, 0.001, 0.9)
    images, base = np.full(3, 100), np.full(3, 30.0)
    least, errors = np.full(3, 12.0), (base - gain).astype(np.int64)
    return WindowClasses("r", names, ("0", "1", "8"), images, 4, base, least, errors, gain, p, p, removes=False)


@pytest.mark.parametrize("name", list(METRICS))
def test_a_cell_says_its_value_and_stays_on_the_scale(run_session: RunSession, name: str) -> None:
    metric = METRICS[name]
    if name == "smoothed gain":
        request = finished(run_session)
        assert request is not None
        run_session.baseline_test.smooth(request.smoothed())
    if name == "class gain":
        run_session.baseline_test.count_classes(by_class(run_session), 1)
    if metric.measure == "weighted":
        names = [entry.trial.name for entry in run_session.progress.windows if entry.status == "done"]
        scores = {name: WeightedScore(0.5 + 0.001 * at, 2.0 - 0.001 * at) for at, name in enumerate(names)}
        run_session.baseline_test.weighted = scores
    scale = scale_for(run_session, metric)
    coloured = 0
    for entry in run_session.progress.windows:
        cell = cell_of(run_session, entry, scale)
        value = metric.value(run_session, entry)
        if cell.step is None:
            assert not cell.words
            continue
        coloured += 1
        assert value is not None
        assert cell.words == shortened(metric.words(value), scale)
        assert [len(text) for text in cell.words] == sorted((len(text) for text in cell.words), reverse=True)
        assert cell.tone == scale.tone
        if scale.tone == "gain":
            assert -STEPS <= cell.step <= STEPS
            verdict = run_session.baseline_test.verdict(entry, metric.measure)
            if name == "gain on twin":
                # Noise is that of the gain on the baselines' mean; the sign is the twin's.
                assert (cell.step > 0, cell.step < 0) <= (value > 0, value < 0)
            else:
                assert (cell.step > 0, cell.step < 0) == (verdict == "better", verdict == "worse")
        else:
            assert 0 <= cell.step <= LEVELS
    # What a mask takes away is known before anything is trained; one window is still running, one is
    # paused, and the run has baselines of five streams only, so that five windows have twins.
    expected = {"ink removed": 400, "epochs": 172, "seconds": 172, "gain on twin": 5}
    stored = ("smoothed gain", "class gain", "balanced accuracy", "class-weighted loss")
    assert coloured == expected.get(name, 168 if name in stored else 170)


def test_metrics_are_the_numbers_they_are_called_after(run_session: RunSession) -> None:
    entry = run_session.progress.trials["keep-r02-c01"]
    assert entry.kept is not None
    level = run_session.baseline_test.level(12)
    assert level is not None
    assert level.sd is not None
    gain = level.errors - entry.kept.val_errors
    expected = {
        "gain": gain,
        "accuracy": entry.kept.val_accuracy,
        "log-loss": entry.kept.val_loss,
        "z": gain / level.sd,
        "smoothed gain": None,
        "class gain": None,
        "balanced accuracy": None,
        "class-weighted loss": None,
        "ink removed": entry.trial.ink_removed,
        "epochs": 12,
        "seconds": 2.5,
        # Its twin is no baseline of this run.
        "gain on twin": None,
    }
    assert {name: metric.value(run_session, entry) for name, metric in METRICS.items()} == pytest.approx(expected)
    assert METRICS["accuracy"].effect(run_session, entry) == pytest.approx(entry.kept.val_accuracy - level.accuracy)
    assert METRICS["log-loss"].effect(run_session, entry) == pytest.approx(level.loss - entry.kept.val_loss)


async def test_survivors_are_marked_by_a_double_sign_and_the_best_by_a_ring(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        grid, run_session = sweep_of(app).query_one(Heatmap), session_of(app)
        done = [entry.trial.name for entry in run_session.progress.windows if entry.status == "done"]
        run_session.baseline_test.judge(dict.fromkeys(done[:30], "worse"))
        grid.refresh_trials()
        survivors = run_session.baseline_test.survivors()
        assert len(survivors) == 30
        assert "keep-r00-c01" in survivors
        await still(pilot)
        assert drawn(grid)[1][5:7] == symbols.VERDICT["worse"] * 2
        assert sweep_of(app).query(TrialDescription).last().parts()[-2].plain == "significant (Holm)"
        plain = next(name for name in grid.cells.by_name if name not in survivors)
        assert not grid.cells.by_name[plain].sure
        await pilot.press("B")
        best = grid.cells.best[0]
        assert grid.chosen == best
        trials, test = run_session.progress.trials, run_session.baseline_test
        gains = {name: test.gain(trials[name]) or 0.0 for name in done}
        assert gains[best] == max(gains.values())
        await pilot.press("B")
        assert grid.chosen == grid.cells.best[1]
        row, column = grid.cells.grid.places[best]
        assert drawn(grid)[1 + row][3 + 2 * column] == "○"
        await pilot.press("plus", "plus", "plus")
        await pilot.pause()
        assert (grid.cell_size.across, grid.cell_size.down) == (6, 3)
        grid.scroll_to_region(grid._cell_region(row, column), animate=False)
        await pilot.pause()
        region = grid._cell_region(row, column).translate(-grid.scroll_offset)
        lines = [line[region.x : region.right] for line in drawn(grid)[region.y : region.bottom]]
        assert (lines[0], lines[1][0], lines[1][-1], lines[2]) == ("╭────╮", "│", "│", "╰────╯")
