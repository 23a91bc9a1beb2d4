"""The map of pixel importance."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from tests.harness.fake_lease import metrics_of
from tests.harness.interface import NOW, app_on, commit, make_shown_run, session_of, sweep_of, tell, until
from tests.tui.heatmap.conftest import drawn, words
from xsample_tui.core.maps.pixel_importance import mean_effect
from xsample_tui.core.run_state.run_events import EpochDone, TrialChanged
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.heatmap.heatmap import Heatmap
from xsample_tui.tui.heatmap.heatmap_metrics import METRICS
from xsample_tui.tui.heatmap.importance_view import NOTHING, pixel_map
from xsample_tui.tui.session.file_session import FileSession
from xsample_tui.tui.session.run_images import open_run_images
from xsample_tui.tui.session.run_session import RunSession
from xsample_tui.tui.theme.colors import LEVELS

SMALL, MIDDLE, LARGE = (80, 24), (120, 40), (200, 50)


def test_the_map_is_the_mean_over_the_windows_that_are_done(run_session: RunSession, mid_run: RunFolder) -> None:
    images = open_run_images(mid_run)
    found = pixel_map(run_session, images, METRICS["gain"])
    entries = [run_session.progress.trials[name] for name in images.windows]
    effects = [run_session.baseline_test.gain(e) if e.status == "done" else None for e in entries]
    expected = mean_effect(images.covered, [math.nan if e is None else e for e in effects])
    np.testing.assert_allclose(found.mean, expected.mean, equal_nan=True)
    assert found.windows == 168
    assert found.words() == "each pixel: mean gain of the windows that contain it (1 to 81 of 168)"
    assert ((found.steps == NOTHING) == np.isnan(expected.mean)).all()
    # The lower windows have not been trained, so that no pixel of the last rows is known.
    assert (found.steps[20:] == NOTHING).all()
    # The colour is the importance alone: from the least to the most needed pixel, and higher wherever that is.
    known = found.steps != NOTHING
    assert (found.steps[known].min(), found.steps.max()) == (0, LEVELS)
    order = np.argsort(expected.mean[known])
    assert (np.diff(found.steps[known][order]) >= 0).all()


def test_where_masks_hide_their_window_a_pixel_is_needed_if_its_windows_are_bad(runs: Path) -> None:
    run = make_shown_run(runs, "hide", mask="occlude", side=28, window=9, stride=5, baselines=2)
    for trial in run.document.trials:
        commit(run, trial.name, 3)
    session = FileSession(run)
    session._look()
    session.connect(session.take)
    found = pixel_map(session, open_run_images(run), METRICS["accuracy"])
    least, most = np.unravel_index(found.mean.argmin(), found.mean.shape), found.mean.argmax()
    assert found.steps[least] == LEVELS
    assert found.steps.flat[most] == 0
    assert "windows that hide it" in found.words()
    assert found.scale.ends[1].endswith("(needed)")


def test_a_map_of_ink_is_of_every_window(run_session: RunSession, mid_run: RunFolder) -> None:
    found = pixel_map(run_session, open_run_images(mid_run), METRICS["ink removed"])
    assert found.windows == 400
    assert 0 <= found.steps.min() <= found.steps.max() == LEVELS
    assert found.scale.low == pytest.approx(found.mean.min())


async def test_i_paints_the_map_and_the_cursor_frames_its_window(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=MIDDLE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        grid = sweep_of(app).query_one(Heatmap)
        windows = drawn(grid)
        await pilot.press("i")
        await until(pilot, lambda: grid.mapped and grid.pixels is not None)
        await pilot.pause()
        assert grid.extent.width <= grid.size.width
        assert grid.extent.height <= grid.size.height
        assert "mean gain of the windows that contain it (1 to 81 of 168)" in words(app)
        first = [grid.render_line(line) for line in range(14)]
        await pilot.press("down", "right")
        assert sweep_of(app).selected == "keep-r01-c01"
        framed = [grid.render_line(line) for line in range(grid.extent.height)]
        assert framed[:14] != first
        # Only the lines that the frame leaves and takes are drawn again, and that comes to the same.
        grid.repaint()
        assert [grid.render_line(line) for line in range(grid.extent.height)] == framed
        # A click goes to the window whose middle is nearest.
        k = grid._pixel
        await pilot.click(Heatmap, offset=(1 + int(10 * k), 1 + int(10 * k / 2)))
        assert sweep_of(app).selected in ("keep-r05-c05", "keep-r06-c06", "keep-r05-c06", "keep-r06-c05")
        await pilot.press("plus")
        await pilot.pause()
        assert grid._pixel == int(k) + 1
        await pilot.press("z", "i")
        await pilot.pause()
        assert not grid.mapped
        assert [line[:1] for line in drawn(grid)] == [line[:1] for line in windows]


async def test_the_map_follows_the_trials_and_the_legend_the_map(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=MIDDLE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        grid = sweep_of(app).query_one(Heatmap)
        await pilot.press("i")
        await until(pilot, lambda: grid.mapped and grid.pixels is not None)
        waiting = next(e.trial for e in session_of(app).progress.windows if e.status == "pending")
        epochs = [
            EpochDone(at=NOW, trial=waiting.name, metrics=metrics_of(waiting, n), seconds=1) for n in range(1, 13)
        ]
        tell(mid_run, [*epochs, TrialChanged(at=NOW, trial=waiting.name, status="done")])
        await until(pilot, lambda: "of 169)" in words(app))
