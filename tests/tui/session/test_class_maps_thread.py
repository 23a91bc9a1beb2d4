"""The grid by class: read from stored outputs, one class at a time."""

from __future__ import annotations

from pathlib import Path

from tests.harness.finished_runs import finished_run
from tests.harness.interface import app_on, session_of, sweep_of, until
from tests.tui.heatmap.conftest import words
from xsample_tui.stacking.findings.weighted_scores import weighted_scores
from xsample_tui.stacking.findings.window_classes import window_classes
from xsample_tui.stacking.pool.model_pool import open_pool
from xsample_tui.tui.heatmap.heatmap import Heatmap


async def test_the_grid_shows_one_class_at_a_time_from_stored_outputs(tmp_path: Path) -> None:
    run = finished_run(tmp_path, baselines=4, strength=lambda trial: 5.0)
    app = app_on(run)
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        test, grid = session_of(app).baseline_test, sweep_of(app).query_one(Heatmap)
        await pilot.press("}")
        assert grid.metric.title == "class gain, images of 0"
        await until(pilot, lambda: test.classes is not None)
        await pilot.pause()
        found, trials = window_classes(open_pool(run)), session_of(app).progress.trials
        for label, key in ((0, ""), (1, "}"), (2, "}"), (1, "{"), (0, "{"), (3, "{")):
            if key:
                await pilot.press(key)
            assert f"class gain, images of {label}" in words(app)
            assert found.limits(label) in " ".join(words(app).split())
            shown = [grid.metric.value(session_of(app), trials[name]) for name in found.windows]
            assert shown == found.gain[:, label].tolist()
        await pilot.press("M", "}")
        assert grid.metric.title == "class gain, images of 3"
        scores = weighted_scores(open_pool(run))
        for name, field in (("balanced accuracy", "accuracy"), ("class-weighted loss", "log_loss")):
            sweep_of(app).view.show_metric(name)
            value = grid.metric.value(session_of(app), trials["keep-r00-c02"])
            assert value == getattr(scores["keep-r00-c02"], field)
