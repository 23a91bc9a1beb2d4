"""What the panels show: metrics, zoom, the importance map, images, pins, and the curve's axes."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.fake_lease import metrics_of
from tests.harness.interface import NOW, app_on, commit, make_run, session_of, still, sweep_of, tell, until
from xsample_tui.core.maps.pixel_importance import mean_effect
from xsample_tui.core.run_state.run_events import EpochDone, TrialChanged
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.heatmap.cell_sizes import SIZES
from xsample_tui.tui.heatmap.heatmap import Heatmap
from xsample_tui.tui.heatmap.heatmap_cell import cell_of
from xsample_tui.tui.heatmap.heatmap_legend import HeatmapLegend, TrialDescription
from xsample_tui.tui.heatmap.heatmap_metrics import METRICS
from xsample_tui.tui.heatmap.heatmap_scale import scale_for, shortened
from xsample_tui.tui.heatmap.importance_view import NOTHING, pixel_map
from xsample_tui.tui.session.file_session import FileSession
from xsample_tui.tui.session.run_images import RunImages, open_run_images
from xsample_tui.tui.session.run_session import RunSession
from xsample_tui.tui.session.smoothed_map_thread import finished
from xsample_tui.tui.sweep.input_preview import InputPreview
from xsample_tui.tui.sweep.learning_curve import LearningCurve
from xsample_tui.tui.sweep.trial_table import TrialTable
from xsample_tui.tui.theme import symbols
from xsample_tui.tui.theme.colors import LEVELS, PINS, STEPS
from xsample_tui.tui.widgets.line_plot import LABEL, frame, smoothed

SMALL, MIDDLE, LARGE = (80, 24), (120, 40), (200, 50)


def words(app: Any) -> str:
    return "\n".join(
        "".join(part.plain for part in legend.parts())
        for legend in sweep_of(app).query(HeatmapLegend)
        if legend.display
    )


def drawn(widget: Any) -> list[str]:
    return [widget.render_line(line).text for line in range(widget.size.height)]


@pytest.fixture
def run_session(mid_run: RunFolder) -> RunSession:
    """A link on the halfway sweep, as read from its folder."""
    run_session = FileSession(mid_run)
    run_session._look()
    run_session.connect(run_session.take)
    return run_session


# -- metrics ---------------------------------------------------------------------------------------------------------


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
            assert grid._cells[name].sign == sign
            assert (grid._cells[name].step == 0) == (sign == symbols.VERDICT["noise"])
        assert "band above 0" in words(app)
        # A further window at its end asks for another map.
        entry = next(entry for entry in run_session.progress.windows if entry.status == "running")
        run_session.progress.mark(entry.trial.name, "done")
        screen.view.renew_smoothed()
        await until(pilot, lambda: run_session.baseline_test.smoothed is not found)
        assert run_session.baseline_test.smoothed is not None
        assert entry.trial.name in run_session.baseline_test.smoothed.names


async def test_the_palette_offers_every_metric(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        found = {command.title: command.callback for command in app.get_system_commands(app.screen)}
        grid = sweep_of(app).query_one(Heatmap)
        for name in METRICS:
            found[f"Metric: {name}"]()
            assert grid.metric.name == name


@pytest.mark.parametrize("name", list(METRICS))
def test_a_cell_says_its_value_and_stays_on_the_scale(run_session: RunSession, name: str) -> None:
    metric = METRICS[name]
    if name == "smoothed gain":
        request = finished(run_session)
        assert request is not None
        run_session.baseline_test.smooth(request.smoothed())
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
    expected = {"ink removed": 400, "epochs": 172, "seconds": 172, "smoothed gain": 168, "gain on twin": 5}.get(
        name, 170
    )
    assert coloured == expected


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
        "seed SDs": gain / level.sd,
        "smoothed gain": None,
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
        plain = next(name for name in grid._cells if name not in survivors)
        assert not grid._cells[plain].sure
        await pilot.press("B")
        best = grid.cells.best[0]
        assert grid.chosen == best
        trials, test = run_session.progress.trials, run_session.baseline_test
        gains = {name: test.gain(trials[name]) or 0.0 for name in done}
        assert gains[best] == max(gains.values())
        await pilot.press("B")
        assert grid.chosen == grid.cells.best[1]
        row, column = grid._places[best]
        assert drawn(grid)[1 + row][3 + 2 * column] == "○"
        await pilot.press("plus", "plus", "plus")
        await pilot.pause()
        assert (grid.cell_size.across, grid.cell_size.down) == (6, 3)
        grid.scroll_to_region(grid._cell_region(row, column), animate=False)
        await pilot.pause()
        region = grid._cell_region(row, column).translate(-grid.scroll_offset)
        lines = [line[region.x : region.right] for line in drawn(grid)[region.y : region.bottom]]
        assert (lines[0], lines[1][0], lines[1][-1], lines[2]) == ("╭────╮", "│", "│", "╰────╯")


# -- zoom ------------------------------------------------------------------------------------------------------------


async def test_plus_minus_and_z_zoom_the_grid_and_keep_the_cursor_in_sight(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=MIDDLE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        grid = sweep_of(app).query_one(Heatmap)
        fitting = grid.cell_size
        sweep_of(app).select("keep-r15-c15")
        for _ in range(10):
            await pilot.press("plus")
            await pilot.pause()
            assert grid.cursor == (15, 15)
            region = grid._cell_region(15, 15).translate(-grid.scroll_offset)
            assert 0 <= region.x < grid.size.width
            assert 0 <= region.y < grid.size.height
            assert sweep_of(app).query_one(TrialTable).size.width >= 60
        assert grid.cell_size == SIZES[-1]
        for _ in range(10):
            await pilot.press("minus")
        await pilot.pause()
        assert grid.cell_size == SIZES[0]
        assert grid.extent.height == 11
        assert any("▀" in line for line in drawn(grid))
        await pilot.press("z")
        await pilot.pause()
        assert grid.cell_size == fitting


async def test_two_half_cells_share_a_character_and_both_can_be_clicked(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        grid = sweep_of(app).query_one(Heatmap)
        await pilot.press("minus", "minus")
        await pilot.pause()
        assert grid.cell_size.half
        await pilot.click(Heatmap, offset=(3 + 7, 1 + 2))
        assert grid.cursor == (4, 7)
        await pilot.click(Heatmap, offset=(3 + 7, 1 + 2))
        await pilot.pause()
        assert grid.cursor == (5, 7)
        style = grid.render_line(3).crop(10, 11)._segments[0].style
        assert style is not None
        assert style.color != style.bgcolor


# -- the importance map ----------------------------------------------------------------------------------------------


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
    run = make_run(runs, "hide", mask="occlude", side=28, window=9, stride=5, baselines=2)
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
        # Only the lines that the frame leaves and takes are drawn anew, and that comes to the same.
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


# -- images --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [SMALL, MIDDLE])
async def test_v_shows_what_the_chosen_network_sees_and_brackets_turn_the_pages(
    mid_run: RunFolder, size: tuple[int, int]
) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        screen = sweep_of(app)
        preview = screen.query_one(InputPreview)
        assert not preview.display
        assert screen.view.run_images is None
        await pilot.press("v")
        await until(pilot, lambda: screen.view.run_images is not None and preview.size.width > 20)
        await pilot.pause()
        first = str(preview.render())
        assert "keep-r00-c00" in first
        assert "image 1/12  label" in first
        await pilot.press("left_square_bracket")
        assert preview.at == 11
        await pilot.press("right_square_bracket", "right_square_bracket")
        assert preview.at == 1
        assert "image 2/12  label" in str(preview.render())
        screen.select("keep-r03-c04")
        await pilot.pause()
        assert "keep-r03-c04" in str(preview.render())
        assert screen.region.contains_region(preview.region)
        await pilot.press("v")
        await pilot.pause()
        assert not preview.display


async def test_images_that_cannot_be_read_are_a_line_not_a_crash(mid_run: RunFolder) -> None:
    (mid_run.path / "dataset.npz").write_bytes(b"nothing")
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=MIDDLE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        preview = sweep_of(app).query_one(InputPreview)
        await pilot.press("v")
        await until(pilot, lambda: "is damaged" in str(preview.render()))
        await pilot.press("i", "right_square_bracket")
        await until(pilot, lambda: any("Cannot read the images" in n.message for n in app._notifications))
        assert not sweep_of(app).query_one(Heatmap).mapped


def test_the_run_images_are_the_selection_images_with_each_trials_mask(mid_run: RunFolder) -> None:
    images: RunImages = open_run_images(mid_run)
    plan = mid_run.plan
    assert (images.images == mid_run.dataset.images[plan.split.select]).all()
    for name in ("baseline-s00", "keep-r05-c06"):
        assert (images.masks[name] == plan.mask(name)).all()
    assert images.covered.shape == (400, 28, 28)


# -- pins and the curve ----------------------------------------------------------------------------------------------


async def test_p_pins_curves_with_their_letters_and_takes_them_back(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        curve = sweep_of(app).query_one(LearningCurve)
        for _ in range(PINS):
            await pilot.press("p", "down")
        assert curve.pins == [f"keep-r0{row}-c00" for row in range(PINS)]
        text = "\n".join(drawn(curve))
        for number, name in enumerate(curve.pins):
            letter = chr(ord("A") + number)
            assert f"{letter} {name}" in text
            # In the legend, and at the end of its line.
            assert text.count(letter) >= 2
        await pilot.press("p")
        assert len(curve.pins) == PINS
        assert any("pinned" in n.message for n in app._notifications)
        await pilot.press("up", "p")
        assert curve.pins == [f"keep-r0{row}-c00" for row in range(PINS - 1)]


async def test_y_and_o_change_the_curves_axis_and_smooth_it(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        curve = sweep_of(app).query_one(LearningCurve)
        linear = drawn(curve)
        assert "val acc" in linear[0]
        await pilot.press("y")
        logarithmic = drawn(curve)
        assert "val error" in logarithmic[0]
        assert "log axis" in logarithmic[0]
        # Errors fall where accuracies rise.
        assert logarithmic[2:-1] != linear[2:-1]
        await pilot.press("y", "o")
        assert "smoothed over 5 epochs" in "".join(drawn(curve))
        await pilot.press("o")
        assert "smoothed over 15 epochs" in "".join(drawn(curve))
        await pilot.press("o")
        assert drawn(curve) == linear


async def test_the_curve_is_magnified_and_moved_by_keys(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        curve = sweep_of(app).query_one(LearningCurve)
        whole = drawn(curve)
        await pilot.press("c")
        await until(pilot, lambda: app.focused is curve)
        await pilot.press("plus", "plus")
        near = drawn(curve)
        axis = [int(text) for text in near[-1].split()[1:]]
        assert axis[-1] == 12
        assert axis[0] >= 9
        await pilot.press(*("left",) * 20)
        axis = [int(text) for text in drawn(curve)[-1].split()[1:]]
        assert (axis[0], axis[-1] <= 5) == (1, True)
        await pilot.press("right")
        assert drawn(curve) != near
        await pilot.press("z")
        assert drawn(curve) == whole


async def test_all_other_windows_are_faint_behind_the_chosen_one_until_they_are_hidden(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        curve = sweep_of(app).query_one(LearningCurve)
        crowded = drawn(curve)
        assert "other windows" in "".join(crowded)
        await pilot.press("W")
        alone = drawn(curve)
        assert "other windows" not in "".join(alone)
        dots = [sum("⠀" < sign <= "⣿" for sign in "".join(lines)) for lines in (alone, crowded)]
        assert dots[1] > dots[0] + 20
        # A window that goes on is drawn without being chosen.
        await pilot.press("W")
        assert drawn(curve) == crowded
        kept = dict(curve._curves)
        name = next(iter(kept))
        shown = {sweep_of(app).selected, *kept}
        other = next(trial for trial in mid_run.document.trials if trial.window and trial.name not in shown)
        curve._drawn_at = 0.0
        tell(mid_run, [EpochDone(at=NOW, trial=other.name, metrics=metrics_of(other, 1), seconds=1.0)])
        await until(pilot, lambda: other.name in curve._curves)
        assert curve._curves[name][1] is kept[name][1]


async def test_the_legend_shows_the_values_of_the_epoch_under_the_cursor(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        curve = sweep_of(app).query_one(LearningCurve)
        await pilot.press("p", "down", "c")
        await until(pilot, lambda: app.focused is curve)
        without = drawn(curve)
        await pilot.press("shift+left", "shift+left", "shift+left")
        assert curve.cursor == 10
        trials = session_of(app).progress.trials
        legend = "".join(drawn(curve)[:3])
        assert "epoch 10:" in legend
        assert f"val acc {trials['keep-r01-c00'].history[9].val_accuracy:.4f}" in legend
        assert f"A keep-r00-c00 {trials['keep-r00-c00'].history[9].val_accuracy:.4f}" in legend
        # The epoch is marked on every line: each has its own place.
        marks = {
            (x, y)
            for y, strip in enumerate(curve.draw())
            for x, sign in enumerate(s for segment in strip for s in [segment.style] * len(segment.text))
            if sign is not None and sign.reverse
        }
        assert len({x for x, _ in marks}) == 1
        assert len(marks) >= 2
        await pilot.press(*["shift+right"] * 5)
        assert curve.cursor == 12
        # The mouse goes to an epoch, and with it the values.
        region = curve.content_region
        await pilot.hover(offset=(region.x + LABEL + 1, region.y + 5))
        await until(pilot, lambda: curve.cursor == 1)
        await pilot.hover(offset=(1, 1))
        await until(pilot, lambda: curve.cursor is None)
        assert drawn(curve) == without


async def test_c_brings_the_curve_beside_the_grid_on_small_terminals(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        curve, table = sweep_of(app).query_one(LearningCurve), sweep_of(app).query_one(TrialTable)
        await pilot.press("c")
        await until(pilot, lambda: app.focused is curve and curve.size.height > 5)
        assert not table.display
        assert "val acc" in drawn(curve)[0]
        await pilot.press("g", "down")
        assert "keep-r01-c00" in str(curve.border_title)
        await pilot.press("t")
        await until(pilot, lambda: app.focused is table)
        assert not curve.region


series = st.lists(st.floats(-5, 5), min_size=1, max_size=30).map(lambda values: list(enumerate(values, 1)))


@given(series, st.integers(1, 20))
def test_smoothing_stays_between_the_points_and_begins_at_the_first(points: Any, span: int) -> None:
    found = smoothed(points, span)
    assert [epoch for epoch, _ in found] == [epoch for epoch, _ in points]
    assert found[0][1] == pytest.approx(points[0][1])
    values = [value for _, value in points]
    assert all(min(values) - 1e-9 <= value <= max(values) + 1e-9 for _, value in found)
    if span == 1:
        assert [value for _, value in found] == pytest.approx(values)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_the_axis_of_accuracies_names_none_beyond_one(values: list[float]) -> None:
    points = list(enumerate(values, start=1))
    where = frame([points], len(points), 40, 10)
    assert max(values) <= where.high <= 1
    assert where.low < min(values)
    assert all(0 <= where.dot(*point)[1] < 40 for point in points)


async def test_a_trial_without_errors_has_a_place_on_the_logarithmic_axis(runs: Any) -> None:
    run = make_run(runs)
    for trial in run.document.trials:
        commit(run, trial.name, 3)
    app = app_on(run, work=False)
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        for entry in session_of(app).progress.windows:
            best = dataclasses.replace(entry.history[-1], val_accuracy=1.0, val_errors=0)
            session_of(app).progress.trials[entry.trial.name] = dataclasses.replace(
                entry, history=(*entry.history[:-1], best)
            )
        await pilot.press("y")
        assert any("⠀" < character <= "⣿" for character in "".join(drawn(sweep_of(app).query_one(LearningCurve))))
